/** Every method of a Target, each asked for something it can do: the table behind "stopped" and "twice at once". */
import { expect } from 'vitest';
import { NotFoundError } from '../../errors/errors.ts';
import { streamOf } from '../../oci/byte-stream.ts';
import type { FetchedManifest, RepositoryPlace, Target } from '../../oci/copy/target.ts';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { parseTag, type Tag } from '../../oci/spec/tag.ts';
import { bytesOf, contentOf, imageOf, layerOf, manifestOf, pushAll, readAll } from './content.ts';
import type { OpenedTarget } from './target-powers.ts';

/** What a Target can be asked for: a method that is new in the interface is missing in the table, and does not compile. */
export type Method = Exclude<keyof Target, 'name' | 'place' | 'made' | 'countsPulls' | 'expectWrites'>;

/** One method, asked. */
export interface Attempt {
  /** Undefined where the target lacks the power. Safe to call again, and at the same time. */
  begin(signal?: AbortSignal): Promise<unknown> | undefined;
  /** What it answers. */
  readonly answer: unknown;
  /** Asserts what is so once it was done. */
  done(): Promise<void>;
}

/** A target that holds an image under v1 and v2, and perhaps another repository of its registry, which holds `lent`. */
export type Scene = Pick<OpenedTarget, 'target' | 'sibling'>;

const v1 = parseTag('v1');
const v2 = parseTag('v2');
const layer = layerOf('a layer');
const lent = layerOf('a layer of the repository beside it');
const fresh = layerOf('a layer that nobody has');
const large = contentOf(mediaTypes.ociLayer, new Uint8Array(300_001).fill(7));
const empty = contentOf(mediaTypes.ociEmpty, bytesOf('{}'));
const { manifest: image, config } = imageOf('{"architecture":"amd64"}', [layer.descriptor]);
const { manifest: other, config: otherConfig } = imageOf('{"architecture":"arm64"}', [layer.descriptor]);
const [listed, unlisted] = ['listed', 'unlisted'].map((mark) =>
  manifestOf(mediaTypes.ociManifest, {
    artifactType: 'application/vnd.example.report',
    config: empty.descriptor,
    layers: [empty.descriptor],
    subject: image.descriptor,
    annotations: { mark },
  }),
) as [typeof image, typeof image];

/** Fills target and sibling. */
export async function openScene(scene: Scene): Promise<Scene> {
  const { target, sibling } = scene;
  await pushAll(target, [layer, config, otherConfig, empty, large]);
  for (const tag of [v1, v2]) await target.pushTag(tag, image);
  await pushAll(target, [listed]);
  if (sibling !== undefined) await pushAll(sibling, [lent]);
  return scene;
}

const isMethod: Readonly<Record<Method, true>> = {
  resolve: true,
  fetchManifest: true,
  hasBlob: true,
  fetchBlob: true,
  listTags: true,
  listReferrers: true,
  isEmpty: true,
  pushBlob: true,
  pushManifest: true,
  pushTag: true,
  pushTags: true,
  mountBlob: true,
  pushReferrer: true,
  enterReferrers: true,
  deleteTag: true,
  deleteManifest: true,
};

/** Their names. */
export const methods = Object.keys(isMethod) as Method[];

/** Asserts that what the tags name is whole: one of the two images, byte for byte, or nothing. */
export async function expectWhole(target: Target): Promise<void> {
  for (const tag of [v1, v2]) {
    const found = await fetchIfPresent(target, tag);
    if (found === undefined) continue;
    const named = [image, other].find(({ descriptor }) => descriptor.digest === found.descriptor.digest);
    expect(found.descriptor).toEqual(named?.descriptor);
    expect(Buffer.compare(found.bytes, named?.bytes ?? Buffer.of())).toBe(0);
  }
  expect(await readAll(await target.fetchBlob(layer.descriptor))).toEqual(layer.bytes);
}

/** In one request: between two, a deletion that its sender gave up may still be carried out. */
async function fetchIfPresent(target: Target, tag: Tag): Promise<FetchedManifest | undefined> {
  try {
    return await target.fetchManifest(tag);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** Asserts that the scene is as it was opened. */
export async function expectUntouched({ target }: Scene): Promise<void> {
  for (const tag of [v1, v2]) expect(await target.resolve(tag)).toEqual(image.descriptor);
  expect(await target.resolve(other.descriptor.digest)).toBeUndefined();
  expect(await target.hasBlob(fresh.descriptor)).toBe(false);
  expect(await target.hasBlob(lent.descriptor)).toBe(false);
}

/** The table, for a scene. */
export function attemptsAt(scene: Scene): Readonly<Record<Method, Attempt>> {
  return { ...readingAttempts(scene), ...writingAttempts(scene), ...deletingAttempts(scene) };
}

type Reading = 'resolve' | 'fetchManifest' | 'hasBlob' | 'fetchBlob' | 'listTags' | 'listReferrers' | 'isEmpty';
type Deleting = 'deleteTag' | 'deleteManifest';

function readingAttempts({ target }: Scene): Readonly<Record<Reading, Attempt>> {
  const done = () => expectWhole(target);
  const digestsOf = (referrers: readonly { digest: string }[]) => referrers.map(({ digest }) => digest);
  return {
    resolve: { begin: (signal) => target.resolve(v1, signal), answer: image.descriptor, done },
    fetchManifest: {
      begin: async (signal) => (await target.fetchManifest(v1, signal)).descriptor,
      answer: image.descriptor,
      done,
    },
    hasBlob: { begin: (signal) => target.hasBlob(layer.descriptor, signal), answer: true, done },
    fetchBlob: {
      begin: async (signal) => (await readAll(await target.fetchBlob(large.descriptor, signal))).length,
      answer: large.bytes.length,
      done,
    },
    // A registry without a list of referrers keeps one under a tag.
    listTags: {
      begin: async (signal) => (await Array.fromAsync(target.listTags(signal))).filter((tag) => /^v\d$/.test(tag)),
      answer: [v1, v2],
      done,
    },
    listReferrers: {
      begin: (signal) =>
        target.listReferrers?.(image.descriptor.digest, signal).then(({ referrers }) => digestsOf(referrers)),
      answer: [listed.descriptor.digest],
      done,
    },
    isEmpty: { begin: (signal) => target.isEmpty?.(signal), answer: false, done },
  };
}

function writingAttempts(scene: Scene): Readonly<Record<Exclude<Method, Reading | Deleting>, Attempt>> {
  const { target, sibling } = scene;
  const answer = undefined;
  const isAt = async (tag: Tag) => expect((await target.resolve(tag))?.digest).toBe(other.descriptor.digest);
  return {
    pushBlob: {
      begin: (signal) => target.pushBlob(fresh.descriptor, async () => streamOf(fresh.bytes), signal),
      answer,
      done: async () => expect(await readAll(await target.fetchBlob(fresh.descriptor))).toEqual(fresh.bytes),
    },
    pushManifest: {
      begin: (signal) => target.pushManifest(other, signal),
      answer,
      done: async () => expect(await target.resolve(other.descriptor.digest)).toEqual(other.descriptor),
    },
    pushTag: { begin: (signal) => target.pushTag(v1, other, withSignal(signal)), answer, done: () => isAt(v1) },
    pushTags: {
      begin: (signal) => target.pushTags?.([v1, v2], other, withSignal(signal)),
      answer,
      done: async () => {
        await isAt(v1);
        await isAt(v2);
      },
    },
    mountBlob: {
      begin: (signal) => target.mountBlob?.(lent.descriptor, placeBeside(scene), signal),
      answer: sibling !== undefined,
      done: async () => expect(await target.hasBlob(lent.descriptor)).toBe(sibling !== undefined),
    },
    pushReferrer: {
      begin: (signal) => target.pushReferrer?.(unlisted, signal).then((said) => /^(un)?listed$/.test(said)),
      answer: true,
      done: async () => expect(await target.resolve(unlisted.descriptor.digest)).toEqual(unlisted.descriptor),
    },
    enterReferrers: {
      begin: (signal) =>
        target.enterReferrers &&
        target
          .pushManifest(unlisted)
          .then(() => target.enterReferrers?.(image.descriptor.digest, [unlisted.descriptor], signal)),
      answer,
      done: async () => expect(await listedOnce(target)).toBe(true),
    },
  };
}

function deletingAttempts({ target }: Scene): Readonly<Record<Deleting, Attempt>> {
  return {
    deleteTag: {
      begin: (signal) => target.deleteTag?.(v2, signal),
      answer: undefined,
      done: async () => {
        expect(await target.resolve(v2)).toBeUndefined();
        expect(await target.resolve(v1)).toEqual(image.descriptor);
      },
    },
    deleteManifest: {
      begin: (signal) => target.deleteManifest?.(image.descriptor.digest, signal),
      answer: undefined,
      done: async () => {
        expect(await target.resolve(image.descriptor.digest)).toBeUndefined();
        expect(await target.resolve(v1)).toBeUndefined();
      },
    },
  };
}

/** The repository beside the target, whether there is one or not. */
export function placeBeside({ target, sibling }: Pick<OpenedTarget, 'target' | 'sibling'>): RepositoryPlace {
  const registry = target.place?.registry ?? '';
  return sibling?.place ?? { registry, repository: parseRepositoryName('team/nowhere') };
}

async function listedOnce(target: Target): Promise<boolean> {
  const digests = (await target.listReferrers?.(image.descriptor.digest))?.referrers.map(({ digest }) => digest) ?? [];
  return [listed, unlisted].every(({ descriptor }) => digests.filter((one) => one === descriptor.digest).length === 1);
}

function withSignal(signal: AbortSignal | undefined) {
  return signal === undefined ? {} : { signal };
}
