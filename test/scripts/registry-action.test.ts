/** The `registry-action` command passes everything through, on Node 24 itself and from an older Node. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** A command line that writes a line for what it was given and for each signal; what comes on stdin is its exit code. */
const echoProgram = `
process.on('SIGTERM', () => {
  console.log('SIGTERM');
  if (process.stdin.readableEnded) process.exit(0);
});
process.on('SIGINT', () => console.log('SIGINT'));
process.stdin.on('data', (text) => process.exit(Number(text)));
setInterval(() => undefined, 60_000);
const line: string = JSON.stringify({ words: process.argv.slice(2), pid: process.pid });
console.log(line);
`;
/** Makes the Node that runs the tests say it is an older one. */
const olderNode =
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.1.0"}})';

let clone = '';
beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), 'command-'));
  cpSync(join(import.meta.dirname, '../../scripts/registry-action.mjs'), join(clone, 'scripts/registry-action.mjs'));
  mkdirSync(join(clone, 'cli'));
  writeFileSync(join(clone, 'package.json'), '{"type":"module"}');
  writeFileSync(join(clone, 'cli/main.ts'), echoProgram);
});
afterAll(() => rmSync(clone, { recursive: true }));

function start(words: readonly string[], nodeOptions: readonly string[]): ChildProcess {
  // A session of its own has no terminal: who sends a signal sends it to the command alone.
  return spawn(process.execPath, [...nodeOptions, join(clone, 'scripts/registry-action.mjs'), ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
}

async function* linesOf(child: ChildProcess): AsyncGenerator<string, string> {
  if (child.stdout === null) throw new Error('no stdout');
  yield* createInterface(child.stdout);
  return '';
}

it('without its packages the command names the one command that installs them', () => {
  const run = spawnSync(process.execPath, [join(clone, 'scripts/registry-action.mjs')], { encoding: 'utf8' });
  expect(run.stderr).toContain(`npm --prefix '${clone}/' run setup`);
  expect(run.status).toBe(1);
});

describe.each([
  { node: 'Node 24', nodeOptions: [], samePid: true },
  { node: 'an older Node', nodeOptions: ['--import', olderNode], samePid: false },
])('on $node', ({ nodeOptions, samePid }) => {
  beforeAll(() => {
    mkdirSync(join(clone, 'node_modules/commander'), { recursive: true });
    mkdirSync(join(clone, 'node_modules/node/bin'), { recursive: true });
    symlinkSync(process.execPath, join(clone, 'node_modules/node/bin/node'));
  });
  afterAll(() => rmSync(join(clone, 'node_modules'), { recursive: true }));

  it('arguments, stdin, stdout and the exit code pass through', async () => {
    const child = start(['status', '--json', 'a b'], nodeOptions);
    const first = JSON.parse((await linesOf(child).next()).value);
    expect(first.words).toEqual(['status', '--json', 'a b']);
    expect(first.pid === child.pid).toBe(samePid);
    child.stdin?.write('42');
    expect(await once(child, 'exit')).toEqual([42, null]);
  });

  it('SIGTERM and SIGINT reach the command line exactly once', async () => {
    const child = start([], nodeOptions);
    const lines = linesOf(child);
    await lines.next();
    child.kill('SIGTERM');
    expect((await lines.next()).value).toBe('SIGTERM');
    child.kill('SIGINT');
    expect((await lines.next()).value).toBe('SIGINT');
    child.stdin?.write('0');
    expect(await lines.next()).toMatchObject({ done: true });
    expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(0);
  });

  it('the command line is told to end when npx, whose shell passes nothing on, is killed', async () => {
    const command = [process.execPath, ...nodeOptions, join(clone, 'scripts/registry-action.mjs')];
    const shell = spawn('sh', ['-c', '"$@"; true', 'sh', ...command], {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
      env: { ...process.env, npm_command: 'exec' },
    });
    const lines = linesOf(shell);
    await lines.next();
    shell.kill('SIGTERM');
    expect((await lines.next()).value).toBe('SIGTERM');
    expect(await lines.next()).toMatchObject({ done: true });
  });
});
