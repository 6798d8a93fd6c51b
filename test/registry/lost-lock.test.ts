/** A registry that was suspended until another one took its data directory over. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { imageOf, layerOf } from '../oci/content.ts';
import {
  blobOf,
  type Call,
  jsonOf,
  openRegistryUnderTest,
  type RegistryUnderTest,
  temporaryDirectory,
} from './registry-under-test.ts';

let directory: string;
let sleeper: RegistryUnderTest;
let successor: RegistryUnderTest;
/** Where the upload goes on that was begun before. */
let upload: string;

const layer = layerOf('layer');
const image = imageOf('config', [layer.descriptor]);
const stray = blobOf('stray');
const next = imageOf('next', [layer.descriptor]);

beforeEach(async () => {
  directory = await temporaryDirectory();
  sleeper = await openRegistryUnderTest({ directory });
  await sleeper.push('team/app', layer, image.config, image.manifest, stray, next.config);
  await sleeper.tag('team/app', 'latest', image.manifest);
  const begun = await sleeper.call({ method: 'POST', path: '/v2/team/app/blobs/uploads/' });
  upload = String(begun.headers.location);
  await rm(join(directory, 'registry', 'registry.lock'));
  successor = await openRegistryUnderTest({ directory });
});

afterEach(async () => {
  await successor.close();
  await sleeper.close();
  await rm(directory, { recursive: true });
});

/** Every file that lasts, with what is in it. */
async function filesThatLast(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(join(directory, 'registry'), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(path, await readFile(path, 'latin1'));
  }
  return files;
}

const manifestHeaders = { 'content-type': mediaTypes.ociManifest };
const writes: [string, () => Call][] = [
  [
    'a blob',
    () => ({ method: 'POST', path: `/v2/team/app/blobs/uploads/?digest=${blobOf('x').descriptor.digest}`, body: 'x' }),
  ],
  ['an upload', () => ({ method: 'POST', path: '/v2/team/app/blobs/uploads/' })],
  [
    'the end of an upload',
    () => ({ method: 'PUT', path: `${upload}?digest=${blobOf('y').descriptor.digest}`, body: 'y' }),
  ],
  [
    'a mount',
    () => ({ method: 'POST', path: `/v2/team/other/blobs/uploads/?from=team/app&mount=${stray.descriptor.digest}` }),
  ],
  [
    'a manifest',
    () => ({
      method: 'PUT',
      path: `/v2/team/app/manifests/${next.manifest.descriptor.digest}`,
      headers: manifestHeaders,
      body: next.manifest.bytes,
    }),
  ],
  [
    'a tag',
    () => ({
      method: 'PUT',
      path: '/v2/team/app/manifests/latest',
      headers: manifestHeaders,
      body: next.manifest.bytes,
    }),
  ],
  ['the end of a tag', () => ({ method: 'DELETE', path: '/v2/team/app/manifests/latest' })],
  [
    'the end of a manifest',
    () => ({ method: 'DELETE', path: `/v2/team/app/manifests/${image.manifest.descriptor.digest}` }),
  ],
  ['the end of a blob', () => ({ method: 'DELETE', path: `/v2/team/app/blobs/${stray.descriptor.digest}` })],
];

describe('a registry whose data directory is another’s', () => {
  test.each(writes)('refuses %s, and changes nothing', async (_, call) => {
    const before = await filesThatLast();
    const reply = await sleeper.call(call());
    expect([reply.status, reply.codes, reply.text]).toEqual([503, ['UNKNOWN'], expect.stringContaining('another')]);
    expect(await filesThatLast()).toEqual(before);
  });

  test.each([
    ['collects nothing', '/admin/v1/collections', '{}', 'collection-failed'],
    ['writes down no scrub', '/admin/v1/scrubs', '{"bytesPerSecond":1000000000}', 'scrub-failed'],
  ])('%s', async (_, path, body, kind) => {
    const before = await filesThatLast();
    await sleeper.call({ method: 'POST', path, body });
    await expect.poll(() => sleeper.events.map((event) => event.kind)).toContain(kind);
    expect(await filesThatLast()).toEqual(before);
  });

  test('says so once, and to whoever asks whether it is ready', async () => {
    for (let times = 0; times < 2; times += 1) {
      const ready = await sleeper.call({ path: '/readyz', as: 'nobody' });
      const { parts } = jsonOf(ready) as { parts: { name: string; ok: boolean }[] };
      expect([ready.status, parts.filter(({ ok }) => !ok).map(({ name }) => name)]).toEqual([503, ['lock']]);
    }
    expect(sleeper.events.filter(({ kind }) => kind === 'lock-lost')).toHaveLength(1);
  });

  test('goes on answering pulls, beside the one that takes pushes', async () => {
    expect((await sleeper.call({ path: '/v2/team/app/manifests/latest' })).text).toBe(
      Buffer.from(image.manifest.bytes).toString(),
    );
    expect((await sleeper.call({ path: `/v2/team/app/blobs/${layer.descriptor.digest}` })).status).toBe(200);
    await successor.tag('team/app', 'latest', next.manifest);
    expect((await successor.call({ path: '/readyz', as: 'nobody' })).status).toBe(200);
  });
});
