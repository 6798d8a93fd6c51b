/** The copy of a promotion: the whole graph, by digest. Nothing of it is visible yet. */
import { type CopyOptions, copyGraph } from '../oci/copy/copy-graph.ts';
import { copyReferrers } from '../oci/copy/referrers/copy-referrers.ts';
import { listSubjects } from '../oci/copy/referrers/list-subjects.ts';
import type { FetchedManifest } from '../oci/copy/target.ts';
import type { Descriptor } from '../oci/spec/descriptor.ts';
import type { Entry } from './entry.ts';
import type { Lane } from './lane.ts';
import { receiptArtifactType } from './push-receipt.ts';

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
  const { manifest } = await copyGraph(lane.source, lane.target, rootOf(entry), copyOptions(lane, signal));
  await carryReferrers(entry, manifest, lane, signal);
}

/**
 * Takes along what points at the content and at its platforms: signatures, attestations, lists of contents. Receipts of
 * the source's environment stay there. What cannot be carried is told, and holds up no promotion: a gate says what must
 * be there.
 */
async function carryReferrers(
  entry: Entry,
  manifest: FetchedManifest | undefined,
  lane: Lane,
  signal: AbortSignal,
): Promise<void> {
  // The target has all of it by now, the source perhaps no more.
  const root = manifest ?? (await lane.target.fetchManifest(entry.digest, signal));
  const subjects = await listSubjects(lane.target, root, signal);
  const options = copyOptions(lane, signal);
  lane.onReferrers(await copyReferrers(lane.source, lane.target, subjects, { leftOut: receiptTypes }, options));
}

const receiptTypes: ReadonlySet<string> = new Set([receiptArtifactType]);

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
