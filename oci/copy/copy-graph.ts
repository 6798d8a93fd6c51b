/** The copy of a graph: a manifest and everything below it, by digest. */
import type { Descriptor } from '../spec/descriptor.ts';
import { manifestSuccessors } from '../spec/manifest.ts';
import type { CopyEvent } from './copy-event.ts';
import { type CopyMemory, openCopyMemory } from './copy-memory.ts';
import { copyNode, legsWithout, readSource } from './copy-node.ts';
import { type CopyLeg, type CopyRun, openCopyRun, type SeenTarget } from './copy-run.ts';
import { type CopyTally, emptyTally } from './copy-tally.ts';
import type { GraphNode } from './graph-node.ts';
import { walkGraph } from './graph-walk.ts';
import type { ReferrerOptions } from './referrers/referrer-options.ts';
import type { ReferrerReport } from './referrers/referrer-report.ts';
import type { FetchedManifest, Source, Target } from './target.ts';

/** How a copy is made. */
export interface CopyOptions {
  readonly signal?: AbortSignal;
  /** Exchanges with source and target at once. */
  readonly concurrency?: number;
  readonly onEvent?: (event: CopyEvent) => void;
  /** Also looks below manifests that the target has, and copies what is missing there. */
  readonly repair?: boolean;
  /** What earlier copies have seen; by default nothing. */
  readonly memory?: CopyMemory;
  /** Of an image that is tagged: takes along what points at it. Absent: nothing does. */
  readonly referrers?: ReferrerOptions;
}

/**
 * Sixty-four exchanges hide the round trips of an image of four platforms on a slow network; what a registry will really
 * take at once, the client finds out. Six large blobs fill the wire of two machines.
 */
export const copyDefaults = { concurrency: 64, bulkConcurrency: 6, repair: false } as const;

/** What a copy did. */
export interface CopyResult extends Readonly<CopyTally> {
  readonly root: Descriptor;
  /** The root manifest; undefined when the target had it, so that it was not read. */
  readonly manifest: FetchedManifest | undefined;
  /** Layers left out because their makers want them fetched from elsewhere. */
  readonly skipped: readonly Descriptor[];
  /** What became of what points at the image, where that was asked for. */
  readonly referrers?: ReferrerReport;
}

/**
 * Copies the manifest named by `root.digest` and everything below it, under no tag.
 *
 * A manifest is pushed when all it points at is there, so a manifest that the target has is taken to be complete there,
 * and the walk does not go below it (where other hands may have made holes, `repair`). Every digest is copied once.
 * When the copy fails, nothing of it is still running; a repeat continues where it stopped. Layers that their makers
 * want fetched from elsewhere are left out.
 *
 * @throws NotFoundError MANIFEST_UNKNOWN, BLOB_UNKNOWN when the source is incomplete.
 * @throws IntegrityError when the source's bytes are not what their digests say, or a manifest cannot be understood.
 */
export async function copyGraph(
  source: Source,
  target: Target,
  root: Descriptor,
  options: CopyOptions = {},
): Promise<CopyResult> {
  return await runCopy(source, [{ target }], options, async (run) => {
    let node: GraphNode | undefined;
    await run.walk.visit('manifest', root, async () => {
      run.onEvent({ kind: 'started', descriptor: root });
      const lacking = await legsWithout(run, root, true);
      if (lacking.length === 0 && !run.repair) return run.onEvent({ kind: 'present', descriptor: root });
      node = await readSource(run, root);
      if (!run.repair) run.ahead.begin(manifestSuccessors(node.manifest));
      await copyNode(run, node, 0, lacking);
    });
    return resultOf(run, run.legs[0], root, node?.fetched);
  });
}

/** Runs a copy to the targets; what the body returns. When it fails, nothing of it is still running. */
export async function runCopy<Result>(
  source: Source,
  targets: readonly SeenTarget[],
  options: CopyOptions,
  body: (run: CopyRun) => Promise<Result>,
): Promise<Result> {
  const { signal, onEvent, memory = openCopyMemory(() => 0) } = options;
  const { concurrency = copyDefaults.concurrency, repair = copyDefaults.repair } = options;
  return await walkGraph({ signal, concurrency, bulkConcurrency: copyDefaults.bulkConcurrency }, async (walk) => {
    const run = openCopyRun({ source, targets, walk, memory, repair, onEvent });
    try {
      return await body(run);
    } finally {
      await run.ahead.close();
    }
  });
}

/** What the run did to one target. */
export function resultOf(
  run: CopyRun,
  leg: CopyLeg | undefined,
  root: Descriptor,
  manifest: FetchedManifest | undefined,
): CopyResult {
  const { tally = emptyTally(), referrers } = leg ?? {};
  const skipped = [...run.skipped.values()];
  return { root, ...tally, manifest, skipped, ...(referrers === undefined ? {} : { referrers }) };
}
