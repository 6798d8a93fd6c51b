/** The copy of a promotion: the whole graph, by digest. Nothing of it is visible yet. */
import { NotFoundError } from '../errors/errors.ts';
import { copyGraph } from '../oci/copy/copy-graph.ts';
import type { Entry } from './entry.ts';
import type { Lane } from './lane.ts';

/**
 * Brings the content to the target. What lies there already, or was proved there a moment ago, is not asked for again;
 * entries other than promotions name content that the target's own history tags keep.
 *
 * @throws NotFoundError MANIFEST_UNKNOWN when the digest is gone from the source.
 */
export async function copyContent(entry: Entry, lane: Lane, signal: AbortSignal): Promise<void> {
  await lane.onStep('copy');
  if (entry.kind !== 'promotion') return;
  await lane.pen.advance('copying');
  if (lane.source.name === lane.target.name || (await lane.proofs.isFresh(entry.digest))) return;
  const root = await lane.source.resolve(entry.digest, signal);
  if (root === undefined) {
    throw new NotFoundError({
      code: 'MANIFEST_UNKNOWN',
      message: `manifest not found: ${lane.source.name}@${entry.digest}`,
      wayOut: 'push that release again, or promote another one',
    });
  }
  await copyGraph(lane.source, lane.target, root, { signal, onEvent: lane.onCopy });
}
