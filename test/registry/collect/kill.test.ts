/** kill -9 at every step of a collection: nothing that something keeps is lost, nothing is half there, the rest goes later. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { openAccessFile } from '../../../registry/access/access-file.ts';
import { collectionSteps } from '../../../registry/collect/collection-store.ts';
import { type Content, imageOf, indexOf, layerOf, manifestOf } from '../../oci/content.ts';
import { mustStartRegistry, type RegistryProcess } from '../registry-process.ts';
import { basic, type Call, type Reply, send, temporaryDirectory } from '../registry-under-test.ts';

const app = 'team/app';
const shared = layerOf('shared');
const lone = layerOf('lone');
const kept = imageOf('{"kept":true}', [shared.descriptor]);
const lost = imageOf('{"lost":true}', [shared.descriptor, lone.descriptor]);
const index = indexOf([lost.manifest.descriptor]);
const payload = layerOf('payload');
const signature = manifestOf(mediaTypes.ociManifest, {
  artifactType: 'application/vnd.example',
  config: payload.descriptor,
  layers: [],
  subject: index.descriptor,
});
const keptOnes = [shared, kept.config, kept.manifest];
const lostManifests = [index, signature, lost.manifest];
const lostOnes = [lone, lost.config, payload, ...lostManifests];

let directory: string;
let registry: RegistryProcess;
let authorization: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
  const access = await openAccessFile(join(directory, 'access.json'));
  ({ authorization } = basic('x', (await access.createToken({ name: 'ci', role: 'admin' }, Date.now())).secret));
  await mkdir(join(directory, 'orders'));
  const collect = { graceMs: 0, untaggedForMs: 0, previousDigests: 0 };
  await writeFile(join(directory, 'settings.json'), JSON.stringify({ collect }));
  await start();
});

afterEach(async () => {
  await registry.kill();
  await rm(directory, { recursive: true });
});

async function start(): Promise<void> {
  const environment = {
    REGISTRY_ACTION_STOP_AT: join(directory, 'orders'),
    REGISTRY_ACTION_REGISTRY_SETTINGS: join(directory, 'settings.json'),
  };
  registry = await mustStartRegistry({ directory, environment });
}

function call(wanted: Call): Promise<Reply> {
  return send(registry.port, {}, { as: { authorization }, ...wanted });
}

async function push(...contents: readonly Content[]): Promise<void> {
  for (const { descriptor, bytes } of contents) {
    const isBlob = descriptor.mediaType === mediaTypes.ociLayer || descriptor.mediaType === mediaTypes.ociConfig;
    const reply = isBlob
      ? await call({ method: 'POST', path: `/v2/${app}/blobs/uploads/?digest=${descriptor.digest}`, body: bytes })
      : await put(descriptor.digest, { descriptor, bytes });
    expect([reply.status, reply.text]).toEqual([201, '']);
  }
}

function put(tagOrDigest: string, { descriptor, bytes }: Content): Promise<Reply> {
  const headers = { 'content-type': descriptor.mediaType };
  return call({ method: 'PUT', path: `/v2/${app}/manifests/${tagOrDigest}`, headers, body: bytes });
}

async function collect(): Promise<Reply> {
  return call({ method: 'POST', path: '/admin/v1/collections', body: '{}' });
}

/** The registry at the step, dead; begun anew. */
async function killAt(step: string): Promise<void> {
  await writeFile(join(directory, 'orders', `collect-${step}`), '');
  const answer = collect().catch(() => undefined);
  const isStopped = async () => (await readdir(join(directory, 'orders'))).some((name) => /\.\d+$/.test(name));
  await expect.poll(isStopped, { timeout: 30_000, interval: 20 }).toBe(true);
  await registry.kill();
  await answer;
  await start();
}

async function isThere({ descriptor, bytes }: Content): Promise<boolean> {
  const kind =
    descriptor.mediaType.includes('manifest') || descriptor.mediaType.includes('index') ? 'manifests' : 'blobs';
  const reply = await call({ path: `/v2/${app}/${kind}/${descriptor.digest}` });
  if (reply.status === 200) expect(reply.text).toBe(Buffer.from(bytes).toString());
  return reply.status === 200;
}

/** Whatever manifest is there has everything it names. */
async function expectWhole(): Promise<void> {
  for (const content of keptOnes)
    expect([content.descriptor, await isThere(content)]).toEqual([content.descriptor, true]);
  const needs = new Map([
    [index, [lost.manifest]],
    [lost.manifest, [shared, lone, lost.config]],
    [signature, [payload]],
  ]);
  for (const [manifest, needed] of needs) {
    if (!(await isThere(manifest))) continue;
    for (const content of needed)
      expect([manifest.descriptor, await isThere(content)]).toEqual([manifest.descriptor, true]);
  }
}

describe('killed at', () => {
  test.each(collectionSteps)('%s, the registry keeps what is kept, whole, and collects the rest', async (step) => {
    await push(...keptOnes.slice(0, 2), lone, lost.config, payload, kept.manifest, lost.manifest, index, signature);
    expect((await put('latest', kept.manifest)).status).toBe(201);
    if (step === 'trash-emptied') expect((await collect()).status).toBe(200);
    await killAt(step);
    await expectWhole();
    // Asking is a touch, and so whatever was asked for stays until a collection that begins after that.
    expect((await collect()).status).toBe(200);
    expect((await collect()).status).toBe(200);
    for (const content of lostOnes)
      expect([content.descriptor, await isThere(content)]).toEqual([content.descriptor, false]);
    for (const content of keptOnes) expect(await isThere(content)).toBe(true);
    const { manifests } = JSON.parse((await call({ path: `/v2/${app}/referrers/${index.descriptor.digest}` })).text);
    expect(manifests).toEqual([]);
    expect((await call({ path: '/admin/v1/collections/last' })).text).toContain('"trashed":0');
    await push(...keptOnes.slice(0, 2), lone, lost.config, lost.manifest);
    expect((await put('back', lost.manifest)).status).toBe(201);
  });
});
