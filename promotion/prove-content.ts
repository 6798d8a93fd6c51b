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
 * A promotion proves every manifest and blob, unless that was done in the last ten minutes. Entries that go back to
 * content of the lane's own history prove its manifests: a history tag has pinned the blobs ever since they were
 * proved, a registry keeps the blobs of a manifest it keeps, and a rollback must not wait for hundreds of answers.
 *
 * @throws NotFoundError CONTENT_MISSING naming what is not there.
 */
export async function proveContent(entry: Entry, lane: Lane, signal: AbortSignal): Promise<ProvedContent> {
  await lane.onStep('prove');
  await lane.pen.advance('proving');
  if (await lane.proofs.isFresh(entry.digest)) return lane.target.fetchManifest(entry.digest, signal);
  const proof =
    entry.kind === 'promotion' ? await proveCopied(entry, lane, signal) : await provePinned(entry, lane, signal);
  if (!proof.complete) throw missing(entry, lane, proof.missing);
  if (entry.kind === 'promotion') await lane.proofs.remember(entry.digest);
  return proof.manifest;
}

/** Proves the whole graph. Registries lose what lies below a manifest they keep: that is copied again, once. */
async function proveCopied(entry: Entry, lane: Lane, signal: AbortSignal): Promise<Proof> {
  const proof = await proveGraph(lane.target, rootOf(entry), { signal });
  if (proof.complete || lane.source.name === lane.target.name) return proof;
  await repairContent(entry, lane, signal);
  return proveGraph(lane.target, rootOf(entry), { signal });
}

async function provePinned(entry: Entry, lane: Lane, signal: AbortSignal): Promise<Proof> {
  return proveGraph(lane.target, rootOf(entry), { signal, depth: 'manifests' });
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
