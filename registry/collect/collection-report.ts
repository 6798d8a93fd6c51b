/** What a collection did, or would do, as operators read it. */
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Collected } from './carry-out.ts';
import type { CollectionPlan } from './collection-plan.ts';
import type { RetiredTag } from './retired-tag.ts';

export interface CollectionReport {
  readonly dryRun: boolean;
  /** Epoch milliseconds. */
  readonly beganAt: number;
  readonly endedAt: number;
  /** What there was to look through. */
  readonly kept: { readonly repositories: number; readonly manifests: number; readonly blobs: number };
  /** How much was taken away; of a dry run, how much would be. */
  readonly counts: CollectionCounts;
  readonly listed: {
    /** Tags that a retention rule took away first. */
    readonly tags: readonly RetiredTag[];
    readonly manifests: readonly { readonly repository: RepositoryName; readonly digest: Digest }[];
    readonly blobs: readonly { readonly repository: RepositoryName; readonly digest: Digest }[];
    readonly trashed: readonly Digest[];
    readonly removed: readonly Digest[];
    /** How many of each could not be listed: the counts have them. */
    readonly unlisted: number;
  };
  /** Whether the next collection goes on where this one had to stop. */
  readonly more: boolean;
}

export interface CollectionCounts {
  readonly tags: number;
  readonly manifests: number;
  /** Blobs taken out of one repository; their content goes when the last repository lets go of it. */
  readonly blobs: number;
  readonly referrerEntries: number;
  /** Content thrown away: it can still be brought back. */
  readonly trashed: number;
  readonly trashedBytes: number;
  /** Content gone for good. */
  readonly removed: number;
  readonly removedBytes: number;
  readonly restored: number;
  /** Pieces that stayed because somebody asked for them or wrote to them meanwhile. */
  readonly spared: number;
}

export interface ReportInit {
  readonly dryRun: boolean;
  readonly beganAt: number;
  readonly endedAt: number;
  readonly tags: readonly RetiredTag[];
  readonly plan: CollectionPlan;
  readonly collected: Collected;
}

/** Entries of each kind that a report lists. */
export const listedMax = 10_000;

/** The report of one collection. */
export function reportOf({ plan, collected, tags, ...about }: ReportInit): CollectionReport {
  const { manifests, blobs, trashed, removed } = collected;
  const all = [tags, manifests, blobs, trashed.digests, removed.digests];
  return {
    ...about,
    kept: plan.read,
    counts: {
      tags: tags.length,
      manifests: manifests.length,
      blobs: blobs.length,
      referrerEntries: collected.referrerEntries,
      trashed: trashed.digests.length,
      trashedBytes: trashed.sizeBytes,
      removed: removed.digests.length,
      removedBytes: removed.sizeBytes,
      restored: collected.restored,
      spared: collected.spared,
    },
    listed: {
      tags: tags.slice(0, listedMax),
      manifests: manifests.slice(0, listedMax),
      blobs: blobs.slice(0, listedMax),
      trashed: trashed.digests.slice(0, listedMax),
      removed: removed.digests.slice(0, listedMax),
      unlisted: all.reduce((sum, { length }) => sum + Math.max(0, length - listedMax), 0),
    },
    more: plan.more,
  };
}
