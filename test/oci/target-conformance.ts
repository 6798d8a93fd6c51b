/** What every Target does, whatever is behind it: one suite, run over each of them. */
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { streamOf } from '../../oci/byte-stream.ts';
import type { ByteStream, Target } from '../../oci/copy/target.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { manifestSizeBytesMax } from '../../oci/spec/manifest.ts';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { parseTag, type Tag } from '../../oci/spec/tag.ts';
import { codeOf } from './code-of.ts';
import {
  bytesOf,
  type Content,
  contentOf,
  imageOf,
  indexOf,
  layerOf,
  manifestOf,
  pushAll,
  readAll,
} from './content.ts';
import { lentChunks } from './lent-chunks.ts';
import { attemptsAt, expectUntouched, expectWhole, methods, openScene } from './target-attempts.ts';
import { powerCases } from './target-power-cases.ts';
import type { OpenedTarget } from './target-powers.ts';

const v1 = parseTag('v1');
const v2 = parseTag('v2');
const layer = layerOf('a layer');
const { manifest: image, config } = imageOf('{"architecture":"amd64"}', [layer.descriptor]);
const { manifest: otherImage, config: otherConfig } = imageOf('{"architecture":"arm64"}', [layer.descriptor]);

/** Runs the suite over the kind of target that `openTarget` opens. */
export function targetConformance(name: string, openTarget: () => Promise<OpenedTarget>): void {
  describe(name, () => {
    let opened: OpenedTarget;
    let target: Target;

    beforeEach(async () => {
      opened = await openTarget();
      target = opened.target;
    });
    afterEach(() => opened.close());

    describe('that is empty', () => absentCases(() => target));
    describe('asked for what it holds', () => presentCases(() => target));
    describe('given wrong bytes', () => wrongBytesCases(() => target));
    describe('whose bytes went bad', () => corruptionCases(() => opened));
    describe('told to stop', () => abortCases(() => opened));
    describe('asked twice at once', () => concurrentCases(() => opened));
    describe('with the powers that it has', () => powerCases(() => opened));
    describe('that can delete', () => deleteCases(() => target));
    describe('that lists referrers', () => referrerCases(() => target));
  });
}

function absentCases(at: () => Target): void {
  it('resolves no tag and no digest', async () => {
    expect(await at().resolve(v1)).toBeUndefined();
    expect(await at().resolve(image.descriptor.digest)).toBeUndefined();
  });

  it('has no blob', async () => {
    expect(await at().hasBlob(layer.descriptor)).toBe(false);
    expect(await codeOf(() => at().fetchBlob(layer.descriptor))).toBe('BLOB_UNKNOWN');
  });

  it('lists no tags', async () => {
    expect(await listed(at())).toEqual([]);
  });

  it('has no manifest, also when it has another one', async () => {
    await expect(at().fetchManifest(v1)).rejects.toMatchObject({ name: 'NotFoundError' });
    await pushAll(at(), [layer, config, image]);
    expect(await codeOf(() => at().fetchManifest(v1))).toBe('MANIFEST_UNKNOWN');
    expect(await codeOf(() => at().fetchManifest(otherImage.descriptor.digest))).toBe('MANIFEST_UNKNOWN');
  });
}

function presentCases(at: () => Target): void {
  it.each([
    ['of no bytes', contentOf(mediaTypes.ociLayer, new Uint8Array())],
    ['of one byte', layerOf('x')],
    ['of many chunks', contentOf(mediaTypes.ociLayerGzip, new Uint8Array(3_000_001).fill(7))],
    ['named by sha512', contentOf(mediaTypes.ociLayer, bytesOf('long name'), 'sha512')],
  ])('gives a blob %s back as it was', async (_, blob) => {
    await pushAll(at(), [blob]);
    expect(await at().hasBlob(blob.descriptor)).toBe(true);
    expect(Buffer.compare(await readAll(await at().fetchBlob(blob.descriptor)), blob.bytes)).toBe(0);
  });

  it('stores a blob that comes in chunks of any size', async () => {
    const blob = layerOf('in three pieces');
    await at().pushBlob(blob.descriptor, async () => inChunks(blob.bytes, [1, 0, 7]));
    expect(await readAll(await at().fetchBlob(blob.descriptor))).toEqual(blob.bytes);
  });

  it.each([
    ['a few', 'in three pieces', 7],
    ['many', 'x'.repeat(300_000), 70_000],
  ])('stores a blob whose %s chunks are written over', async (_, text, chunkSizeBytes) => {
    const blob = layerOf(text);
    await at().pushBlob(blob.descriptor, async () => lentChunks(blob.bytes, chunkSizeBytes));
    expect(Buffer.compare(await readAll(await at().fetchBlob(blob.descriptor)), blob.bytes)).toBe(0);
  });

  it.each([
    ['image of OCI', mediaTypes.ociManifest],
    ['image of Docker', mediaTypes.dockerManifest],
  ])('keeps the type and every byte of an %s', async (_, mediaType) => {
    const written = { schemaVersion: 2, mediaType, config: config.descriptor, layers: [layer.descriptor] };
    const manifest = contentOf(mediaType, bytesOf(`${JSON.stringify(written, null, 3)}\n\n`));
    await pushAll(at(), [layer, config, manifest]);
    const { digest } = manifest.descriptor;
    expect(await at().resolve(digest)).toEqual(manifest.descriptor);
    await expectManifest(at(), digest, manifest);
    expect(await listed(at())).toEqual([]);
  });

  it('keeps the type of an index', async () => {
    const index = indexOf([image.descriptor, otherImage.descriptor]);
    await pushAll(at(), [layer, config, image, otherConfig, otherImage, index]);
    await expectManifest(at(), index.descriptor.digest, index);
  });

  it('stores the manifest it tags, and resolves the tag to it', async () => {
    await pushAll(at(), [layer, config]);
    await at().pushTag(v1, image);
    expect(await at().resolve(v1)).toEqual(image.descriptor);
    await expectManifest(at(), v1, image);
    await expectManifest(at(), image.descriptor.digest, image);
    expect(await listed(at())).toEqual(['v1']);
  });

  it('moves a tag, and keeps the manifest it pointed at', async () => {
    await pushAll(at(), [layer, config, otherConfig]);
    await at().pushTag(v1, image);
    await at().pushTag(v1, otherImage);
    await at().pushTag(v1, otherImage);
    expect(await at().resolve(v1)).toEqual(otherImage.descriptor);
    await expectManifest(at(), image.descriptor.digest, image);
    expect(await listed(at())).toEqual(['v1']);
  });

  it('takes everything again that it has', async () => {
    await pushAll(at(), [layer, config, image]);
    await pushAll(at(), [layer, config, image]);
    await expectManifest(at(), image.descriptor.digest, image);
  });

  it('lists every one of many tags once', async () => {
    const tags = Array.from({ length: 120 }, (_, at) => parseTag(`many-${at}`));
    await pushAll(at(), [layer, config]);
    for (const tag of tags) await at().pushTag(tag, image);
    expect((await listed(at())).sort()).toEqual([...tags].sort());
  });
}

function wrongBytesCases(at: () => Target): void {
  const blob = layerOf('the right bytes');
  it.each([
    ['too few', 'the right byte'],
    ['none', ''],
    ['too many', 'the right bytes!'],
    ['others of the same number', 'the wrong bytes'],
  ])('for a blob, %s, stores nothing', async (_, wrong) => {
    const push = () => at().pushBlob(blob.descriptor, async () => inChunks(bytesOf(wrong), [4, 4]));
    expect(await codeOf(push)).toBe('DIGEST_MISMATCH');
    expect(await at().hasBlob(blob.descriptor)).toBe(false);
  });

  it('for a blob, takes the right ones afterwards', async () => {
    await codeOf(() => at().pushBlob(blob.descriptor, async () => streamOf(bytesOf('the wrong bytes'))));
    await pushAll(at(), [blob]);
    expect(await readAll(await at().fetchBlob(blob.descriptor))).toEqual(blob.bytes);
  });

  it('passes on the error of a stream that breaks, stores nothing and releases the stream', async () => {
    const failure = new Error('the source broke');
    const stream = watchedStream(blob.bytes, () => Promise.reject(failure));
    await expect(at().pushBlob(blob.descriptor, async () => stream.chunks)).rejects.toBe(failure);
    expect(stream.released()).toBe(true);
    expect(await at().hasBlob(blob.descriptor)).toBe(false);
  });

  it('passes on the error of a stream that cannot be opened', async () => {
    const failure = new Error('the source is gone');
    await expect(at().pushBlob(blob.descriptor, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await at().hasBlob(blob.descriptor)).toBe(false);
  });

  it('for a manifest, stores nothing and leaves the tag where it was', async () => {
    await pushAll(at(), [layer, config, otherConfig]);
    await at().pushTag(v1, image);
    const wrong = { descriptor: { ...otherImage.descriptor, size: image.bytes.length }, bytes: image.bytes };
    expect(await codeOf(() => at().pushManifest(wrong))).toBe('DIGEST_MISMATCH');
    expect(await codeOf(() => at().pushTag(v1, wrong))).toBe('DIGEST_MISMATCH');
    expect(await at().resolve(v1)).toEqual(image.descriptor);
    expect(await at().resolve(otherImage.descriptor.digest)).toBeUndefined();
  });

  it('for a manifest of another size than it should have, stores nothing', async () => {
    await pushAll(at(), [layer, config]);
    const wrong = { ...image, descriptor: { ...image.descriptor, size: image.descriptor.size + 1 } };
    expect(await codeOf(() => at().pushManifest(wrong))).toBe('DIGEST_MISMATCH');
    expect(await at().resolve(image.descriptor.digest)).toBeUndefined();
  });

  it('refuses a manifest larger than any registry need take', async () => {
    const annotations = { padding: 'x'.repeat(manifestSizeBytesMax) };
    const large = manifestOf(mediaTypes.ociIndex, { manifests: [], annotations });
    expect(await codeOf(() => at().pushManifest(large))).toBe('MANIFEST_TOO_LARGE');
  });
}

function corruptionCases(opened: () => OpenedTarget): void {
  it('gives out no wrong blob and no wrong manifest', async () => {
    const { target, corruptBlob } = opened();
    if (corruptBlob === undefined) return;
    await pushAll(target, [layer, config]);
    await target.pushTag(v1, image);
    await corruptBlob(layer.descriptor.digest);
    await corruptBlob(image.descriptor.digest);
    const readLayer = async () => readAll(await target.fetchBlob(layer.descriptor));
    await expectRightOrRefused(readLayer, layer);
    await expectRightOrRefused(async () => (await target.fetchManifest(v1)).bytes, image);
    await expectRightOrRefused(async () => (await target.fetchManifest(image.descriptor.digest)).bytes, image);
  });

  it('is healed by pushing the right ones again', async () => {
    const { target, corruptBlob } = opened();
    if (corruptBlob === undefined) return;
    await pushAll(target, [layer]);
    await corruptBlob(layer.descriptor.digest);
    await pushAll(target, [layer]);
    expect(await readAll(await target.fetchBlob(layer.descriptor))).toEqual(layer.bytes);
  });
}

function abortCases(opened: () => OpenedTarget): void {
  const reason = new Error('stopped on purpose');
  const at = () => opened().target;

  it('before it began, does nothing at all', async () => {
    const scene = await openScene(opened());
    const before = await listed(at());
    for (const [method, { begin }] of Object.entries(attemptsAt(scene))) {
      const begun = begin(AbortSignal.abort(reason));
      if (begun !== undefined) await expect(begun, method).rejects.toBe(reason);
    }
    expect(await listed(at())).toEqual(before);
    await expectUntouched(scene);
  });

  // A request that is under way may be carried out or not; nothing may be left half done, and it can be asked again.
  describe.each([0, 1, 3])('%i turns after it began', (turns) => {
    it.each(methods)('%s says why it ended or succeeds, and works when it is asked again', async (method) => {
      const { begin, answer, done } = attemptsAt(await openScene(opened()))[method];
      const stop = new AbortController();
      const begun = begin(stop.signal)?.then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
      if (begun === undefined) return;
      for (let turn = 0; turn < turns; turn++) await setImmediate();
      stop.abort(reason);
      const ended = await begun;
      if ('error' in ended) expect(ended.error).toBe(reason);
      else expect(ended.value).toEqual(answer);
      if (method !== 'deleteManifest') await expectWhole(at());
      expect(await begin()).toEqual(answer);
      await done();
    });
  });

  it('half way through a push, stores nothing and releases the stream', async () => {
    const stop = new AbortController();
    const stream = watchedStream(layer.bytes, async () => stop.abort(reason));
    await expect(at().pushBlob(layer.descriptor, async () => stream.chunks, stop.signal)).rejects.toBe(reason);
    expect(stream.released()).toBe(true);
    expect(await at().hasBlob(layer.descriptor)).toBe(false);
  });

  it('half way through a fetch, does not come to its end', async () => {
    const stop = new AbortController();
    const large = contentOf(mediaTypes.ociLayer, new Uint8Array(3_000_001).fill(7));
    await pushAll(at(), [large]);
    const stream = await at().fetchBlob(large.descriptor, stop.signal);
    stop.abort(reason);
    await expect(readAll(stream)).rejects.toBe(reason);
  });

  it('by a reader who leaves early, is not disturbed', async () => {
    const large = contentOf(mediaTypes.ociLayer, new Uint8Array(3_000_001).fill(7));
    await pushAll(at(), [large]);
    for await (const _ of await at().fetchBlob(large.descriptor)) break;
    expect((await readAll(await at().fetchBlob(large.descriptor))).length).toBe(large.bytes.length);
  });
}

function concurrentCases(opened: () => OpenedTarget): void {
  const at = () => opened().target;

  it.each(methods)('to %s, does it and fails nobody', async (method) => {
    const { begin, answer, done } = attemptsAt(await openScene(opened()))[method];
    const asked = [begin(), begin(), begin()].filter((begun) => begun !== undefined);
    for (const answered of await Promise.all(asked)) expect(answered).toEqual(answer);
    if (asked.length > 0) await done();
    await expectWhole(at());
  });

  it('for one blob, stores it and fails nobody', async () => {
    await Promise.all([1, 2, 3, 4].map(() => pushAll(at(), [layer])));
    expect(await readAll(await at().fetchBlob(layer.descriptor))).toEqual(layer.bytes);
  });

  it('for one blob, once with wrong bytes, stores the right ones', async () => {
    const wrong = () => at().pushBlob(layer.descriptor, async () => inChunks(bytesOf('b layer'), [2, 2]));
    const [code] = await Promise.all([codeOf(wrong), pushAll(at(), [layer])]);
    expect(code).toBe('DIGEST_MISMATCH');
    expect(await readAll(await at().fetchBlob(layer.descriptor))).toEqual(layer.bytes);
  });

  it('to read one blob, gives it to both', async () => {
    await pushAll(at(), [layer]);
    const read = async () => readAll(await at().fetchBlob(layer.descriptor));
    expect(await Promise.all([read(), read()])).toEqual([layer.bytes, layer.bytes]);
  });

  it('for one manifest, stores it and fails nobody', async () => {
    await pushAll(at(), [layer, config]);
    await Promise.all([at().pushManifest(image), at().pushManifest(image), at().pushTag(v1, image)]);
    await expectManifest(at(), v1, image);
  });

  it('for different tags, writes all of them', async () => {
    const tags = Array.from({ length: 12 }, (_, n) => parseTag(`at-once-${n}`));
    await pushAll(at(), [layer, config]);
    await Promise.all(tags.map((tag) => at().pushTag(tag, image)));
    expect((await listed(at())).sort()).toEqual([...tags].sort());
  });

  it('for one tag, leaves it at one of the manifests', async () => {
    await pushAll(at(), [layer, config, otherConfig]);
    await Promise.all([at().pushTag(v1, image), at().pushTag(v1, otherImage)]);
    expect([image.descriptor, otherImage.descriptor]).toContainEqual(await at().resolve(v1));
    expect(await listed(at())).toEqual(['v1']);
  });
}

function deleteCases(at: () => Target): void {
  it('removes a tag alone', async () => {
    if (at().deleteTag === undefined) return;
    await pushAll(at(), [layer, config]);
    await at().pushTag(v1, image);
    await at().pushTag(v2, image);
    await at().deleteTag?.(v1);
    await at().deleteTag?.(v1);
    expect(await at().resolve(v1)).toBeUndefined();
    expect(await at().resolve(v2)).toEqual(image.descriptor);
    await expectManifest(at(), image.descriptor.digest, image);
    expect(await listed(at())).toEqual(['v2']);
  });

  it('removes a manifest and the tags that point at it, and no other', async () => {
    if (at().deleteManifest === undefined) return;
    await pushAll(at(), [layer, config, otherConfig]);
    await at().pushTag(v1, image);
    await at().pushTag(v2, otherImage);
    await at().deleteManifest?.(image.descriptor.digest);
    await at().deleteManifest?.(image.descriptor.digest);
    expect(await at().resolve(image.descriptor.digest)).toBeUndefined();
    expect(await at().resolve(v1)).toBeUndefined();
    await expectManifest(at(), v2, otherImage);
    expect(await listed(at())).toEqual(['v2']);
  });
}

function referrerCases(at: () => Target): void {
  const empty = contentOf(mediaTypes.ociEmpty, bytesOf('{}'));
  const referrerOf = (subject: Content, mark: string) =>
    manifestOf(mediaTypes.ociManifest, {
      artifactType: 'application/vnd.example.report',
      config: empty.descriptor,
      layers: [empty.descriptor],
      subject: subject.descriptor,
      annotations: { mark },
    });
  const [first, second, other] = [referrerOf(image, 'first'), referrerOf(image, 'second'), referrerOf(otherImage, 'x')];

  const referrers = async (subject: Content) => {
    const listing = await at().listReferrers?.(subject.descriptor.digest);
    return listing?.referrers.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
  };
  const entry = ({ descriptor }: Content, mark: string) => ({
    ...descriptor,
    artifactType: 'application/vnd.example.report',
    annotations: { mark },
  });

  it('names none of a subject that is not there', async () => {
    expect(await referrers(image)).toEqual([]);
  });

  it('names those of a subject, with type and annotations, and no other', async () => {
    await pushAll(at(), [layer, config, otherConfig, empty, image, otherImage, first, second, other]);
    const expected = [entry(first, 'first'), entry(second, 'second')].sort((a, b) => (a.digest < b.digest ? -1 : 1));
    expect(await referrers(image)).toEqual(expected);
    expect(await referrers(otherImage)).toEqual([entry(other, 'x')]);
    expect(await referrers(first)).toEqual([]);
  });

  it('names each once, however often it is pushed, and those that come before their subject', async () => {
    await pushAll(at(), [empty, first, first]);
    await pushAll(at(), [layer, config, image, first]);
    expect(await referrers(image)).toEqual([entry(first, 'first')]);
  });

  it('names those that have had a tag', async () => {
    await pushAll(at(), [empty, first]);
    await at().pushTag(v1, first);
    await at().deleteTag?.(v1);
    expect(await referrers(image)).toEqual([entry(first, 'first')]);
  });

  it('names all that are pushed at once', async () => {
    const many = Array.from({ length: 8 }, (_, n) => referrerOf(image, `at once ${n}`));
    await pushAll(at(), [empty]);
    await Promise.all(many.map((referrer) => at().pushManifest(referrer)));
    expect((await referrers(image))?.map(({ digest }) => digest)).toEqual(
      many.map(({ descriptor }) => descriptor.digest).sort(),
    );
  });

  it('names those that are entered after they were stored', async () => {
    const target = at();
    await pushAll(target, [empty]);
    const stored = await target.pushReferrer?.(first);
    if (stored === 'unlisted') {
      await target.enterReferrers?.(image.descriptor.digest, [entry(first, 'first')]);
      await target.enterReferrers?.(image.descriptor.digest, [entry(first, 'first')]);
    }
    if (stored === undefined) await target.pushManifest(first);
    expect(await referrers(image)).toEqual([entry(first, 'first')]);
  });
}

/** Right bytes may come from a cache; wrong ones may not come at all. */
async function expectRightOrRefused(read: () => Promise<Uint8Array>, { bytes }: Content): Promise<void> {
  let found: Uint8Array | undefined;
  const code = await codeOf(async () => {
    found = await read();
  });
  if (found === undefined) expect(code).toBe('DIGEST_MISMATCH');
  else expect(Buffer.compare(found, bytes)).toBe(0);
}

async function expectManifest(target: Target, tagOrDigest: Tag | Digest, expected: Content): Promise<void> {
  const { descriptor, bytes } = await target.fetchManifest(tagOrDigest);
  expect(descriptor).toEqual(expected.descriptor);
  expect(Buffer.compare(bytes, expected.bytes)).toBe(0);
}

async function listed(target: Target, signal?: AbortSignal): Promise<Tag[]> {
  return await Array.fromAsync(target.listTags(signal));
}

async function* inChunks(bytes: Uint8Array, sizes: readonly number[]): ByteStream {
  let from = 0;
  for (const size of sizes) {
    yield bytes.slice(from, from + size);
    from += size;
  }
  yield bytes.slice(from);
}

/** A stream on which something happens half way, and which tells whether it was left. */
function watchedStream(
  bytes: Uint8Array,
  halfWay: () => Promise<void>,
): { chunks: ByteStream; released: () => boolean } {
  let released = false;
  async function* chunks(): ByteStream {
    try {
      yield bytes.slice(0, 3);
      await halfWay();
      yield bytes.slice(3);
    } finally {
      released = true;
    }
  }
  return { chunks: chunks(), released: () => released };
}
