import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const entry = fileURLToPath(new URL('../supervisor/plain-part.ts', import.meta.url));
const parts: ChildProcess[] = [];

afterEach(() => {
  for (const part of parts.splice(0)) part.kill('SIGKILL');
});

interface Started {
  readonly part: ChildProcess;
  readonly line: Record<string, unknown>;
  readonly log: readonly Record<string, unknown>[];
}

/** Starts the small part as an API and resolves with its line; REGISTRY_ACTION_SUPERVISED is set unless told otherwise. */
async function startPart(environment: Record<string, string> = {}): Promise<Started> {
  const part = spawn(process.execPath, [entry, 'api'], {
    env: { REGISTRY_ACTION_API_PORT: '0', REGISTRY_ACTION_SUPERVISED: '1', ...environment },
    stdio: 'pipe',
  });
  parts.push(part);
  const log: Record<string, unknown>[] = [];
  createInterface({ input: part.stderr }).on('line', (line) => log.push(JSON.parse(line)));
  const [line] = await once(createInterface({ input: part.stdout }), 'line');
  return { part, line: JSON.parse(line), log };
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s closes the part, and its exit code is 0', async (signal) => {
  const { part, line } = await startPart();
  expect(line).toEqual({ listening: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
  part.kill(signal);
  expect(await once(part, 'exit')).toEqual([0, null]);
});

test('the end of the supervisor closes the part, though nobody reads its output any more', async () => {
  const { part } = await startPart();
  part.stdout?.destroy();
  part.stderr?.destroy();
  part.stdin?.destroy();
  expect(await once(part, 'exit')).toEqual([0, null]);
});

test('a part without a supervisor does not mind the end of its standard input', async () => {
  const { part, line } = await startPart({ REGISTRY_ACTION_SUPERVISED: '' });
  part.stdin?.end();
  expect((await fetch(String(line['listening']))).status).toBe(200);
  expect(part.exitCode).toBeNull();
});

test('an error that nobody caught is logged under the part’s name and ends it with 70', async () => {
  const { part, log } = await startPart({ TEST_API_FAULT: 'reject' });
  expect(await once(part, 'close')).toEqual([70, null]);
  expect(log).toContainEqual(
    expect.objectContaining({
      level: 'fatal',
      part: 'api',
      err: expect.objectContaining({ message: 'nobody catches this' }),
    }),
  );
});

test('a part that cannot start says why, and its exit code tells who must act', async () => {
  const { part, line } = await startPart({ TEST_API_FAULT: 'refuse' });
  expect(line).toEqual({ failed: { code: 'CREDENTIALS_INVALID', message: 'api refuses', wayOut: 'repair it' } });
  expect(await once(part, 'close')).toEqual([2, null]);
});
