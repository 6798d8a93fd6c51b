/** What a Target does that can do more than every Target: the suite's cases for mounts, several tags at once, and a quick look. */
import { expect, it } from 'vitest';
import { streamOf } from '../../oci/byte-stream.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { codeOf } from './code-of.ts';
import { imageOf, layerOf, pushAll, readAll } from './content.ts';
import { placeBeside } from './target-attempts.ts';
import { type OpenedTarget, type Power, powerNames } from './target-powers.ts';

const layer = layerOf('a layer');
const { manifest: image, config } = imageOf('{"architecture":"amd64"}', [layer.descriptor]);
const { manifest: other, config: otherConfig } = imageOf('{"architecture":"arm64"}', [layer.descriptor]);
const ladder = ['1.2.3', '1.2', '1', 'latest'].map((tag) => parseTag(tag));

/** The cases; those for a power that the target lacks hold of themselves, because the first one says which it has. */
export function powerCases(opened: () => OpenedTarget): void {
  it('has those that are told, and no other', () => {
    const { target, powers } = opened();
    expect(powerNames.filter((power) => target[power] !== undefined)).toEqual([...powers].sort());
  });

  mountCases(opened);
  tagsCases(opened);

  it('says that it is empty until the first tag, whatever else it holds', async () => {
    const { target } = opened();
    if (lacks('isEmpty')) return;
    expect(await target.isEmpty?.()).toBe(true);
    await pushAll(target, [layer, config, image]);
    expect(await target.isEmpty?.()).toBe(true);
    await target.pushTag(parseTag('1.2.3'), image);
    expect(await target.isEmpty?.()).toBe(false);
  });

  it('reads as before once writes are expected', async () => {
    const { target } = opened();
    target.expectWrites?.();
    expect(await target.resolve(parseTag('1.2.3'))).toBeUndefined();
    await pushAll(target, [layer, config]);
    await target.pushTag(parseTag('1.2.3'), image);
    expect(await target.resolve(parseTag('1.2.3'))).toEqual(image.descriptor);
  });

  function lacks(power: Power): boolean {
    return !opened().powers.includes(power);
  }
}

function mountCases(opened: () => OpenedTarget): void {
  it('makes a blob of the repository beside it its own, and the other keeps it', async () => {
    const { target, sibling } = opened();
    if (sibling === undefined) return;
    await pushAll(sibling, [layer]);
    expect(await target.hasBlob(layer.descriptor)).toBe(false);
    expect(await target.mountBlob?.(layer.descriptor, placeBeside(opened()))).toBe(true);
    for (const repository of [target, sibling]) {
      expect(await readAll(await repository.fetchBlob(layer.descriptor))).toEqual(layer.bytes);
    }
  });

  it('mounts nothing that is not there, nor from elsewhere, and takes the bytes afterwards', async () => {
    const { target } = opened();
    if (target.mountBlob === undefined) return;
    const elsewhere = { ...placeBeside(opened()), registry: 'https://elsewhere.example' };
    for (const from of [placeBeside(opened()), elsewhere]) {
      expect(await target.mountBlob(layer.descriptor, from)).toBe(false);
      expect(await target.hasBlob(layer.descriptor)).toBe(false);
    }
    await target.pushBlob(layer.descriptor, async () => streamOf(layer.bytes));
    expect(await readAll(await target.fetchBlob(layer.descriptor))).toEqual(layer.bytes);
  });

  it('says of a blob that it has already that it is mounted, or that it must be copied, and keeps it', async () => {
    const { target, sibling } = opened();
    await pushAll(target, [layer]);
    if (sibling !== undefined) await pushAll(sibling, [layer]);
    await target.mountBlob?.(layer.descriptor, placeBeside(opened()));
    expect(await readAll(await target.fetchBlob(layer.descriptor))).toEqual(layer.bytes);
  });
}

function tagsCases(opened: () => OpenedTarget): void {
  it('points several tags at one manifest, which it stores, and moves those that were elsewhere', async () => {
    const { target } = opened();
    if (target.pushTags === undefined) return;
    await pushAll(target, [layer, config, otherConfig]);
    await target.pushTag(parseTag('latest'), other);
    await target.pushTag(parseTag('stays'), other);
    await target.pushTags(ladder, image);
    for (const tag of ladder) expect(await target.resolve(tag)).toEqual(image.descriptor);
    expect(await target.resolve(parseTag('stays'))).toEqual(other.descriptor);
    expect((await Array.fromAsync(target.listTags())).sort()).toEqual([...ladder, 'stays'].sort());
    await target.pushTags(ladder.slice(0, 2), other);
    expect(await target.resolve(parseTag('1.2'))).toEqual(other.descriptor);
    expect(await target.resolve(parseTag('1'))).toEqual(image.descriptor);
  });

  it('moves no tag for no tags, and none to wrong bytes', async () => {
    const { target } = opened();
    if (target.pushTags === undefined) return;
    await pushAll(target, [layer, config, otherConfig]);
    await target.pushTags([], image);
    await target.pushTag(parseTag('latest'), image);
    const wrong = { descriptor: other.descriptor, bytes: image.bytes };
    expect(await codeOf(() => target.pushTags?.(ladder, wrong))).toBe('DIGEST_MISMATCH');
    expect(await target.resolve(parseTag('latest'))).toEqual(image.descriptor);
    expect(await Array.fromAsync(target.listTags())).toEqual(['latest']);
  });

  it('leaves tags that two point elsewhere at once each at one of the two', async () => {
    const { target } = opened();
    if (target.pushTags === undefined) return;
    await pushAll(target, [layer, config, otherConfig]);
    await Promise.all([target.pushTags(ladder, image), target.pushTags(ladder, other)]);
    for (const tag of ladder) {
      expect([image.descriptor, other.descriptor]).toContainEqual(await target.resolve(tag));
    }
  });
}
