/** The copy of a promotion: the whole graph, by digest. Nothing of it is visible yet. */
import { type CopyOptions, copyGraph } from '../oci/copy/copy-graph.ts';
import type { Descriptor } from '../oci/spec/descriptor.ts';
import type { Entry } from './entry.ts';
import type { Lane } from './lane.ts';

/**
 * Brings the content to the target. What a history tag keeps there, or was proved there a moment ago, is not asked for
 * again; entries other than promotions name content that is there.
 *
 * @throws NotFoundError MANIFEST_UNKNOWN, BLOB_UNKNOWN when content is gone from the source.
 */
export async function copyContent(entry: Entry, lane: Lane, signal: AbortSignal): Promise<void> {
  await lane.onStep('copy');
  if (entry.kind !== 'promotion') return;
  await lane.pen.advance('copying');
  if (lane.source.name === lane.target.name || lane.isPinned(entry.digest)) return;
  if (await lane.proofs.isFresh(entry.digest)) return;
  await copyGraph(lane.source, lane.target, rootOf(entry), copyOptions(lane, signal));
}

/** Copies what a proof found missing below manifests that the target has. */
export async function repairContent(entry: Entry, lane: Lane, signal: AbortSignal): Promise<void> {
  await copyGraph(lane.source, lane.target, rootOf(entry), { ...copyOptions(lane, signal), repair: true });
}

function copyOptions(lane: Lane, signal: AbortSignal): CopyOptions {
  return { signal, onEvent: lane.onCopy, memory: lane.copyMemory };
}

/** The graph's root: walking a graph asks for nothing but its digest. */
export function rootOf(entry: Entry): Descriptor {
  return { digest: entry.digest, mediaType: '', size: 0 };
}
