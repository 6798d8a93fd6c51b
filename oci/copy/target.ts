/** The one noun of the OCI side: a repository to read from and write to, be it remote, a directory, or memory. */
import type { Descriptor } from '../spec/descriptor.ts';
import type { Digest } from '../spec/digest.ts';
import type { RepositoryName } from '../spec/repository-name.ts';
import type { Tag } from '../spec/tag.ts';

/** Where a remote repository is, whoever's client it was opened with. */
export interface RepositoryPlace {
  /** Origin of the registry's API: `https://ghcr.io`. */
  readonly registry: string;
  readonly repository: RepositoryName;
  /** Equal for registries of one owner that mount from one another; absent for one that knows no other. */
  readonly family?: string;
}

/** What a tag or digest names. */
export interface Resolved extends Descriptor {
  /** Highest lane token that has written this tag, where the registry keeps one (ours does). */
  readonly fence?: number;
}

/** A manifest as it lies in a repository: the exact bytes, whose digest is `descriptor.digest`. */
export interface FetchedManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/**
 * Content that is consumed once, chunk by chunk; ending the iteration early releases what is behind it.
 *
 * A chunk is lent: it is good until the next one is asked for, or the iteration ends, and may be overwritten then. Whoever
 * keeps one copies it. Whoever gives chunks out must not let go of one that its own consumer still has.
 */
export type ByteStream = AsyncIterable<Uint8Array>;

/** A repository to read from. Every digest that leaves it has been verified. */
export interface Source {
  /** For messages: `registry.example/team/app`, or the path of a directory. */
  readonly name: string;
  /** Undefined for what is no repository of a registry. */
  readonly place?: RepositoryPlace;
  /** A manifest that this source gives out though it was made here: its repository need not have it. */
  readonly made?: Digest;
  /** Reading a manifest is counted and limited as a pull here, looking one up is not. */
  readonly countsPulls?: true;
  /** What the tag or digest names here; undefined when it is absent. */
  resolve(tagOrDigest: Tag | Digest, signal?: AbortSignal): Promise<Resolved | undefined>;
  /**
   * The manifest's bytes, verified.
   * @throws NotFoundError MANIFEST_UNKNOWN when absent.
   * @throws IntegrityError DIGEST_MISMATCH, MANIFEST_TOO_LARGE.
   */
  fetchManifest(tagOrDigest: Tag | Digest, signal?: AbortSignal): Promise<FetchedManifest>;
  hasBlob(descriptor: Descriptor, signal?: AbortSignal): Promise<boolean>;
  /**
   * The blob's bytes, verified while they are read: the last chunk is given out only when size and digest are right.
   * @throws NotFoundError BLOB_UNKNOWN when absent; the iteration throws IntegrityError DIGEST_MISMATCH.
   */
  fetchBlob(descriptor: Descriptor, signal?: AbortSignal): Promise<ByteStream>;
  /** Every tag, completely; throws rather than end early. None when the repository does not exist yet. */
  listTags(signal?: AbortSignal): AsyncIterable<Tag>;

  /**
   * Power: the manifests that name the digest as their subject, each once; throws rather than leave one out. Nothing
   * but type, digest and size of such a descriptor is to be relied on: some tools write a wrong `artifactType`.
   */
  listReferrers?(subject: Digest, signal?: AbortSignal): Promise<ReferrerListing>;
}

/** The referrers of one subject, and which list they are from: the repository's own, or one that clients keep under a tag. */
export interface ReferrerListing {
  readonly door: 'api' | 'fallback-tag';
  readonly referrers: readonly Descriptor[];
}

/** A repository to write to. */
export interface Target extends Source {
  /**
   * Stores the blob; whether it is there already is for the caller to ask first. `open` may be called again when an
   * attempt fails part way. What `open` or its stream throws comes out unchanged.
   * @throws IntegrityError DIGEST_MISMATCH when the stream's bytes are not what the descriptor says; nothing is stored then.
   */
  pushBlob(descriptor: Descriptor, open: () => Promise<ByteStream>, signal?: AbortSignal): Promise<void>;
  /**
   * Stores the manifest by its digest, under no tag. Safe to repeat. One with a subject is listed among its referrers.
   * @throws IntegrityError DIGEST_MISMATCH, MANIFEST_TOO_LARGE when the bytes are not what the descriptor says.
   */
  pushManifest(manifest: FetchedManifest, signal?: AbortSignal): Promise<void>;
  /**
   * Points the tag at the manifest, storing it as well. One attempt: whether to repeat a write whose answer was lost
   * is for the caller to say, because other writes may have come between. Where the registry keeps no list of referrers,
   * a manifest with a subject is not entered in one: for that there are `pushManifest` and `enterReferrers`.
   * @throws TransportError when it is unknown whether the tag moved; ConflictError TAG_FENCED when a newer lane token wrote it.
   */
  pushTag(tag: Tag, manifest: FetchedManifest, options?: PushTagOptions): Promise<void>;

  /**
   * Power: makes a blob of another repository of the same registry available here; false when it must be copied, as
   * always from another registry that is not of the same family.
   */
  mountBlob?(descriptor: Descriptor, from: RepositoryPlace, signal?: AbortSignal): Promise<boolean>;
  /**
   * Power: points all the tags at the manifest, in one request where the registry can, else in one for each at the same
   * time. One attempt, as with `pushTag`; when it fails, any of them may have moved.
   * @throws TransportError when it is unknown which tags moved; ConflictError TAG_FENCED.
   */
  pushTags?(tags: readonly Tag[], manifest: FetchedManifest, options?: PushTagOptions): Promise<void>;
  /** Power: reads are signed in for writing from now on, so that the first write needs no other token. */
  expectWrites?(): void;
  /** Power: whether no tag is here, in one request where `listTags` may need many. */
  isEmpty?(signal?: AbortSignal): Promise<boolean>;
  /**
   * Power: stores a manifest that has a subject, and says whether it is listed. Who pushes many enters those that are
   * not by one `enterReferrers`; `pushManifest` does both for one.
   */
  pushReferrer?(manifest: FetchedManifest, signal?: AbortSignal): Promise<'listed' | 'unlisted'>;
  /**
   * Power: enters manifests that are there into the list of their subject's referrers. Safe to repeat.
   * @throws ConflictError REFERRER_UNLISTED when other hands keep the list from being written.
   */
  enterReferrers?(subject: Digest, referrers: readonly Descriptor[], signal?: AbortSignal): Promise<void>;
  /** Power: removes the tag alone, never the manifest. Absent tags are no error. */
  deleteTag?(tag: Tag, signal?: AbortSignal): Promise<void>;
  /** Power: removes the manifest and every tag that points at it. An absent manifest is no error. */
  deleteManifest?(digest: Digest, signal?: AbortSignal): Promise<void>;
}

/** How a tag is written. */
export interface PushTagOptions {
  readonly signal?: AbortSignal;
  /** Counter of the lane token that writes; a registry that keeps fences refuses an older one. */
  readonly fence?: number;
  /** Id of the command that is carried out, for a registry that keeps the history of its tags (ours does). */
  readonly command?: string;
}
