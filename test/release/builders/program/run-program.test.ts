/** Programs of other people, run for real: what they say, how they end, and how they are ended. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../../../release/builders/program/run-program.ts';
import { openTestDirectory, type TestDirectory } from '../test-directory.ts';

let directory: TestDirectory;
beforeEach(async () => {
  directory = await openTestDirectory();
});
afterEach(() => directory.close());

function shell(script: string, given: { signal?: AbortSignal; onLine?: (line: string) => void } = {}) {
  const { signal = new AbortController().signal, onLine = () => undefined } = given;
  const env = { PATH: process.env['PATH'] };
  return runProgram({ program: 'sh', words: ['-c', script], env, cwd: directory.path, signal, onLine });
}

async function linesOf(script: string): Promise<readonly string[]> {
  const lines: string[] = [];
  await shell(script, { onLine: (line) => lines.push(line) });
  return lines;
}

describe('what a program says', () => {
  it('comes line by line from both outputs, without line breaks of any system', async () => {
    expect(await linesOf(String.raw`printf 'one\r\ntwo\n\nthree\n'`)).toEqual(['one', 'two', '', 'three']);
    expect((await linesOf('echo out; echo err >&2')).toSorted()).toEqual(['err', 'out']);
  });

  it('has its last line also without a line break', async () => {
    expect(await linesOf('printf "one\ntwo"')).toEqual(['one', 'two']);
  });

  it('is told in pieces where a line never ends', async () => {
    const lines = await linesOf('head -c 40000 /dev/zero | tr "\\0" x');
    expect(lines.map((line) => line.length)).toEqual([16_384, 16_384, 7232]);
  });

  it('is told while the program runs', async () => {
    const cancel = new AbortController();
    // It waits for nothing but what it said to have arrived.
    await expect(
      shell('echo ready; sleep 100', { signal: cancel.signal, onLine: () => cancel.abort() }),
    ).rejects.toThrow();
  });

  it('is answered as far as it is standard output', async () => {
    expect(await shell('echo answer; echo talk >&2')).toMatchObject({ kind: 'ended', exitCode: 0, stdout: 'answer\n' });
  });
});

describe('a program', () => {
  it('ends with its exit code, or with none when a signal ended it', async () => {
    expect(await shell('exit 7')).toMatchObject({ kind: 'ended', exitCode: 7 });
    expect(await shell('kill -9 $$')).toMatchObject({ kind: 'ended', exitCode: undefined });
  });

  it('is looked for on the PATH that it is given', async () => {
    const run = { program: 'sh', words: ['-c', 'true'], cwd: directory.path, signal: AbortSignal.timeout(10_000) };
    expect(await runProgram({ ...run, env: { PATH: directory.path } })).toEqual({ kind: 'missing' });
  });

  it('gets the environment that it is given and nothing else', async () => {
    const ended = await runProgram({
      program: '/usr/bin/env',
      words: [],
      env: { ONLY: 'this', ABSENT: undefined },
      cwd: directory.path,
      signal: AbortSignal.timeout(10_000),
    });
    expect(ended).toMatchObject({ stdout: 'ONLY=this\n' });
  });

  it('ends with all that it has started when the run is cancelled', async () => {
    const cancel = new AbortController();
    const reason = new Error('cancelled');
    const script = 'sleep 100 & echo $! > grandchild; echo $$ > child; echo ready; wait';
    const running = shell(script, { signal: cancel.signal, onLine: () => cancel.abort(reason) });
    await expect(running).rejects.toBe(reason);
    for (const name of ['child', 'grandchild']) {
      const pid = Number(await readFile(join(directory.path, name), 'utf8'));
      await expect.poll(() => isRunning(pid)).toBe(false);
    }
  });

  it('is not started when the run was cancelled before', async () => {
    const signal = AbortSignal.abort(new Error('before'));
    await expect(shell('touch started', { signal })).rejects.toThrow('before');
    await expect(readFile(join(directory.path, 'started'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

/** One that has ended and whose parent has not asked for it yet is no longer running. */
async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return status !== '' && !/\) Z /.test(status);
}
