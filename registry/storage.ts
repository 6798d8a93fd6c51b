/**
 * Where the registry keeps its content: what any storage must be able to do, be it a disk or an object store.
 *
 * Whatever resolves is durable: it is there after the power fails. A reader sees each write whole or not at all.
 */
import type { Reason } from '../core/decision.ts';
import type { TagMove, TagMoveWay } from '../core/tag-move.ts';
import type { TagChange, TagDecision, TagStanding } from '../core/tag-rules.ts';
import type { Descriptor } from '../oci/spec/descriptor.ts';
import type { Digest, DigestAlgorithm } from '../oci/spec/digest.ts';
import type { RepositoryName } from '../oci/spec/repository-name.ts';
import type { Tag } from '../oci/spec/tag.ts';

export interface Storage {
  /** Repositories that hold a manifest, sorted. */
  listRepositories(): Promise<readonly RepositoryName[]>;
  /** Repositories that hold a blob, or held one once, sorted. */
  listBlobRepositories(): Promise<readonly RepositoryName[]>;
  /** Whether the repository holds a manifest, or ever held a blob. */
  hasRepository(repository: RepositoryName): Promise<boolean>;

  /** Size of the blob; undefined when the repository has no such blob, wherever else it may lie. */
  blobSizeBytes(repository: RepositoryName, digest: Digest): Promise<number | undefined>;
  /** The blob, open; undefined when the repository has no such blob. */
  openBlob(repository: RepositoryName, digest: Digest): Promise<OpenBlob | undefined>;
  /** Makes a blob of the source available in the target; false when the source has no such blob. Safe to repeat. */
  mountBlob(digest: Digest, source: RepositoryName, target: RepositoryName): Promise<boolean>;
  /** Takes the blob out of the repository, unless a tag needs it that the author may not delete. */
  deleteBlob(repository: RepositoryName, digest: Digest, author: TagAuthor): Promise<DeletionOutcome>;
  /** Room for bytes whose digest is not known yet. The caller commits or discards it. */
  openStaging(): Promise<Staging>;

  readManifest(repository: RepositoryName, digest: Digest): Promise<StoredManifest | undefined>;
  /**
   * Stores the manifest, then moves the tags, as one step to every other writer of the repository. Safe to repeat.
   * @throws PushBrokenOff when some of the tags were moved and another could not be.
   */
  pushManifest(repository: RepositoryName, push: ManifestPush): Promise<ManifestPushOutcome>;
  /** Removes the manifest and every tag that points at it, unless a tag does, or needs it, that the author may not delete. */
  deleteManifest(repository: RepositoryName, digest: Digest, author: TagAuthor): Promise<DeletionOutcome>;
  /** Descriptors of the manifests whose subject this is, ordered by digest, those after `last`. */
  listReferrers(repository: RepositoryName, subject: Digest, last?: Digest): AsyncIterable<Descriptor>;

  /** @throws IntegrityError TAG_DAMAGED when it is there and cannot be read. */
  readTag(repository: RepositoryName, tag: Tag): Promise<TagRecord | undefined>;
  /** Every tag, sorted. */
  listTags(repository: RepositoryName): Promise<readonly Tag[]>;
  /** Removes the tag, never its manifest. Its fence, its last digest and its history outlive it. */
  deleteTag(repository: RepositoryName, tag: Tag, author: TagAuthor): Promise<DeletionOutcome>;
  /** What the tag is, or was before it was removed; empty when there never was one. */
  readTagStanding(repository: RepositoryName, tag: Tag): Promise<TagStanding>;
  /** The moves of a tag, also of one that was removed, the newest first. */
  readTagHistory(repository: RepositoryName, tag: Tag, page: TagHistoryPage): Promise<readonly TagMove[]>;

  /** Counts a pull of the manifest at this epoch millisecond. Waits for nothing: the count is durable within a minute. */
  recordPull(repository: RepositoryName, digest: Digest, at: number): void;
  /** How often and when last the repository's manifests were pulled, ordered by digest, without those never pulled. */
  readPulls(repository: RepositoryName): Promise<readonly PullRecord[]>;
  /** How full it is, and whether it can be written to. */
  readHealth(): Promise<StorageHealth>;
  /** Bytes of all blobs, each counted once. Looks at all of them. */
  readContentBytes(): Promise<number>;

  close(): Promise<void>;
}

/** A blob being read. Whoever opened it closes it, unless something was read from it, which closes it at its end. */
export interface OpenBlob {
  readonly sizeBytes: number;
  /** Bytes `start` to `end`, both included. A chunk holds until the next one is asked for. */
  chunks(start: number, end: number): AsyncIterableIterator<Uint8Array>;
  close(): Promise<void>;
}

/** Bytes on their way to become a blob. */
export interface Staging {
  readonly sizeBytes: number;
  /**
   * Adds the bytes of the chunks whole, or fails and adds none of them. One call at a time. `algorithm` is the one of the
   * digest as far as it is known; that of the first call counts, and another one at the end costs reading all bytes again.
   */
  write(chunks: readonly Uint8Array[], algorithm: DigestAlgorithm): Promise<void>;
  /** The digest of what was written; nothing is written after it. */
  digest(algorithm: DigestAlgorithm): Promise<Digest>;
  /** Makes the bytes a blob of the repository under their digest, which the caller has verified. */
  commit(repository: RepositoryName, digest: Digest): Promise<void>;
  /** Throws the bytes away. Safe after a commit, and safe to repeat. */
  discard(): Promise<void>;
}

export interface StoredManifest {
  readonly digest: Digest;
  /** The content type it was pushed with. */
  readonly mediaType: string;
  /** Exactly as pushed. */
  readonly bytes: Uint8Array;
  readonly subject?: Digest;
}

export interface TagRecord {
  readonly digest: Digest;
  /** Highest lane token that wrote the tag; undefined when none ever did. */
  readonly fence?: number;
}

export interface ManifestPush {
  readonly manifest: StoredManifest;
  /** Content that must be in the repository already. */
  readonly blobs: readonly Descriptor[];
  readonly manifests: readonly Descriptor[];
  /** What a listing of the subject's referrers shows of this manifest; present when it has a subject. */
  readonly referrer?: Descriptor;
  readonly tags: readonly Tag[];
  /** Lane token of the writer; undefined when it has none, which moves the tags and keeps their fences. */
  readonly fence?: number;
  readonly author: TagAuthor;
}

/** Who changes tags, what their history says of it, and what decides whether they may. */
export interface TagAuthor {
  readonly by: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly how: TagMoveWay;
  readonly reason?: string;
  /** Id of the command that is carried out. */
  readonly command?: string;
  /** Asked once for each tag while nobody else can change it: pure, and as quick as a comparison. */
  readonly judge: (tag: Tag, change: TagChange, standing: TagStanding) => TagDecision;
}

/** A tag that was changed, and the reasons against it that break-glass overrode. */
export interface ChangedTag {
  readonly tag: Tag;
  readonly move: TagMove;
  readonly overridden: readonly Reason[];
}

/** Nothing was changed, because the tag may not be. Further tags may be against it, with reasons among these. */
export interface TagRefusal {
  readonly kind: 'refused';
  readonly tag: Tag;
  /** What was to be deleted, when the tag needs it to be whole. */
  readonly needs?: Digest;
  readonly standing: TagStanding;
  readonly reasons: readonly Reason[];
}

export type DeletionOutcome =
  /** With the tags that were removed, and those that lost by break-glass what they need. */
  { readonly kind: 'deleted'; readonly changed: readonly ChangedTag[] } | { readonly kind: 'absent' } | TagRefusal;

export interface TagHistoryPage {
  readonly movesMax: number;
  /** Only moves of lower numbers; undefined: from the newest. */
  readonly before?: number;
}

export type ManifestPushOutcome =
  /** With the tags that name another digest now than before. */
  | { readonly kind: 'pushed'; readonly changed: readonly ChangedTag[] }
  /** Nothing was stored. */
  | TagRefusal
  /** Nothing was stored: content is not in the repository, or is there with another size. Not all of it need be named. */
  | { readonly kind: 'incomplete'; readonly unmet: readonly UnmetDescriptor[] };

export interface UnmetDescriptor {
  readonly descriptor: Descriptor;
  /** The size it has here; undefined when it is absent. */
  readonly foundBytes: number | undefined;
}

export interface PullRecord {
  readonly digest: Digest;
  readonly count: number;
  /** Epoch milliseconds. */
  readonly lastPulledAt: number;
}

export interface StorageHealth {
  /** Why nothing can be written; undefined when it can. */
  readonly unwritable: string | undefined;
  /** Whether the data directory is still this process's alone. */
  readonly lockHeld: boolean;
  readonly freeBytes: number;
  readonly totalBytes: number;
}
