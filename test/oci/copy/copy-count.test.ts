import { describe, expect, it } from 'vitest';
import { copy } from '../../../oci/copy/copy.ts';
import { countCopies } from '../../../oci/copy/copy-count.ts';
import type { CopyEvent } from '../../../oci/copy/copy-event.ts';
import { copyGraph } from '../../../oci/copy/copy-graph.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { openMemoryStore } from '../../../oci/store/memory.ts';
import { imageOf, layerOf, pushAll } from '../content.ts';

const layers = ['one', 'two'].map((text) => layerOf(text.repeat(1000)));
const [first, second] = layers.map(({ descriptor }) => descriptor);
const image = imageOf(
  '{}',
  layers.map(({ descriptor }) => descriptor),
);
const { descriptor } = image.manifest;
const wholeBytes = [...layers, image.config, image.manifest].reduce((sum, { bytes }) => sum + bytes.length, 0);

async function source() {
  const store = openMemoryStore('source');
  await pushAll(store, [...layers, image.config, image.manifest]);
  return store;
}

describe('the bytes of copies', () => {
  it('are all of them when all was copied', async () => {
    const { bytes, follow } = countCopies();
    await copy(await source(), descriptor.digest, openMemoryStore('target'), [parseTag('v1')], {
      onEvent: follow(),
    });
    expect({ done: bytes.done, total: bytes.total }).toEqual({ done: wholeBytes, total: wholeBytes });
  });

  it('are known as a whole before the first of them has moved', async () => {
    const { bytes, ...count } = countCopies();
    const follow = count.follow();
    const totals: number[] = [];
    const onEvent = (event: CopyEvent) => {
      follow(event);
      if (event.kind === 'progressed') totals.push(bytes.total);
    };
    const tags = [parseTag('v1')];
    await copy(await source(), descriptor.digest, openMemoryStore('target'), tags, { onEvent, concurrency: 1 });
    expect(new Set(totals)).toEqual(new Set([wholeBytes]));
  });

  it('are counted as well for a root of which nothing but the digest was known', async () => {
    const { bytes, blobs, follow } = countCopies();
    const root = { digest: descriptor.digest, mediaType: '', size: 0 };
    await copyGraph(await source(), openMemoryStore('target'), root, { onEvent: follow() });
    expect(blobs).toMatchObject({ total: 3, copied: 3 });
    expect({ done: bytes.done, total: bytes.total }).toEqual({ done: wholeBytes, total: wholeBytes });
  });

  it('leave out what was there, and add up over several copies', async () => {
    const { bytes, follow } = countCopies();
    for (const name of ['one', 'other']) {
      const target = openMemoryStore(name);
      await pushAll(target, layers.slice(0, 1));
      await copy(await source(), descriptor.digest, target, [parseTag('v1')], { onEvent: follow() });
    }
    const each = wholeBytes - (first?.size ?? 0);
    expect({ done: bytes.done, total: bytes.total }).toEqual({ done: 2 * each, total: 2 * each });
  });

  it('go back when an attempt starts over, or turns out to have been needless', () => {
    if (first === undefined || second === undefined) throw new Error('no layers');
    const { bytes, ...count } = countCopies();
    const follow = count.follow();
    follow({ kind: 'started', descriptor: first });
    follow({ kind: 'started', descriptor: second });
    follow({ kind: 'progressed', descriptor: first, bytes: 700 });
    follow({ kind: 'progressed', descriptor: first, bytes: -700 });
    follow({ kind: 'progressed', descriptor: second, bytes: 500 });
    follow({ kind: 'present', descriptor: second });
    expect({ done: bytes.done, total: bytes.total }).toEqual({ done: 0, total: first.size });
  });
});

describe('the blobs of copies', () => {
  it('are counted by what became of them, manifests apart', async () => {
    const { blobs, follow } = countCopies();
    const target = openMemoryStore('target');
    await pushAll(target, layers.slice(0, 1));
    await copy(await source(), descriptor.digest, target, [parseTag('v1')], { onEvent: follow() });
    expect(blobs).toEqual({ total: 3, copied: 2, mounted: 0, present: 1, skipped: 0 });
  });

  it('are told while they are under way, those left out apart', () => {
    if (first === undefined || second === undefined) throw new Error('no layers');
    const { blobs, follow } = countCopies();
    const tell = follow();
    tell({ kind: 'started', descriptor: first });
    tell({ kind: 'skipped', descriptor: second });
    expect(blobs).toEqual({ total: 1, copied: 0, mounted: 0, present: 0, skipped: 1 });
    tell({ kind: 'mounted', descriptor: first });
    expect(blobs).toMatchObject({ total: 1, mounted: 1 });
  });
});
