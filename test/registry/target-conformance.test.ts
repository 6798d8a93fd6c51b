/** The suite of every Target over a repository of the embedded registry, spoken to by the client over HTTP. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRegistryClient, type RegistryClient } from '../../oci/client/registry-client.ts';
import { copy } from '../../oci/copy/copy.ts';
import { proveGraph } from '../../oci/copy/prove-graph.ts';
import type { Target } from '../../oci/copy/target.ts';
import { type Digest, digestHex } from '../../oci/spec/digest.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { openMemoryStore } from '../../oci/store/memory.ts';
import { imageOf, indexOf, layerOf, pushAll } from '../oci/content.ts';
import { targetConformance } from '../oci/target-conformance.ts';
import { type OpenedTarget, powerNames } from '../oci/target-powers.ts';
import { movableTags, openRegistryUnderTest, type RegistryUnderTest } from './registry-under-test.ts';

function openClient({ url, tokens }: RegistryUnderTest): RegistryClient {
  return openRegistryClient({ url, credentials: async () => ({ username: 'test', password: tokens.admin }) });
}

/** Overwrites the first byte of every file that holds the content; the files that only name it are empty. */
async function corruptOnDisk(registry: RegistryUnderTest, digest: Digest): Promise<void> {
  const files = await readdir(join(registry.directory, 'registry'), { recursive: true, withFileTypes: true });
  for (const file of files) {
    if (!file.isFile() || !file.name.includes(digestHex(digest))) continue;
    const path = join(file.parentPath, file.name);
    const bytes = await readFile(path);
    if (bytes.length > 0) await writeFile(path, bytes.fill(0, 0, 1));
  }
}

targetConformance('a repository of the embedded registry', async (): Promise<OpenedTarget> => {
  const registry = await openRegistryUnderTest({ settings: movableTags });
  const client = openClient(registry);
  return {
    target: client.repository(parseRepositoryName('team/app')),
    sibling: client.repository(parseRepositoryName('team/other')),
    powers: powerNames,
    corruptBlob: (digest) => corruptOnDisk(registry, digest),
    async close() {
      await client.close();
      await registry.close();
    },
  };
});

describe('a copy into a repository of the embedded registry', () => {
  const v1 = parseTag('v1');
  const layer = layerOf('a layer');
  const image = imageOf('{"architecture":"amd64"}', [layer.descriptor]);
  const index = indexOf([image.manifest.descriptor]);

  let registry: RegistryUnderTest;
  let client: RegistryClient;
  let source: Target;
  let target: Target;

  beforeEach(async () => {
    registry = await openRegistryUnderTest();
    client = openClient(registry);
    source = client.repository(parseRepositoryName('dev/app'));
    target = client.repository(parseRepositoryName('production/app'));
  });
  afterEach(async () => {
    await client.close();
    await registry.close();
  });

  it('from the one beside it mounts every blob, and moves none of their bytes', async () => {
    await pushAll(source, [layer, image.config, image.manifest]);
    await source.pushTag(v1, index);
    const result = await copy(source, v1, target, [v1]);
    expect(result).toMatchObject({ blobsMounted: 2, blobsCopied: 0, manifestsCopied: 2 });
    expect(await proveGraph(target, index.descriptor)).toMatchObject({ complete: true, checked: 4 });
    expect(await copy(source, v1, target, [v1])).toMatchObject({ manifestsPresent: 1, bytesCopied: 0 });
  });

  it('from outside moves the bytes', async () => {
    const elsewhere = openMemoryStore('elsewhere');
    await pushAll(elsewhere, [layer, image.config, image.manifest]);
    await elsewhere.pushTag(v1, index);
    expect(await copy(elsewhere, v1, target, [v1])).toMatchObject({ blobsMounted: 0, blobsCopied: 2 });
    expect(await proveGraph(target, index.descriptor)).toMatchObject({ complete: true });
  });

  it('keeps the highest lane token that wrote a tag', async () => {
    await pushAll(target, [layer, image.config]);
    await target.pushTag(v1, image.manifest, { fence: 7 });
    await expect(target.pushTag(v1, image.manifest, { fence: 6 })).rejects.toMatchObject({ code: 'TAG_FENCED' });
    expect(await target.resolve(v1)).toEqual({ ...image.manifest.descriptor, fence: 7 });
  });
});
