/** The copy of an image: its graph, then the tags that name it. */

import { manifestNotFound } from '../not-found.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import type { Digest } from '../spec/digest.ts';
import type { Tag } from '../spec/tag.ts';
import { type CopyOptions, type CopyResult, copyGraph } from './copy-graph.ts';
import { emptyTally } from './copy-run.ts';
import { atSide } from './copy-side.ts';
import type { Source, Target } from './target.ts';

/**
 * Copies what `tagOrDigest` names at the source and points the tags at it, in the order given, when all of it is there:
 * a reader of the target never sees a tag whose content is incomplete. Tags that point there already are left alone,
 * and when all of them do, nothing else is asked.
 *
 * @throws NotFoundError MANIFEST_UNKNOWN when the source has no such manifest; what `copyGraph` and `pushTag` throw.
 */
export async function copy(
  source: Source,
  tagOrDigest: Tag | Digest,
  target: Target,
  tags: readonly Tag[],
  options: CopyOptions = {},
): Promise<CopyResult> {
  const { signal } = options;
  const [root, pointed] = await Promise.all([
    resolveRoot(source, tagOrDigest, signal),
    Promise.all(tags.map((tag) => atSide('target', target.resolve(tag, signal)))),
  ]);
  const moving = tags.filter((_, at) => pointed[at]?.digest !== root.digest);
  if (tags.length > 0 && moving.length === 0 && !options.repair) {
    return { root, ...emptyTally(), manifestsPresent: 1, manifest: undefined };
  }
  const result = await copyGraph(source, target, root, options);
  if (moving.length === 0) return result;

  const manifest = result.manifest ?? (await atSide('source', source.fetchManifest(root.digest, signal)));
  for (const tag of moving) {
    await atSide('target', target.pushTag(tag, manifest, signal === undefined ? {} : { signal }));
  }
  return result;
}

async function resolveRoot(
  source: Source,
  tagOrDigest: Tag | Digest,
  signal: AbortSignal | undefined,
): Promise<Descriptor> {
  const root = await atSide('source', source.resolve(tagOrDigest, signal));
  if (root === undefined) throw manifestNotFound(source.name, tagOrDigest);
  return root;
}
