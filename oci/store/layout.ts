/** A repository in a directory: an OCI image layout. Spec: image-spec v1.1.1, "OCI Image Layout Specification". */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { IntegrityError } from '../../errors/errors.ts';
import { abortable, streamOf } from '../byte-stream.ts';
import { listFallbackReferrers } from '../copy/referrers/referrer-fallback.ts';
import { openSlots, type Slots } from '../copy/slots.ts';
import type { ByteStream, FetchedManifest, ReferrerListing, Resolved, Target } from '../copy/target.ts';
import { blobNotFound, manifestNotFound } from '../not-found.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import { type Digest, isDigest } from '../spec/digest.ts';
import { manifestSizeBytesMax, parseManifest } from '../spec/manifest.ts';
import type { Tag } from '../spec/tag.ts';
import { assertDigest, verifiedManifest } from '../verified-manifest.ts';
import { verifiedStream } from '../verified-stream.ts';
import { removeDurableFile, writeDurableFile } from './durable-file.ts';
import { createLayoutDirectory, layoutBlobPath, layoutIndexPath, layoutIngestDirectory } from './layout-directory.ts';
import {
  formatLayoutIndex,
  type LayoutIndex,
  listLayoutManifests,
  listLayoutTags,
  parseLayoutIndex,
  resolveLayoutTag,
  withLayoutManifest,
  withLayoutTag,
  withoutLayoutManifest,
  withoutLayoutTag,
} from './layout-index.ts';
import { readOptionalFile, readOptionalSize } from './optional-file.ts';
import { referrerIn } from './referrer-in.ts';

interface Layout {
  readonly directory: string;
  /** Held while `index.json` is read, changed and replaced. */
  readonly indexLock: Slots;
}

/**
 * The layout in the directory, created when the directory is absent or empty. Tags are the entries of `index.json`
 * whose `org.opencontainers.image.ref.name` is one. Open a directory once: only writers that share a `Target` wait for
 * each other's changes of `index.json`.
 *
 * @throws InputError LAYOUT_INVALID when the directory holds something else.
 */
export async function openLayout(directory: string): Promise<Target> {
  await createLayoutDirectory(directory);
  const layout: Layout = { directory, indexLock: openSlots(1) };
  return {
    name: directory,
    resolve: (tagOrDigest, signal) => resolve(layout, tagOrDigest, signal),
    fetchManifest: (tagOrDigest, signal) => fetchManifest(layout, tagOrDigest, signal),
    hasBlob: (descriptor, signal) => hasBlob(layout, descriptor, signal),
    fetchBlob: (descriptor, signal) => fetchBlob(layout, descriptor, signal),
    listTags: (signal) => listTags(layout, signal),
    pushBlob: (descriptor, open, signal) => pushBlob(layout, descriptor, open, signal),
    pushManifest: (manifest, signal) => pushManifest(layout, manifest, signal),
    pushTag: (tag, manifest, options) => pushTag(layout, tag, manifest, options?.signal),
    listReferrers: (subject, signal) => listReferrers(layout, subject, signal),
    deleteTag: (tag, signal) => updateIndex(layout, (index) => withoutLayoutTag(index, tag), signal),
    deleteManifest: (digest, signal) => deleteManifest(layout, digest, signal),
  };
}

async function resolve(layout: Layout, tagOrDigest: Tag | Digest, signal?: AbortSignal): Promise<Resolved | undefined> {
  return (await findManifest(layout, tagOrDigest, signal))?.descriptor;
}

async function fetchManifest(
  layout: Layout,
  tagOrDigest: Tag | Digest,
  signal?: AbortSignal,
): Promise<FetchedManifest> {
  const manifest = await findManifest(layout, tagOrDigest, signal);
  if (manifest) return manifest;
  throw manifestNotFound(layout.directory, tagOrDigest);
}

async function* listTags(layout: Layout, signal?: AbortSignal): AsyncIterable<Tag> {
  signal?.throwIfAborted();
  yield* listLayoutTags(await readIndex(layout));
}

/** A file of another size than the blob's is as good as absent: pushing the blob replaces it. */
async function hasBlob(layout: Layout, descriptor: Descriptor, signal?: AbortSignal): Promise<boolean> {
  signal?.throwIfAborted();
  return (await readOptionalSize(layoutBlobPath(layout.directory, descriptor.digest))) === descriptor.size;
}

async function fetchBlob(layout: Layout, descriptor: Descriptor, signal?: AbortSignal): Promise<ByteStream> {
  signal?.throwIfAborted();
  const path = layoutBlobPath(layout.directory, descriptor.digest);
  if ((await readOptionalSize(path)) === undefined) throw blobNotFound(layout.directory, descriptor.digest);
  return verifiedStream(abortable(readChunks(path), signal), descriptor, layout.directory);
}

async function pushBlob(
  layout: Layout,
  descriptor: Descriptor,
  open: () => Promise<ByteStream>,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  await writeContent(layout, descriptor, abortable(await open(), signal));
}

/** Nothing but its entry in `index.json` leads from a subject to a referrer, so one under no tag has an entry too. */
async function pushManifest(layout: Layout, manifest: FetchedManifest, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const { descriptor, bytes } = verifiedManifest(manifest, layout.directory);
  await writeContent(layout, descriptor, streamOf(bytes));
  const referrer = referrerIn(manifest);
  if (referrer !== undefined) await updateIndex(layout, (index) => withLayoutManifest(index, referrer), signal);
}

/** What `index.json` names by itself, and what tools that keep fallback tags in layouts have listed there. */
async function listReferrers(layout: Layout, subject: Digest, signal?: AbortSignal): Promise<ReferrerListing> {
  const found = new Map<Digest, Descriptor>();
  const keeper = { fetchManifest: (tag: Tag | Digest) => fetchManifest(layout, tag, signal) };
  for (const referrer of await listFallbackReferrers(keeper, subject, signal)) found.set(referrer.digest, referrer);
  for (const digest of listLayoutManifests(await readIndex(layout))) {
    signal?.throwIfAborted();
    const manifest = await readManifest(layout, digest);
    const referrer = manifest && referrerIn(manifest, subject);
    if (referrer !== undefined) found.set(digest, referrer);
  }
  return { door: 'api', referrers: [...found.values()] };
}

async function pushTag(layout: Layout, tag: Tag, manifest: FetchedManifest, signal?: AbortSignal): Promise<void> {
  await pushManifest(layout, manifest, signal);
  await updateIndex(layout, (index) => withLayoutTag(index, tag, manifest.descriptor), signal);
}

async function deleteManifest(layout: Layout, digest: Digest, signal?: AbortSignal): Promise<void> {
  await updateIndex(layout, (index) => withoutLayoutManifest(index, digest), signal);
  await removeDurableFile(layoutBlobPath(layout.directory, digest));
}

async function findManifest(
  layout: Layout,
  tagOrDigest: Tag | Digest,
  signal: AbortSignal | undefined,
): Promise<FetchedManifest | undefined> {
  signal?.throwIfAborted();
  const digest = isDigest(tagOrDigest) ? tagOrDigest : resolveLayoutTag(await readIndex(layout), tagOrDigest)?.digest;
  return digest && readManifest(layout, digest);
}

/** A layout keeps manifests among the blobs, without their type: content that is no manifest document is not one. */
async function readManifest(layout: Layout, digest: Digest): Promise<FetchedManifest | undefined> {
  const path = layoutBlobPath(layout.directory, digest);
  const size = await readOptionalSize(path);
  if (size === undefined || size > manifestSizeBytesMax) return undefined;
  const bytes = await readOptionalFile(path);
  if (bytes === undefined) return undefined;
  assertDigest(bytes, digest, layout.directory);
  const mediaType = manifestTypeOf(bytes);
  return mediaType === undefined ? undefined : { descriptor: { mediaType, digest, size: bytes.length }, bytes };
}

function manifestTypeOf(bytes: Uint8Array): string | undefined {
  try {
    return parseManifest(bytes).mediaType;
  } catch (error) {
    if (error instanceof IntegrityError) return undefined;
    throw error;
  }
}

async function readIndex(layout: Layout): Promise<LayoutIndex> {
  return parseLayoutIndex(await readFile(layoutIndexPath(layout.directory)));
}

async function updateIndex(
  layout: Layout,
  change: (index: LayoutIndex) => LayoutIndex,
  signal?: AbortSignal,
): Promise<void> {
  await layout.indexLock(async () => {
    signal?.throwIfAborted();
    const bytes = formatLayoutIndex(change(await readIndex(layout)));
    parseLayoutIndex(bytes); // An index too large to be read again must not be written.
    await writeDurableFile(layoutIndexPath(layout.directory), layoutIngestDirectory(layout.directory), streamOf(bytes));
  });
}

async function writeContent(layout: Layout, descriptor: Descriptor, stream: ByteStream): Promise<void> {
  const path = layoutBlobPath(layout.directory, descriptor.digest);
  const verified = verifiedStream(stream, descriptor, layout.directory);
  await writeDurableFile(path, layoutIngestDirectory(layout.directory), verified);
}

/** Opened when the iteration begins, so that a stream nobody reads holds no file open. */
async function* readChunks(path: string): ByteStream {
  yield* createReadStream(path);
}
