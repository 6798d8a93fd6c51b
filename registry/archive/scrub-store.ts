/** What a scrub needs of a storage: everything as it lies, past all memories, and a place for what is damaged. */
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { StoredManifest } from '../storage.ts';

export interface ScrubStore {
  listContent(): AsyncIterable<Digest>;
  /** Undefined when there is none. Throws what the system says when it cannot be read. */
  openContent(digest: Digest): Promise<OpenContent | undefined>;
  /** Moves the content aside, unless it was removed or replaced since it was opened; false then. */
  quarantineContent(digest: Digest, opened: FileStamp): Promise<boolean>;

  listRepositories(): AsyncIterable<RepositoryName>;
  listManifests(repository: RepositoryName): AsyncIterable<Digest>;
  readManifest(repository: RepositoryName, digest: Digest): Promise<StoredManifest | 'absent' | 'damaged'>;
  /** Moves the manifest aside if it is damaged; false when it is not there, or was written again meanwhile. */
  quarantineManifest(repository: RepositoryName, digest: Digest): Promise<boolean>;
  /** Whether the repository may read the blob, and its content is there. */
  hasBlob(repository: RepositoryName, digest: Digest): Promise<boolean>;
  /** Tags with what they name. */
  listTags(repository: RepositoryName): AsyncIterable<readonly [Tag, Digest | 'damaged']>;
  readTagDigest(repository: RepositoryName, tag: Tag): Promise<Digest | 'absent' | 'damaged'>;
  /** What is damaged of the records beside those of tags that are there. */
  listDamagedRecords(repository: RepositoryName): AsyncIterable<{ readonly tag: Tag; readonly why: string }>;

  /** Removes from the quarantine what is whole again, or what nothing asks for any more; counts what is left. */
  clearQuarantine(isNeeded: (repository: RepositoryName, digest: Digest) => Promise<boolean>): Promise<QuarantineLeft>;
  readLastScrub(): Promise<string | undefined>;
  writeLastScrub(text: string): Promise<void>;
}

export interface OpenContent {
  readonly stamp: FileStamp;
  chunks(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Tells one file from another that takes its place. */
export type FileStamp = string;

export interface QuarantineLeft {
  readonly cleared: number;
  readonly left: number;
}
