/** The proof before the pointer: what a tag will name must be there, whole. */
import { NotFoundError } from '../errors/errors.ts';
import { type Proof, proveGraph } from '../oci/copy/prove-graph.ts';
import type { Descriptor } from '../oci/spec/descriptor.ts';
import { repairContent, rootOf } from './copy-content.ts';
import type { Entry } from './entry.ts';
import type { Lane, ProvedContent } from './lane.ts';

/**
 * Reads the target back and answers the root manifest as it lies there.
 *
 * Every manifest and blob is asked for, unless that was done in the last ten minutes. Of content that a history tag
 * has pinned ever since it was proved whole, the manifests are proved: a registry keeps the blobs of a manifest it
 * keeps, and a rollback must not wait for hundreds of answers. docs/adr/0007 weighs it.
 *
 * @throws NotFoundError CONTENT_MISSING naming what is not there.
 */
export async function proveContent(entry: Entry, lane: Lane, signal: AbortSignal): Promise<ProvedContent> {
  await lane.onStep('prove');
  await lane.pen.advance('proving');
  if (await lane.proofs.isFresh(entry.digest)) return lane.target.fetchManifest(entry.digest, signal);
  const depth = depthOf(entry, lane);
  const proof = await proveOrRepair(entry, lane, depth, signal);
  if (!proof.complete) throw missing(entry, lane, proof.missing);
  if (depth === 'graph') await lane.proofs.remember(entry.digest);
  return proof.manifest;
}

/** What the lane writes of its own accord is current already, or was: refusing it would change nothing for the better. */
function depthOf(entry: Entry, lane: Lane): ProofDepth {
  if (entry.kind === 'adoption' || entry.kind === 'settlement') return 'manifests';
  return lane.isPinned(entry.digest) ? 'manifests' : 'graph';
}

/** A promotion knows where the content comes from: what a registry has lost of it is copied again, once. */
async function proveOrRepair(entry: Entry, lane: Lane, depth: ProofDepth, signal: AbortSignal): Promise<Proof> {
  const proof = await proveGraph(lane.target, rootOf(entry), { signal, depth });
  if (proof.complete || entry.kind !== 'promotion' || lane.source.name === lane.target.name) return proof;
  await repairContent(entry, lane, signal);
  return proveGraph(lane.target, rootOf(entry), { signal });
}

function missing(entry: Entry, lane: Lane, absent: readonly Descriptor[]): NotFoundError {
  const names = absent.slice(0, namedMissingMax).map((descriptor) => descriptor.digest);
  const more = absent.length > names.length ? ` and ${absent.length - names.length} more` : '';
  return new NotFoundError({
    code: 'CONTENT_MISSING',
    message: `content of ${lane.target.name}@${entry.digest} is missing: ${names.join(', ')}${more}`,
  });
}

/** Digests named in one error. */
const namedMissingMax = 5;

type ProofDepth = 'graph' | 'manifests';
