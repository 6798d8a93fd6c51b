/** A disk without space: the answer says so, nothing is half there, and what fits can still be pushed. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAccessFile } from '../../registry/access/access-file.ts';
import { imageOf, layerOf } from '../oci/content.ts';
import { mustStartRegistry, type RegistryProcess, startRegistry } from './registry-process.ts';
import { basic, blobOf, type Call, type Caller, type Reply, send, temporaryDirectory } from './registry-under-test.ts';

const dayMs = 24 * 60 * 60 * 1000;
const nobody = { viewer: '', pusher: '', operator: '', admin: '' };

let directory: string;
let registry: RegistryProcess;
let as: Caller;

beforeAll(async () => {
  directory = await temporaryDirectory();
  const access = await openAccessFile(join(directory, 'access.json'));
  as = basic('x', (await access.createToken({ name: 'ci', role: 'admin' }, Date.now())).secret);
  await mkdir(join(directory, 'registry'));
  const settings = join(directory, 'settings.json');
  await writeFile(settings, JSON.stringify({ collect: { graceMs: 0, untaggedForMs: dayMs, previousDigests: 0 } }));
  registry = await mustStartRegistry({
    directory,
    environment: { REGISTRY_ACTION_REGISTRY_SETTINGS: settings },
    prepare: `mount -t tmpfs -o size=2m none '${join(directory, 'registry')}'`,
  });
});

afterAll(async () => {
  await registry.stop();
  await rm(directory, { recursive: true });
});

function call(wanted: Call): Promise<Reply> {
  return send(registry.port, nobody, { as, ...wanted });
}

const megabyte = 1024 * 1024;

async function beginUpload(): Promise<string> {
  const { headers } = await call({ method: 'POST', path: '/v2/team/app/blobs/uploads/' });
  return headers.location ?? '';
}

/** A session that holds as many bytes as the disk takes; cancelling it makes room again. */
async function fillDisk(): Promise<{ readonly path: string; readonly sizeBytes: number }> {
  const path = await beginUpload();
  const reply = await call({ method: 'PATCH', path, body: Buffer.alloc(3 * megabyte, 'a') });
  expect([reply.status, reply.codes]).toEqual([507, ['UNKNOWN']]);
  const { headers } = await call({ path });
  return { path, sizeBytes: Number(headers.range?.split('-')[1]) + 1 };
}

test('a chunk without room is refused, what arrived before it counts, and the upload goes on when there is room', async () => {
  const first = await beginUpload();
  expect((await call({ method: 'PATCH', path: first, body: Buffer.alloc(megabyte) })).status).toBe(202);
  const { path, sizeBytes } = await fillDisk();
  expect(sizeBytes).toBeLessThan(megabyte);
  expect((await call({ method: 'DELETE', path: first })).status).toBe(204);
  const { digest } = blobOf(`${'a'.repeat(sizeBytes)}rest`).descriptor;
  const headers = { 'content-range': `${sizeBytes}-${sizeBytes + 3}` };
  expect((await call({ method: 'PUT', path: `${path}?digest=${digest}`, headers, body: 'rest' })).status).toBe(201);
  expect((await call({ path: `/v2/team/app/blobs/${digest}` })).text).toBe(`${'a'.repeat(sizeBytes)}rest`);
  expect(registry.stderr()).toContain('ENOSPC');
});

test('a manifest without room leaves no tag, and can be pushed when there is room', async () => {
  const layer = layerOf('layer');
  const { manifest, config } = imageOf('{}', [layer.descriptor]);
  for (const { descriptor, bytes } of [layer, config]) {
    const path = `/v2/team/app/blobs/uploads/?digest=${descriptor.digest}`;
    expect((await call({ method: 'POST', path, body: bytes })).status).toBe(201);
  }
  const headers = { 'content-type': manifest.descriptor.mediaType };
  const push: Call = { method: 'PUT', path: '/v2/team/app/manifests/latest', headers, body: manifest.bytes };
  const { path } = await fillDisk();
  expect((await call(push)).status).toBe(507);
  expect((await call({ path: push.path })).status).toBe(404);
  expect((await call({ method: 'DELETE', path })).status).toBe(204);
  expect((await call(push)).status).toBe(201);
  expect((await call({ path: push.path })).text).toBe(Buffer.from(manifest.bytes).toString());
});

test('a collection makes room on a disk that has none', async () => {
  const collect = () => call({ method: 'POST', path: '/admin/v1/collections' });
  const garbage = Buffer.alloc(megabyte, 'g');
  const { digest } = blobOf(garbage.toString()).descriptor;
  const push: Call = { method: 'POST', path: `/v2/team/app/blobs/uploads/?digest=${digest}`, body: garbage };
  expect((await call(push)).status).toBe(201);
  expect((await collect()).text).toContain('"trashed":');
  const { config, manifest } = imageOf('{"without":"a tag"}', []);
  await call({
    method: 'POST',
    path: `/v2/old/app/blobs/uploads/?digest=${config.descriptor.digest}`,
    body: config.bytes,
  });
  const headers = { 'content-type': manifest.descriptor.mediaType };
  const path = `/v2/old/app/manifests/${manifest.descriptor.digest}`;
  expect((await call({ method: 'PUT', path, headers, body: manifest.bytes })).status).toBe(201);
  await fillDisk();
  expect((await call(push)).status).toBe(507);
  expect((await collect()).text).toContain(digest);
  expect((await call(push)).status).toBe(201);
});

test.each([
  ['without room', 'dd if=/dev/zero of=full bs=4k 2>/dev/null || true', 'ENOSPC'],
  ['that is read only', 'mount -o remount,ro .', 'EROFS'],
])('a registry on a disk %s does not start, and says why', async (_, prepare, why) => {
  const elsewhere = await temporaryDirectory();
  const root = join(elsewhere, 'registry');
  await mkdir(root);
  const mount = `mount -t tmpfs -o size=1m none '${root}'`;
  const started = await startRegistry({ directory: elsewhere, prepare: `${mount}\n(cd '${root}'; ${prepare})` });
  expect(started).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('DATA_DIRECTORY_UNUSABLE') });
  expect(started.stderr).toEqual(expect.stringContaining(why));
  await rm(elsewhere, { recursive: true });
});

test('a disk without room does not stand in the way of its end', async () => {
  await fillDisk();
  expect(await registry.stop()).toBe(0);
});
