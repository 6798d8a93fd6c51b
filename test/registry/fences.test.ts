/** Lane tokens: an older writer never overwrites what a newer one wrote. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { type Content, contentOf, manifestOf } from '../oci/content.ts';
import {
  jsonOf,
  openRegistryUnderTest,
  type RegistryUnderTest,
  type Reply,
  temporaryDirectory,
} from './registry-under-test.ts';

const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
const [one, two] = [1, 2].map((n) =>
  manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [], n }),
) as [Content, Content];

let directory: string;
let registry: RegistryUnderTest;

beforeAll(async () => {
  directory = await temporaryDirectory();
  registry = await openRegistryUnderTest({ directory });
  await registry.push('team/app', config);
});

afterAll(async () => {
  await registry.close();
  await rm(directory, { recursive: true });
});

function write(tag: string, manifest: Content, fence?: number | string): Promise<Reply> {
  const fenceHeader = fence === undefined ? {} : { 'Registry-Action-Fence': String(fence) };
  const headers = { 'content-type': manifest.descriptor.mediaType, ...fenceHeader };
  return registry.call({ method: 'PUT', path: `/v2/team/app/manifests/${tag}`, headers, body: manifest.bytes });
}

async function expectTag(tag: string, manifest: Content | undefined, fence: number | undefined): Promise<void> {
  for (const method of ['HEAD', 'GET']) {
    const reply = await registry.call({ method, path: `/v2/team/app/manifests/${tag}` });
    expect([reply.headers['docker-content-digest'], reply.headers['registry-action-fence']]).toEqual([
      manifest?.descriptor.digest,
      fence === undefined ? undefined : String(fence),
    ]);
  }
}

async function expectFenced(reply: Reply, tag: string, fence: number): Promise<void> {
  expect([reply.status, reply.codes]).toEqual([412, ['TAG_FENCED']]);
  expect(jsonOf(reply)).toMatchObject({ errors: [{ detail: { tag, fence } }] });
}

describe('a fenced tag', () => {
  test('is moved by an equal or a higher fence, never by a lower one', async () => {
    expect((await write('moved', one, 5)).status).toBe(201);
    await expectTag('moved', one, 5);
    expect((await write('moved', two, 5)).status).toBe(201);
    await expectTag('moved', two, 5);
    await expectFenced(await write('moved', one, 4), 'moved', 5);
    await expectTag('moved', two, 5);
    expect((await write('moved', one, 9007199254740991)).status).toBe(201);
    await expectTag('moved', one, 9007199254740991);
  });

  test('is moved without a fence, and keeps its own', async () => {
    await write('kept', one, 7);
    expect((await write('kept', two)).status).toBe(201);
    await expectTag('kept', two, 7);
    await expectFenced(await write('kept', one, 6), 'kept', 7);
  });

  test('keeps its fence when it is removed', async () => {
    await write('removed', one, 3);
    expect((await registry.call({ method: 'DELETE', path: '/v2/team/app/manifests/removed' })).status).toBe(202);
    await expectTag('removed', undefined, undefined);
    await expectFenced(await write('removed', one, 2), 'removed', 3);
    expect((await write('removed', two)).status).toBe(201);
    await expectTag('removed', two, 3);
  });

  test('keeps its fence when its manifest is removed', async () => {
    const three = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [], n: 3 });
    await write('orphan', three, 8);
    await registry.call({ method: 'DELETE', path: `/v2/team/app/manifests/${three.descriptor.digest}` });
    await expectFenced(await write('orphan', one, 7), 'orphan', 8);
  });

  test('stores nothing of a refused write', async () => {
    const four = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [], n: 4 });
    await write('nothing', one, 2);
    await write('nothing', four, 1);
    const path = `/v2/team/app/manifests/${four.descriptor.digest}`;
    expect((await registry.call({ path })).codes).toEqual(['MANIFEST_UNKNOWN']);
  });

  test('fences no other tag', async () => {
    await write('first', one, 9);
    expect((await write('second', one, 1)).status).toBe(201);
    await expectTag('second', one, 1);
  });

  test('of which one is fenced, several written together stay as they are', async () => {
    await write('left', one, 1);
    await write('right', one, 5);
    const path = `${two.descriptor.digest}?tag=left&tag=right`;
    await expectFenced(await write(path, two, 3), 'right', 5);
    await expectTag('left', one, 1);
  });

  test('ends on the highest fence however many write at once', async () => {
    const fences = Array.from({ length: 20 }, (_, at) => (at * 7) % 20);
    await Promise.all(fences.map((fence) => write('raced', fence === 19 ? two : one, fence)));
    await expectTag('raced', two, 19);
  });

  test('is what it was after a restart', async () => {
    await write('durable', one, 6);
    await write('durable-removed', one, 6);
    await registry.call({ method: 'DELETE', path: '/v2/team/app/manifests/durable-removed' });
    await registry.close();
    registry = await openRegistryUnderTest({ directory });
    await expectTag('durable', one, 6);
    await expectFenced(await write('durable', two, 5), 'durable', 6);
    await expectFenced(await write('durable-removed', two, 5), 'durable-removed', 6);
  });
});

describe('a fence', () => {
  test.each(['-1', '1.5', '0x10', '', 'five', '9007199254740993', '5, 6'])('of %j is refused', async (fence) => {
    const reply = await write('malformed', one, fence);
    expect([reply.status, reply.codes]).toEqual([400, ['TAG_FENCED']]);
  });

  test('means nothing for a push by digest', async () => {
    const reply = await write(one.descriptor.digest, one, 1);
    expect(reply.status).toBe(201);
    expect(
      (await registry.call({ path: `/v2/team/app/manifests/${one.descriptor.digest}` })).headers[
        'registry-action-fence'
      ],
    ).toBeUndefined();
  });
});
