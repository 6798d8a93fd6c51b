/** What the parts of one copy share: its two sides, its walk, and the count of what was done. */
import type { Descriptor } from '../spec/descriptor.ts';
import type { CopyEvent, CopyOutcome } from './copy-event.ts';
import type { GraphWalk, NodeRole } from './graph-walk.ts';
import type { FetchedManifest, Source, Target } from './target.ts';

export interface CopyRun {
  readonly source: Source;
  readonly target: Target;
  readonly walk: GraphWalk;
  readonly repair: boolean;
  readonly tally: CopyTally;
  readonly onEvent: (event: CopyEvent) => void;
  /** The root manifest, once it was read. */
  manifest: FetchedManifest | undefined;
}

/** Distinct manifests and blobs by what became of them. */
export interface CopyTally {
  manifestsCopied: number;
  manifestsPresent: number;
  blobsCopied: number;
  blobsMounted: number;
  blobsPresent: number;
  /** Of the manifests and blobs copied. */
  bytesCopied: number;
}

/** A tally of nothing. */
export function emptyTally(): CopyTally {
  return { manifestsCopied: 0, manifestsPresent: 0, blobsCopied: 0, blobsMounted: 0, blobsPresent: 0, bytesCopied: 0 };
}

/** Counts and reports what became of a node. */
export function recordOutcome(run: CopyRun, role: NodeRole, outcome: CopyOutcome, node: Descriptor): void {
  run.tally[tallyKey(role, outcome)] += 1;
  if (outcome === 'copied') run.tally.bytesCopied += node.size;
  run.onEvent({ kind: outcome, descriptor: node });
}

function tallyKey(role: NodeRole, outcome: CopyOutcome): keyof CopyTally {
  switch (outcome) {
    case 'copied':
      return role === 'manifest' ? 'manifestsCopied' : 'blobsCopied';
    case 'present':
      return role === 'manifest' ? 'manifestsPresent' : 'blobsPresent';
    case 'mounted':
      return 'blobsMounted';
  }
}
