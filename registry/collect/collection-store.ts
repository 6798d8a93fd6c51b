/**
 * What the collector needs of a storage: everything there is, piece by piece, and taking it away, each piece whole.
 *
 * A listing that meets something it cannot read throws IntegrityError COLLECTION_UNSAFE with the path: what cannot be
 * read may point at anything.
 */
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { StoredManifest } from '../storage.ts';
import type { ContentGuard, ContentPlace, LeaseTerms } from './content-guard.ts';
import type { LeaseMark, Leases } from './leases.ts';

export interface CollectionStore {
  readonly leases: Leases;
  readonly guard: ContentGuard;

  listRepositories(): AsyncIterable<RepositoryName>;
  listTags(repository: RepositoryName): AsyncIterable<TagPins>;
  /** What the tag names now, whatever a listing said. */
  readTagDigest(repository: RepositoryName, tag: Tag): Promise<Digest | undefined>;
  listManifests(repository: RepositoryName): AsyncIterable<StoredManifest>;
  /** Whether the manifest is there now, whatever a listing said. */
  hasManifest(repository: RepositoryName, digest: Digest): Promise<boolean>;
  /** Blobs that may be read in the repository. */
  listBlobs(repository: RepositoryName): AsyncIterable<Digest>;
  listReferrerEntries(repository: RepositoryName): AsyncIterable<ReferrerEntry>;
  /** Content of blobs, of all repositories together. */
  listContent(): AsyncIterable<Digest>;
  contentSizeBytes(digest: Digest): Promise<number | undefined>;
  /** What was thrown away and can still be brought back. */
  listTrash(): AsyncIterable<TrashedContent>;

  /** Since when nothing points at these manifests, as written last; empty when nothing was written or it is damaged. */
  readUnreached(repository: RepositoryName): Promise<UnreachedSince>;
  writeUnreached(repository: RepositoryName, since: UnreachedSince): Promise<void>;

  /** Takes away the manifest with its entry among the referrers; false when the terms were not met or it was gone. */
  collectManifest(place: ContentPlace, subject: Digest | undefined, terms: LeaseTerms): Promise<boolean>;
  collectBlob(place: ContentPlace, terms: LeaseTerms): Promise<boolean>;
  /** Takes away an entry among the referrers whose manifest is not there. */
  collectReferrerEntry(repository: RepositoryName, entry: ReferrerEntry): Promise<boolean>;
  /** Throws the content away; it can be brought back until the trash is emptied. */
  trashContent(digest: Digest, mark: LeaseMark, atMs: number): Promise<boolean>;
  restoreContent(trashed: TrashedContent): Promise<void>;
  /** Removes it for good, unless it was brought back. */
  emptyTrash(trashed: TrashedContent): Promise<boolean>;

  /** As written last. */
  readRunningTimes(): Promise<RunningTimes>;
  writeRunningTimes(times: RunningTimes): Promise<void>;
}

/** Milliseconds of the registry's running time. */
export interface RunningTimes {
  /** For how long the registry has run in all. */
  readonly ranMs: number;
  /** When the last collection began; undefined when there was none. */
  readonly collectedAtMs?: number;
}

/** Milliseconds of the registry's running time, by digest. */
export type UnreachedSince = ReadonlyMap<Digest, number>;

/** What a tag keeps. */
export interface TagPins {
  readonly tag: Tag;
  readonly digest: Digest;
  /** What it named before, the last first. */
  readonly previous: readonly Digest[];
}

export interface ReferrerEntry {
  readonly subject: Digest;
  readonly referrer: Digest;
}

export interface TrashedContent {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** The registry's running time when it was thrown away, in milliseconds. */
  readonly atMs: number;
}

/** What a test may watch of a collection: each is told right after it is durable, `rechecked` before a piece goes. */
export const collectionSteps = [
  'marked',
  'rechecked',
  'referrer-entry-removed',
  'manifest-removed',
  'blob-removed',
  'content-trashed',
  'trash-emptied',
  'since-written',
] as const;

export type CollectionStep = (typeof collectionSteps)[number];
/** `piece` is what is about to go, or is gone. */
export type OnCollectionStep = (step: CollectionStep, piece?: Piece) => Promise<void>;

export interface Piece {
  /** Undefined for content, which is of all repositories. */
  readonly repository?: RepositoryName;
  readonly digest: Digest;
}
