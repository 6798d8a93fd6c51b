/** A start on a disk that is full or read-only: what is there is served, nothing is changed, and all is well when it is. */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { waitUntil } from '../e2e/wait-until.ts';
import { imageOf, layerOf } from '../oci/content.ts';
import { enterOwnMounts } from '../own-mounts.ts';
import { mustStartRegistry, type RegistryProcess, startRegistry } from './registry-process.ts';
import {
  basic,
  blobOf,
  type Call,
  type Caller,
  jsonOf,
  openRegistryUnderTest,
  send,
  temporaryDirectory,
} from './registry-under-test.ts';

const layer = layerOf('layer');
const { manifest, config } = imageOf('{}', [layer.descriptor]);
const killed = { host: hostname(), pid: 2 ** 22 + 1, started: 'x' };

/** A data directory as a process that was killed leaves it. */
let seed: string;
let as: Caller;
let directory: string;
let registry: RegistryProcess | undefined;

beforeAll(async () => {
  seed = await temporaryDirectory();
  const first = await openRegistryUnderTest({ directory: seed });
  await first.push('team/app', layer, config, manifest);
  await first.tag('team/app', 'latest', manifest);
  as = basic('x', first.tokens.admin);
  await first.close();
  await writeFile(join(seed, 'registry/registry.lock'), JSON.stringify(killed));
  await writeFile(join(seed, 'registry/temporary/left'), 'half of an upload');
});

afterAll(() => rm(seed, { recursive: true }));

beforeEach(async () => {
  directory = await temporaryDirectory();
  await cp(join(seed, 'access.json'), join(directory, 'access.json'));
  await mkdir(join(directory, 'registry'));
});

afterEach(async () => {
  await registry?.kill();
  registry = undefined;
  await rm(directory, { recursive: true });
});

interface Disk {
  readonly name: string;
  /** Lines of shell, with the registry's directory as working directory. */
  readonly close: string;
  readonly open: string;
  readonly why: string;
  readonly status: number;
}

const full: Disk = {
  name: 'full',
  close: 'cat /dev/zero >filling 2>/dev/null || true',
  open: 'rm filling',
  why: 'ENOSPC',
  status: 507,
};
const readOnly: Disk = {
  name: 'read-only',
  close: 'mount -o remount,ro .',
  open: 'mount -o remount,rw .',
  why: 'EROFS',
  status: 503,
};

const root = () => join(directory, 'registry');

/** Mounts a disk with what the killed process left, and has the lines run there. */
function prepare(lines: string): string {
  return `mount -t tmpfs -o size=2m none '${root()}'\ncp -a '${seed}/registry/.' '${root()}/'\ncd '${root()}'\n${lines}\ncd /`;
}

async function start(lines: string): Promise<RegistryProcess> {
  registry = await mustStartRegistry({ directory, prepare: prepare(lines) });
  return registry;
}

/** Runs lines of shell on the disk of the registry. */
async function run(lines: string): Promise<string> {
  const output = join(directory, 'output');
  await enterOwnMounts(registry?.child.pid ?? 0, ['sh', '-ec', `cd '${root()}'\n(${lines}) >'${output}'`]);
  return readFile(output, 'utf8');
}

function call(wanted: Call) {
  return send(registry?.port ?? 0, {}, { as, ...wanted });
}

const image = '/v2/team/app/manifests/latest';
const push = (content = blobOf('new')): Call => ({
  method: 'POST',
  path: `/v2/team/app/blobs/uploads/?digest=${content.descriptor.digest}`,
  body: content.bytes,
});
/** Every file with its content, and what a lock says. */
const everything = 'find . -not -name filling | sort; find . -type f -not -name filling | sort | xargs sha256sum';

describe.each([full, readOnly])('on a disk that is $name', ({ close, open, why, status }) => {
  test('pulls, listings and signing in work, writes are refused as ever, and nothing is changed', async () => {
    const { stderr } = await start(close);
    const before = await run(everything);
    expect(stderr()).toMatch(new RegExp(`"kind":"disk-unwritable".*${why}`));
    expect((await call({ path: image })).text).toBe(Buffer.from(manifest.bytes).toString());
    expect((await call({ method: 'HEAD', path: image })).status).toBe(200);
    expect((await call({ path: `/v2/team/app/blobs/${layer.descriptor.digest}` })).text).toBe('layer');
    expect(jsonOf(await call({ path: '/v2/team/app/tags/list' }))).toMatchObject({ tags: ['latest'] });
    expect(jsonOf(await call({ path: '/v2/_catalog' }))).toEqual({ repositories: ['team/app'] });
    expect((await call({ path: `/v2/team/app/referrers/${manifest.descriptor.digest}` })).status).toBe(200);
    const { token } = jsonOf(await call({ path: '/token?scope=repository:team/app:pull' })) as { token: string };
    const bearer = { authorization: `Bearer ${token}` };
    expect((await call({ path: image, as: bearer })).status).toBe(200);
    const headers = { 'content-type': manifest.descriptor.mediaType };
    const writes: Call[] = [
      push(),
      { method: 'PUT', path: '/v2/team/app/manifests/other', headers, body: manifest.bytes },
      { method: 'DELETE', path: image },
      { method: 'DELETE', path: `/v2/team/app/blobs/${layer.descriptor.digest}` },
      { method: 'POST', path: '/admin/v1/token-keys' },
    ];
    for (const write of writes) expect([write, (await call(write)).status]).toEqual([write, status]);
    const readiness = await call({ path: '/readyz' });
    expect([readiness.status, jsonOf(readiness)]).toMatchObject([
      503,
      {
        parts: [
          { name: 'storage', ok: false, detail: expect.stringContaining(why) },
          { name: 'lock', ok: false },
          { name: 'space' },
        ],
      },
    ]);
    expect(await run(everything)).toBe(before);
    expect(await registry?.stop()).toBe(0);
  });

  test('the directory is taken by itself once the disk takes writes, and cleared of what was half written', async () => {
    const { child, stderr } = await start(close);
    await run(open);
    await waitUntil('the directory is taken', async () => stderr().includes('"kind":"disk-writable"'));
    expect(JSON.parse(await run('cat registry.lock'))).toMatchObject({ pid: child.pid });
    expect(await run('ls temporary')).toBe('');
    expect((await call(push())).status).toBe(201);
    expect(jsonOf(await call({ path: '/readyz' }))).toMatchObject({ parts: [{ ok: true }, { ok: true }, {}] });
    await run('mv registry.lock ../lock');
  });

  test('the first push after the disk takes writes is taken', async () => {
    await start(close);
    expect((await call(push())).status).toBe(status);
    await run(open);
    expect((await call(push())).status).toBe(201);
    expect((await call({ path: '/admin/v1/token-keys', method: 'POST' })).status).toBe(201);
    expect(await registry?.stop()).toBe(0);
  });

  test('where somebody alive has the lock it does not start', async () => {
    const alive = JSON.stringify({ host: hostname(), pid: process.pid });
    const started = await startRegistry({ directory, prepare: prepare(`echo '${alive}' >registry.lock\n${close}`) });
    expect(started).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('DATA_DIRECTORY_IN_USE') });
  });

  test('where a newer version wrote it does not start', async () => {
    const started = await startRegistry({ directory, prepare: prepare(`echo '{"schema":2}' >schema.json\n${close}`) });
    expect(started).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('DATA_DIRECTORY_NEWER') });
  });
});

test('the room that the lock of a killed process took is enough to begin with', async () => {
  const { stderr } = await start(full.close);
  await run('rm registry.lock');
  await waitUntil('the directory is taken', async () => stderr().includes('"kind":"disk-writable"'));
  expect((await call({ method: 'POST', path: '/admin/v1/collections' })).status).toBe(200);
});

test('without the keys of tokens it signs with one of its own until it ends', async () => {
  await start(`rm token-keys.json\n${readOnly.close}`);
  const { token } = jsonOf(await call({ path: '/token?scope=repository:team/app:pull' })) as { token: string };
  expect((await call({ path: image, as: { authorization: `Bearer ${token}` } })).status).toBe(200);
});

describe('somebody else who takes the directory before it has room again', () => {
  /** The process ends by itself, and says why. */
  async function endOf({ child, stderr }: RegistryProcess) {
    await waitUntil('the registry ends', async () => child.exitCode !== null);
    registry = undefined;
    return { exitCode: child.exitCode, stderr: stderr() };
  }

  test('ends it, so that nobody is served from what it remembers', async () => {
    const alive = JSON.stringify({ host: hostname(), pid: process.pid });
    const started = await start(`echo '${alive}' >filling; yes '' 2>/dev/null >>filling || true`);
    expect((await call({ path: image })).status).toBe(200);
    await run('mv filling registry.lock; truncate -s 200 registry.lock');
    const expected = { exitCode: 5, stderr: expect.stringContaining('DATA_DIRECTORY_IN_USE') };
    expect(await endOf(started)).toMatchObject(expected);
  });

  test('ends it, though he has left again', async () => {
    const started = await start(full.close);
    await run('rm -r temporary; mkdir temporary; rm filling');
    const expected = { exitCode: 5, stderr: expect.stringContaining('another process had the data directory') };
    expect(await endOf(started)).toMatchObject(expected);
  });
});
