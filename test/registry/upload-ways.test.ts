/** Every way the client has to send a blob, with the embedded registry, which checks ranges and digests. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ordinaryQuirks } from '../../oci/client/quirks.ts';
import { openRegistryClient } from '../../oci/client/registry-client.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { readAll } from '../oci/content.ts';
import { layerOf, sourceOf } from '../oci/quirks/quirk.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from './registry-under-test.ts';

const mebibyte = 1024 * 1024;
let registry: RegistryUnderTest;

beforeEach(async () => {
  registry = await openRegistryUnderTest();
});

afterEach(async () => {
  await registry.close();
});

describe('a blob sent to the embedded registry', () => {
  it.each([
    ['put', 'in-patch', 3 * mebibyte + 7],
    ['patch', 'in-patch', 3 * mebibyte + 7],
    ['patch', 'in-patch', 1],
    ['chunks', 'in-patch', 3 * mebibyte + 7],
    ['chunks', 'in-patch', 2 * mebibyte],
    ['chunks', 'in-patch', 1],
    ['chunks', 'in-put', 3 * mebibyte + 7],
    ['chunks', 'in-put', 1],
  ] as const)('by %s, the last chunk %s, of %i bytes, comes back as it was', async (way, lastChunk, sizeBytes) => {
    const client = openRegistryClient({
      url: registry.url,
      credentials: async () => ({ username: 'test', password: registry.tokens.admin }),
      quirksOf: () => ({ ...ordinaryQuirks, uploadWays: [way], chunkSizeBytes: mebibyte, lastChunk }),
    });
    try {
      const repository = client.repository(parseRepositoryName('team/app'));
      const { descriptor, bytes } = layerOf(sizeBytes);
      await repository.pushBlob(descriptor, sourceOf(bytes));
      const stored = await readAll(await repository.fetchBlob(descriptor));
      expect(Buffer.compare(stored, bytes)).toBe(0);
    } finally {
      await client.close();
    }
  });
});
