/** A copy whose source writes over every chunk as soon as the next one is asked for. */
import { describe, expect, it } from 'vitest';
import { copy } from '../../../oci/copy/copy.ts';
import { copyToMany } from '../../../oci/copy/copy-to-many.ts';
import { readAheadSizeBytesMax } from '../../../oci/copy/delivery.ts';
import { narrowSource } from '../../../oci/copy/platforms/narrow-source.ts';
import type { Source, Target } from '../../../oci/copy/target.ts';
import { parsePlatformText } from '../../../oci/spec/platform.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { openMemoryStore } from '../../../oci/store/memory.ts';
import { type Content, imageOf, layerOf, pushAll, readAll } from '../content.ts';
import { lent } from '../lent-chunks.ts';

const v1 = parseTag('v1');
const layers = [layerOf('read ahead'), layerOf('x'.repeat(readAheadSizeBytesMax + 1))];
const { manifest, config } = imageOf(
  '{"architecture":"amd64","os":"linux"}',
  layers.map(({ descriptor }) => descriptor),
);
const blobs: readonly Content[] = [...layers, config];

async function lendingSource(): Promise<Source> {
  const store = openMemoryStore('source');
  await pushAll(store, blobs);
  await store.pushTag(v1, manifest);
  return { ...store, fetchBlob: async (blob, signal) => lent(await store.fetchBlob(blob, signal)) };
}

async function expectWhole(target: Target): Promise<void> {
  for (const { descriptor, bytes } of blobs) {
    expect(Buffer.compare(await readAll(await target.fetchBlob(descriptor)), bytes)).toBe(0);
  }
}

describe('a copy from a source that writes over its chunks is right', () => {
  it('at one target', async () => {
    const target = openMemoryStore('target');
    await copy(await lendingSource(), v1, target, [v1]);
    await expectWhole(target);
  });

  it('at two targets that take the bytes from one reading', async () => {
    const targets = [openMemoryStore('one'), openMemoryStore('other')];
    await copyToMany(
      await lendingSource(),
      v1,
      targets.map((target) => ({ target, tags: [v1] })),
    );
    for (const target of targets) await expectWhole(target);
  });

  it('for one platform', async () => {
    const target = openMemoryStore('target');
    const { source, root } = await narrowSource(await lendingSource(), manifest, [parsePlatformText('linux/amd64')]);
    await copy(source, root.digest, target, [v1]);
    await expectWhole(target);
  });
});
