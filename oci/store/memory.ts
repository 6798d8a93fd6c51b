/** A repository in memory: for tests, and for content that is gone when the process ends. */
import { ConflictError } from '../../errors/errors.ts';
import { abortable, readWhole, streamOf } from '../byte-stream.ts';
import type { ByteStream, FetchedManifest, PushTagOptions, ReferrerListing, Resolved, Target } from '../copy/target.ts';
import { blobNotFound, manifestNotFound } from '../not-found.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import { type Digest, isDigest } from '../spec/digest.ts';
import type { Tag } from '../spec/tag.ts';
import { verifiedManifest } from '../verified-manifest.ts';
import { verifiedStream } from '../verified-stream.ts';
import { referrerIn } from './referrer-in.ts';

/** What one repository holds. */
interface Contents {
  readonly name: string;
  readonly blobs: Map<Digest, Uint8Array>;
  readonly manifests: Map<Digest, FetchedManifest>;
  readonly tags: Map<Tag, Digest>;
  /** Highest lane token that has written a tag; it outlives the tag. */
  readonly fences: Map<Tag, number>;
}

/** An empty repository; `name` is for messages. It keeps fences, like the embedded registry. */
export function openMemoryStore(name: string): Target {
  const contents: Contents = { name, blobs: new Map(), manifests: new Map(), tags: new Map(), fences: new Map() };
  return {
    name,
    async resolve(tagOrDigest, signal) {
      signal?.throwIfAborted();
      return resolve(contents, tagOrDigest);
    },
    async fetchManifest(tagOrDigest, signal) {
      signal?.throwIfAborted();
      return fetchManifest(contents, tagOrDigest);
    },
    async hasBlob(descriptor, signal) {
      signal?.throwIfAborted();
      return contents.blobs.has(descriptor.digest);
    },
    async fetchBlob(descriptor, signal) {
      signal?.throwIfAborted();
      return fetchBlob(contents, descriptor, signal);
    },
    listTags: (signal) => listTags(contents, signal),
    pushBlob: (descriptor, open, signal) => pushBlob(contents, descriptor, open, signal),
    async pushManifest(manifest, signal) {
      signal?.throwIfAborted();
      pushManifest(contents, manifest);
    },
    async pushTag(tag, manifest, options) {
      options?.signal?.throwIfAborted();
      pushTag(contents, tag, manifest, options);
    },
    async listReferrers(subject, signal) {
      signal?.throwIfAborted();
      return listReferrers(contents, subject);
    },
    async deleteTag(tag, signal) {
      signal?.throwIfAborted();
      contents.tags.delete(tag);
    },
    async deleteManifest(digest, signal) {
      signal?.throwIfAborted();
      deleteManifest(contents, digest);
    },
  };
}

function resolve(contents: Contents, tagOrDigest: Tag | Digest): Resolved | undefined {
  if (isDigest(tagOrDigest)) return contents.manifests.get(tagOrDigest)?.descriptor;
  const digest = contents.tags.get(tagOrDigest);
  const descriptor = digest && contents.manifests.get(digest)?.descriptor;
  const fence = contents.fences.get(tagOrDigest);
  return descriptor && fence !== undefined ? { ...descriptor, fence } : descriptor;
}

function fetchManifest(contents: Contents, tagOrDigest: Tag | Digest): FetchedManifest {
  const digest = isDigest(tagOrDigest) ? tagOrDigest : contents.tags.get(tagOrDigest);
  const manifest = digest && contents.manifests.get(digest);
  if (manifest) return manifest;
  throw manifestNotFound(contents.name, tagOrDigest);
}

function fetchBlob(contents: Contents, descriptor: Descriptor, signal: AbortSignal | undefined): ByteStream {
  const bytes = contents.blobs.get(descriptor.digest);
  if (bytes) return verifiedStream(abortable(streamOf(bytes), signal), descriptor, contents.name);
  throw blobNotFound(contents.name, descriptor.digest);
}

async function* listTags(contents: Contents, signal: AbortSignal | undefined): AsyncIterable<Tag> {
  signal?.throwIfAborted();
  yield* [...contents.tags.keys()].sort();
}

async function pushBlob(
  contents: Contents,
  descriptor: Descriptor,
  open: () => Promise<ByteStream>,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const verified = verifiedStream(abortable(await open(), signal), descriptor, contents.name);
  contents.blobs.set(descriptor.digest, await readWhole(verified));
}

function pushManifest(contents: Contents, manifest: FetchedManifest): void {
  const { descriptor, bytes } = verifiedManifest(manifest, contents.name);
  const { mediaType, digest, size } = descriptor;
  contents.manifests.set(digest, { descriptor: { mediaType, digest, size }, bytes });
}

function pushTag(contents: Contents, tag: Tag, manifest: FetchedManifest, options: PushTagOptions | undefined): void {
  const highest = contents.fences.get(tag);
  const fence = options?.fence ?? highest;
  if (fence !== undefined && highest !== undefined && fence < highest) {
    throw new ConflictError({
      code: 'TAG_FENCED',
      message: `tag was written by a newer lane token: ${contents.name}:${tag}: ${fence} is below ${highest}`,
    });
  }
  pushManifest(contents, manifest);
  contents.tags.set(tag, manifest.descriptor.digest);
  if (fence !== undefined) contents.fences.set(tag, fence);
}

function listReferrers(contents: Contents, subject: Digest): ReferrerListing {
  const listed = [...contents.manifests.values()].map((manifest) => referrerIn(manifest, subject));
  return { door: 'api', referrers: listed.filter((descriptor) => descriptor !== undefined) };
}

function deleteManifest(contents: Contents, digest: Digest): void {
  contents.manifests.delete(digest);
  for (const [tag, pointed] of contents.tags) {
    if (pointed === digest) contents.tags.delete(tag);
  }
}
