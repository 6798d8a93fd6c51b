/** What the deeds of a promotion work on: the two repositories, and the lane's pen. */
import type { Receipt } from '../core/receipt.ts';
import type { CopyEvent } from '../oci/copy/copy-event.ts';
import type { CopyMemory } from '../oci/copy/copy-memory.ts';
import type { ReferrerReport } from '../oci/copy/referrers/referrer-report.ts';
import type { FetchedManifest, Source, Target } from '../oci/copy/target.ts';
import type { Digest } from '../oci/spec/digest.ts';
import type { Tag } from '../oci/spec/tag.ts';

/** One lane during one attempt. */
export interface Lane {
  readonly source: Source;
  readonly target: Target;
  readonly pen: LanePen;
  readonly proofs: ProofMemory;
  /** What copies of this process have seen of the registries. */
  readonly copyMemory: CopyMemory;
  /** Tags of the target as the pass listed them: tells without a request which exact tags are there. */
  readonly listed: ReadonlySet<string>;
  /** Whether a committed history tag of this lane keeps the digest: its content was proved whole when that was written. */
  readonly isPinned: (digest: Digest) => boolean;
  /** Whether a committed entry of this lane already gave the entry's version to its digest. */
  readonly versionIsKnown: () => Promise<boolean>;
  readonly now: () => number;
  /** Called as each named step is about to be taken: for progress, and for the tests that stop a process there. */
  readonly onStep: (step: StepName) => Promise<void>;
  readonly onCopy: (event: CopyEvent) => void;
  /** Told what became of signatures and whatever else points at the content. */
  readonly onReferrers: (report: ReferrerReport) => void;
}

/** The named steps of an entry, in order. A fault harness stops the process at each of them. */
export const stepNames = [
  'reserve',
  'copy',
  'prove',
  'history-tag',
  'exact-tag',
  'intent',
  'environment-tag',
  'retire',
  'read-back',
  'list-again',
  'receipt',
  'commit',
] as const;
export type StepName = (typeof stepNames)[number];

/**
 * The right to write in a lane's ledger, held under one token. Every method throws ConflictError LANE_FENCED,
 * and writes nothing, once a newer token exists or Redis is another. Rule: lane-protocol, "1".
 */
export interface LanePen {
  /** Counter of the token: the fence of every write of the environment tag. */
  readonly fence: number;
  assertCurrent(): Promise<void>;
  advance(state: 'copying' | 'proving' | 'moving'): Promise<void>;
  /** Announces one attempt to point the tag at the digest; answers the attempt's id. */
  openIntent(tag: Tag, digest: Digest): Promise<string>;
  retireIntent(attemptId: string): Promise<void>;
  commit(receipt: Receipt, receiptDigest: Digest): Promise<void>;
}

/** Remembers which content was proved present at the lane's target in the last ten minutes. */
export interface ProofMemory {
  isFresh(digest: Digest): Promise<boolean>;
  remember(digest: Digest): Promise<void>;
}

/** What proving yields: the manifest as it lies at the target, ready to be tagged. */
export type ProvedContent = FetchedManifest;
