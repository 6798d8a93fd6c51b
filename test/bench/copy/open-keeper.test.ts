/** What is left when a measurement ends, however it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openKeeper } from './open-keeper.ts';

const parent = mkdtempSync(join(tmpdir(), 'keeper-'));
const sleepers: ChildProcess[] = [];
afterAll(() => {
  for (const sleeper of sleepers) sleeper.kill('SIGKILL');
  rmSync(parent, { recursive: true, force: true });
});

/** A process that does not end by itself. */
function openSleeper() {
  const sleeper = spawn(process.execPath, ['--eval', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
  sleepers.push(sleeper);
  if (sleeper.pid === undefined) throw new Error('a process that was started has a number');
  return { sleeper, pid: sleeper.pid, ended: once(sleeper, 'exit') };
}

test('a keeper that is let go of ends what it watches and removes its directory with all that is in it', async () => {
  const keeper = await openKeeper(parent);
  writeFileSync(join(keeper.directory, 'blob'), 'content');
  const { pid, ended } = openSleeper();
  keeper.watch(pid);
  await keeper.close();
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(existsSync(keeper.directory)).toBe(false);
});

test('what ended before is left alone', async () => {
  const keeper = await openKeeper(parent);
  const { sleeper, pid, ended } = openSleeper();
  keeper.watch(pid);
  keeper.forget(pid);
  await keeper.close();
  expect(sleeper.exitCode).toBe(null);
  sleeper.kill();
  expect(await ended).toEqual([null, 'SIGTERM']);
});

test('a measurement that is killed leaves neither directory nor process', async () => {
  const { pid, ended } = openSleeper();
  const below = mkdtempSync(join(parent, 'killed-'));
  const program = join(parent, 'measurement.mjs');
  writeFileSync(
    program,
    `import { openKeeper } from ${JSON.stringify(new URL('./open-keeper.ts', import.meta.url).href)};
    const keeper = await openKeeper(${JSON.stringify(below)});
    keeper.watch(${pid});
    console.log(keeper.directory);
    setInterval(() => undefined, 1000);`,
  );
  const measurement = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line]: readonly Buffer[] = await once(measurement.stdout, 'data');
  expect(String(line)).toContain(join(below, 'bench-copy-'));
  measurement.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
  await expect.poll(() => readdirSync(below), { timeout: 20_000 }).toEqual([]);
});

test('a directory that cannot be made is an error, not a wait', async () => {
  await expect(openKeeper(join(parent, 'absent'))).rejects.toThrow(/absent/);
});
