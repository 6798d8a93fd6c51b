/** Tags that float, pointed at an image; a registry that lets none be moved keeps them as they are. */
import { spellsCommit } from '../../core/ref-tags.ts';
import type { FetchedManifest, Target } from '../../oci/copy/target.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { ReleaseRun } from '../release-run.ts';
import { isImmutableRefusal } from './immutable-tags.ts';
import { type NamedTags, resolveTags, writeTags } from './write-tags.ts';

/**
 * Points the tags at the manifest, in their order, together where the target has the power; answers those that the
 * registry refuses to move.
 *
 * Those that exist come first. Where none of them may be moved, those that are absent are not created: they would name
 * this image for ever, which is worse for a tag that is meant to move than not to be there. A tag that spells the commit
 * is not meant to move, and is created.
 */
export async function moveFloats(
  run: ReleaseRun,
  target: Target,
  tags: readonly Tag[],
  manifest: FetchedManifest,
  named: NamedTags,
): Promise<readonly Tag[]> {
  const there = tags.filter((tag) => named.has(tag));
  const absent = tags.filter((tag) => !named.has(tag));
  const refused = await moveThere(run, target, there, manifest, named);
  const isStuck = there.length > 0 && refused.length === there.length;
  const { commit } = run.request.revision;
  const created = isStuck ? absent.filter((tag) => spellsCommit(tag, commit)) : absent;
  await writeTags(run, target, created, manifest, named);
  return isStuck ? tags.filter((tag) => !created.includes(tag)) : refused;
}

async function moveThere(
  run: ReleaseRun,
  target: Target,
  tags: readonly Tag[],
  manifest: FetchedManifest,
  named: NamedTags,
): Promise<readonly Tag[]> {
  try {
    await writeTags(run, target, tags, manifest, named);
    return [];
  } catch (error) {
    if (!isImmutableRefusal(error)) throw error;
    await assertLetIn(run, target, manifest, error);
  }
  // Rules may be for some tags alone, so each is tried by itself.
  const now = await resolveTags(run, target, tags);
  const refused: Tag[] = [];
  for (const tag of tags) {
    if (now.get(tag)?.digest === manifest.descriptor.digest) continue;
    try {
      await writeTags(run, target, [tag], manifest, named);
    } catch (error) {
      if (!isImmutableRefusal(error)) throw error;
      refused.push(tag);
    }
  }
  return refused;
}

/** Throws the refusal when the registry takes nothing at all by now: GHCR says 403 to who asks too often, too. */
async function assertLetIn(
  { signal }: ReleaseRun,
  target: Target,
  manifest: FetchedManifest,
  refusal: unknown,
): Promise<void> {
  try {
    await target.pushManifest(manifest, signal);
  } catch {
    signal.throwIfAborted();
    throw refusal;
  }
}
