/** Writers that meet: whatever wins, nothing points at nothing. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { type Content, contentOf, imageOf, layerOf, manifestOf } from '../oci/content.ts';
import { openRegistryUnderTest, type RegistryUnderTest, type Reply } from './registry-under-test.ts';

const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));

let registry: RegistryUnderTest;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
  await registry.push('team/app', config);
});

afterAll(() => registry.close());

function put(tag: string, { descriptor, bytes }: Content): Promise<Reply> {
  const headers = { 'content-type': descriptor.mediaType };
  return registry.call({ method: 'PUT', path: `/v2/team/app/manifests/${tag}`, headers, body: bytes });
}

describe('what meets', () => {
  test('a tag written while its manifest is deleted is complete or gone', async () => {
    for (let round = 0; round < 30; round += 1) {
      const manifest = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [], round });
      const path = `/v2/team/app/manifests/${manifest.descriptor.digest}`;
      await put('seed', manifest);
      await Promise.all([put('one', manifest), registry.call({ method: 'DELETE', path }), put('two', manifest)]);
      const { tags } = JSON.parse((await registry.call({ path: '/v2/team/app/tags/list' })).text) as { tags: string[] };
      for (const tag of tags) {
        expect([tag, (await registry.call({ path: `/v2/team/app/manifests/${tag}` })).status]).toEqual([tag, 200]);
      }
    }
  });

  test('a manifest pushed while its layer is deleted is refused or has its layer', async () => {
    for (let round = 0; round < 30; round += 1) {
      const layer = layerOf(`layer ${round}`);
      const { manifest } = imageOf('{}', [layer.descriptor]);
      const path = `/v2/team/app/blobs/${layer.descriptor.digest}`;
      await registry.push('team/app', layer);
      const [pushed, deleted] = await Promise.all([put('latest', manifest), registry.call({ method: 'DELETE', path })]);
      expect(deleted.status).toBe(202);
      expect([201, 404]).toContain(pushed.status);
      expect((await registry.call({ path })).status).toBe(404);
    }
  });

  test('the same blob pushed by many at once is there for all of them', async () => {
    const layer = layerOf('x'.repeat(300_000));
    const repositories = Array.from({ length: 12 }, (_, at) => `team/app${at % 4}`);
    await Promise.all(repositories.map((repository) => registry.push(repository, layer)));
    for (const repository of repositories) {
      const reply = await registry.call({ path: `/v2/${repository}/blobs/${layer.descriptor.digest}` });
      expect([reply.status, reply.text.length]).toEqual([200, layer.bytes.length]);
    }
  });

  test('pushes of one tag leave one of what was pushed', async () => {
    const manifests = Array.from({ length: 10 }, (_, at) =>
      manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [], at }),
    );
    const replies = await Promise.all(manifests.map((manifest) => put('raced', manifest)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]));
    const reply = await registry.call({ path: '/v2/team/app/manifests/raced' });
    expect(manifests.map(({ descriptor }) => descriptor.digest)).toContain(reply.headers['docker-content-digest']);
  });
});
