/** Who is to take part must be there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Contest } from './contestant.ts';
import { readToolVersions } from './tool-versions.ts';

const directory = mkdtempSync(join(tmpdir(), 'tool-versions-'));
afterAll(() => rmSync(directory, { recursive: true }));

function writeTool(name: string, text: string): void {
  writeFileSync(join(directory, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

function contestOf(registryProgram: string): Contest {
  return { peers: ['crane', 'regctl'], registryProgram, toolPath: [directory] };
}

test('a peer that does not start and a registry that is absent are both named, and nothing is measured', async () => {
  writeTool('crane', 'echo v1.2.3');
  writeTool('regctl', 'exit 127');
  await expect(readToolVersions(contestOf('no-such-registry'))).rejects.toThrow(
    /: regctl \(.*exit code 127.*\), distribution \(.*no-such-registry ENOENT\)/,
  );
});

test('the version is told without the words around it, and not at all where there is none', async () => {
  writeTool('crane', 'echo v0.22.1');
  writeTool('regctl', 'echo v0.11.7');
  writeTool('a-registry', 'echo a-registry github.com/distribution/distribution/v3 v3.1.1+unknown');
  writeTool('time', 'echo "time (GNU Time) UNKNOWN"');
  expect(await readToolVersions(contestOf('a-registry'))).toEqual({
    crane: '0.22.1',
    regctl: '0.11.7',
    distribution: '3.1.1+unknown',
  });
});
