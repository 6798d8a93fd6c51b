/** Reading an OCI image layout, wherever its files are, and without leaving a trace in it. Spec: image-spec v1.1.1, "OCI Image Layout Specification". */
import { IntegrityError } from '../../errors/errors.ts';
import { abortable, readWhole } from '../byte-stream.ts';
import { listFallbackReferrers } from '../copy/referrers/referrer-fallback.ts';
import type { ByteStream, FetchedManifest, ReferrerListing, Source } from '../copy/target.ts';
import { blobNotFound, manifestNotFound } from '../not-found.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import { type Digest, isDigest } from '../spec/digest.ts';
import { manifestSizeBytesMax, parseManifest } from '../spec/manifest.ts';
import type { Tag } from '../spec/tag.ts';
import { assertDigest } from '../verified-manifest.ts';
import { verifiedStream } from '../verified-stream.ts';
import { listLayoutManifests, listLayoutTags, parseLayoutIndex, resolveLayoutTag } from './layout-index.ts';
import { referrerIn } from './referrer-in.ts';

/** The files of a layout. */
export interface LayoutFiles {
  /** For messages: the path of a directory or an archive. */
  readonly name: string;
  /** The bytes of `index.json`. */
  readIndex(): Promise<Uint8Array>;
  /** Size in bytes of the content; undefined when it is not there. */
  sizeOf(digest: Digest): Promise<number | undefined>;
  /** The content, from its beginning; nothing is held open before the iteration begins. */
  open(digest: Digest): ByteStream;
}

/** The layout as a repository to read from. Tags are the entries of its index that have a tag for a name. */
export function layoutSource(files: LayoutFiles): Source {
  return {
    name: files.name,
    resolve: async (tagOrDigest, signal) => (await findManifest(files, tagOrDigest, signal))?.descriptor,
    fetchManifest: (tagOrDigest, signal) => fetchManifest(files, tagOrDigest, signal),
    hasBlob: (descriptor, signal) => hasBlob(files, descriptor, signal),
    fetchBlob: (descriptor, signal) => fetchBlob(files, descriptor, signal),
    listTags: (signal) => listTags(files, signal),
    listReferrers: (subject, signal) => listReferrers(files, subject, signal),
  };
}

async function fetchManifest(
  files: LayoutFiles,
  tagOrDigest: Tag | Digest,
  signal: AbortSignal | undefined,
): Promise<FetchedManifest> {
  const manifest = await findManifest(files, tagOrDigest, signal);
  if (manifest) return manifest;
  throw manifestNotFound(files.name, tagOrDigest);
}

async function* listTags(files: LayoutFiles, signal: AbortSignal | undefined): AsyncIterable<Tag> {
  signal?.throwIfAborted();
  yield* listLayoutTags(parseLayoutIndex(await files.readIndex()));
}

/** A file of another size than the blob's is as good as absent: pushing the blob replaces it. */
async function hasBlob(files: LayoutFiles, descriptor: Descriptor, signal: AbortSignal | undefined): Promise<boolean> {
  signal?.throwIfAborted();
  return (await files.sizeOf(descriptor.digest)) === descriptor.size;
}

async function fetchBlob(
  files: LayoutFiles,
  descriptor: Descriptor,
  signal: AbortSignal | undefined,
): Promise<ByteStream> {
  signal?.throwIfAborted();
  if ((await files.sizeOf(descriptor.digest)) === undefined) throw blobNotFound(files.name, descriptor.digest);
  return verifiedStream(abortable(files.open(descriptor.digest), signal), descriptor, files.name);
}

/** What `index.json` names by itself, and what tools that keep fallback tags in layouts have listed there. */
async function listReferrers(
  files: LayoutFiles,
  subject: Digest,
  signal: AbortSignal | undefined,
): Promise<ReferrerListing> {
  const found = new Map<Digest, Descriptor>();
  const keeper = { fetchManifest: (tag: Tag | Digest) => fetchManifest(files, tag, signal) };
  for (const referrer of await listFallbackReferrers(keeper, subject, signal)) found.set(referrer.digest, referrer);
  for (const digest of listLayoutManifests(parseLayoutIndex(await files.readIndex()))) {
    signal?.throwIfAborted();
    const manifest = await readManifest(files, digest);
    const referrer = manifest && referrerIn(manifest, subject);
    if (referrer !== undefined) found.set(digest, referrer);
  }
  return { door: 'api', referrers: [...found.values()] };
}

async function findManifest(
  files: LayoutFiles,
  tagOrDigest: Tag | Digest,
  signal: AbortSignal | undefined,
): Promise<FetchedManifest | undefined> {
  signal?.throwIfAborted();
  if (isDigest(tagOrDigest)) return await readManifest(files, tagOrDigest);
  const digest = resolveLayoutTag(parseLayoutIndex(await files.readIndex()), tagOrDigest)?.digest;
  return digest && (await readManifest(files, digest));
}

/** A layout keeps manifests among the blobs, without their type: content that is no manifest document is not one. */
async function readManifest(files: LayoutFiles, digest: Digest): Promise<FetchedManifest | undefined> {
  const size = await files.sizeOf(digest);
  if (size === undefined || size > manifestSizeBytesMax) return undefined;
  const bytes = await readWhole(files.open(digest));
  assertDigest(bytes, digest, files.name);
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
