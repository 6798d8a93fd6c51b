/** `serve --registry-only` on a disk that takes no writes: it starts, and what could not be written comes later. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { waitUntil } from '../../e2e/wait-until.ts';
import { enterOwnMounts, inOwnMounts } from '../../own-mounts.ts';
import { basic, blobOf, type Call, send } from '../../registry/registry-under-test.ts';
import { pickSteadyPort } from '../../steady-port.ts';

const program = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
const kept = blobOf('kept');

interface Served {
  readonly child: ChildProcess;
  stderr(): string;
}

let scratch: string;
let port: number;
let as: { readonly authorization: string };
let served: Served | undefined;
const below = (name: string) => join(scratch, name);

/** Starts it after lines of shell that mount; `served` is what runs. */
async function serve(directory: string, prepare = '', flags: readonly string[] = []): Promise<Served> {
  const words = ['serve', '--registry-only', '--json', '--port', String(port), '--data', directory, ...flags];
  const [first, ...rest] = inOwnMounts(prepare, [process.execPath, program, ...words]);
  const env = { PATH: process.env['PATH'], TMPDIR: below('tmp') };
  const child = spawn(first, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      said[name] += chunk.toString();
    });
  }
  served = { child, stderr: () => said.stderr };
  await waitUntil('it serves, or has ended', async () => said.stdout.includes('}') || child.exitCode !== null);
  return served;
}

/** Ends it, and returns its exit code. */
async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
  const child = served?.child;
  served = undefined;
  if (child === undefined || child.exitCode !== null) return child?.exitCode ?? null;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
  return child.exitCode;
}

function call(wanted: Call) {
  return send(port, {}, { as, ...wanted });
}

const pull = { path: `/v2/team/app/blobs/${kept.descriptor.digest}` };
const push = (content = blobOf('new')): Call => ({
  method: 'POST',
  path: `/v2/team/app/blobs/uploads/?digest=${content.descriptor.digest}`,
  body: content.bytes,
});

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'unwritable-start-'));
  await mkdir(below('tmp'));
  port = await pickSteadyPort();
  await serve(below('killed'));
  as = basic('x', (await readFile(below('killed/admin.token'), 'utf8')).trim());
  expect((await call(push(kept))).status).toBe(201);
  await end('SIGKILL');
  const registry = () => readdir(below('killed/registry'));
  await waitUntil('the registry has followed', async () => !(await registry()).includes('registry.lock'));
});

afterAll(() => rm(scratch, { recursive: true }));

beforeEach(() => mkdir(below('data')));

afterEach(async () => {
  await end('SIGTERM');
  await rm(below('data'), { recursive: true });
});

const disks = [
  { name: 'full', close: 'cat /dev/zero >filling 2>/dev/null || true', open: 'rm filling', why: 'ENOSPC' },
  { name: 'read-only', close: 'mount -o remount,ro .', open: 'mount -o remount,rw .', why: 'EROFS' },
];

/** A disk with what the killed service left, on which the lines of shell are run. */
function diskWith(lines: string): string {
  const fill = `mount -t tmpfs -o size=2m none '${below('data')}'\ncp -a '${below('killed')}/.' '${below('data')}/'`;
  return `${fill}\ncd '${below('data')}'\n${lines}\ncd /`;
}

/** Runs lines of shell on the disk that it serves from. */
async function run(lines: string): Promise<string> {
  const script = `cd '${below('data')}'\n(${lines}) >'${below('said')}'`;
  await enterOwnMounts(served?.child.pid ?? 0, ['sh', '-ec', script]);
  return readFile(below('said'), 'utf8');
}

describe.each(disks)('on a disk that is $name', ({ close, open, why }) => {
  test('it serves pulls and says why it takes no pushes, and does when it can', async () => {
    const { stderr } = await serve(below('data'), diskWith(close));
    expect(stderr()).toContain(`warning data directory: nothing can be written to ${below('data')} (${why})`);
    expect((await call(pull)).text).toBe('kept');
    expect((await call(push())).status).toBeGreaterThanOrEqual(503);
    await run(open);
    expect((await call(push())).status).toBe(201);
    const lock = async () => JSON.parse(await run('cat serve.lock')).pid === served?.child.pid;
    await waitUntil('the lock is taken', lock);
    expect(await end('SIGTERM')).toBe(0);
  });

  test('a registry that dies under it comes back', async () => {
    const { stderr } = await serve(below('data'), diskWith(close));
    process.kill(Number(/registry started .*process (\d+)/.exec(stderr())?.[1]), 'SIGKILL');
    await waitUntil('it is back', async () => stderr().includes('registry is back'));
    expect((await call(pull)).text).toBe('kept');
  });

  test('what its configuration says by now holds, and nothing of it is left behind', async () => {
    const config = below('config.yaml');
    await writeFile(config, 'access: [{ who: anonymous, may: [pull], repositories: ["team/**"] }]');
    await serve(below('data'), diskWith(close), ['--config', config]);
    expect((await send(port, {}, { ...pull, as: 'nobody' })).text).toBe('kept');
    await writeFile(config, 'access: []');
    const refused = async () => (await send(port, {}, { ...pull, as: 'nobody' })).status === 401;
    await waitUntil('the rule is gone', refused);
    expect(await end('SIGTERM')).toBe(0);
    expect(await readdir(below('tmp'))).toEqual([]);
  });

  test('without an administrator, and without its address, it serves all the same', async () => {
    const lines = `rm serve.json service.token; sed -i 's/"admin"/"viewer"/' access.json\n${close}`;
    const { stderr } = await serve(below('data'), diskWith(lines));
    expect((await call(pull)).text).toBe('kept');
    expect(stderr()).toContain('warning address: other commands do not find what is served here');
    await run(open);
    const address = async () => (await run('ls')).includes('serve.json');
    await waitUntil('the address is left', address);
  });

  test('a data directory that is new is refused, and why is told', async () => {
    const empty = `mount -t tmpfs -o size=1m none '${below('data')}'\ncd '${below('data')}'\n${close}\ncd /`;
    const { child, stderr } = await serve(below('data'), empty);
    await waitUntil('it has ended', async () => child.exitCode !== null);
    expect([child.exitCode, stderr()]).toEqual([2, expect.stringContaining('DATA_DIRECTORY_UNUSABLE')]);
    expect(stderr()).toContain(why);
  });
});
