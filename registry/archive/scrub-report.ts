/** What a scrub found, as operators read it. */
import type { Digest } from '../../oci/spec/digest.ts';

export interface ScrubReport {
  /** Epoch milliseconds. */
  readonly beganAt: number;
  readonly endedAt: number;
  readonly read: ScrubCounts;
  /** Files whose bytes were not what they should be; blobs and manifests among them are in quarantine now. */
  readonly damaged: readonly DamagedFile[];
  /** What is needed and not there, or in quarantine since. */
  readonly missing: readonly MissingContent[];
  /** What was in quarantine and is whole again, or needed by nobody any more: it was removed. */
  readonly cleared: number;
  readonly inQuarantine: number;
  /** How many damaged and missing ones could not be listed. */
  readonly unlisted: number;
}

export interface ScrubCounts {
  readonly blobs: number;
  readonly bytes: number;
  readonly repositories: number;
  readonly manifests: number;
  readonly tags: number;
}

export interface DamagedFile {
  readonly kind: 'blob' | 'manifest' | 'tag';
  /** Absent for a blob: it lies once for all repositories. */
  readonly repository?: string;
  /** A digest, or the name of a tag. */
  readonly name: string;
  readonly why: string;
}

export interface MissingContent {
  readonly kind: 'blob' | 'manifest';
  readonly repository: string;
  readonly digest: Digest;
  /** The tags that cannot be pulled whole because of it. */
  readonly tags: readonly string[];
  /** The manifests that name it, those without a tag as well. */
  readonly manifests: readonly Digest[];
}

/** Entries of each kind that a report lists. */
export const scrubListedMax = 10_000;
