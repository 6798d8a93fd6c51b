/** Several tags pointed at one manifest: in one request where the registry can, else in one for each. */
import { RegistryError } from '../../errors/errors.ts';
import type { FetchedManifest, PushTagOptions } from '../copy/target.ts';
import type { Tag } from '../spec/tag.ts';
import { pushTag, pushTagsAtOnce } from './manifests.ts';
import type { Remote } from './remote.ts';
import type { TagsSupport } from './tags-support.ts';

/** Tags in one request; every registry that knows of this takes as many. Spec: distribution-spec main (967efdc), "Pushing Manifests". */
const tagsPerRequestMax = 10;

/**
 * Fewest tags that are worth finding out with. Registries say only in their answer that they know of this, and where
 * they do not, the manifest is stored once more, without a tag.
 */
const probedTagsMin = 3;

/** Answers that are about the length of the request, or the method. */
const wayRefusedStatuses: ReadonlySet<number> = new Set([405, 414, 431]);

/**
 * Points the tags at the manifest, each in one attempt, in no order; what the registry did not accept together is put by
 * itself, so that its refusal says why. Settles when all have, with the first failure.
 *
 * Spec: distribution-spec main (967efdc), "Pushing Manifests".
 * @throws TransportError when it is unknown which tags moved; ConflictError TAG_FENCED.
 */
export async function pushTags(
  remote: Remote,
  support: TagsSupport,
  tags: readonly Tag[],
  manifest: FetchedManifest,
  options: PushTagOptions = {},
): Promise<void> {
  const left = new Set(tags);
  while (mayTry(support, left.size)) {
    const accepted = await tryAtOnce(remote, support, [...left].slice(0, tagsPerRequestMax), manifest, options);
    if (accepted.length === 0) break;
    for (const tag of accepted) left.delete(tag);
  }
  const outcomes = await Promise.allSettled([...left].map((tag) => pushTag(remote, tag, manifest, options)));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

function mayTry({ atOnce }: TagsSupport, count: number): boolean {
  return (atOnce === 'works' && count > 1) || (atOnce === 'unknown' && count >= probedTagsMin);
}

/** The tags that moved; learns from the answer. */
async function tryAtOnce(
  remote: Remote,
  support: TagsSupport,
  tags: readonly Tag[],
  manifest: FetchedManifest,
  options: PushTagOptions,
): Promise<readonly Tag[]> {
  try {
    const told = await pushTagsAtOnce(remote, tags, manifest, options);
    const accepted = tags.filter((tag) => told.has(tag));
    if (accepted.length > 0) support.atOnce = 'works';
    else if (support.atOnce === 'unknown') support.atOnce = 'refused';
    return accepted;
  } catch (error) {
    if (!(error instanceof RegistryError) || !wayRefusedStatuses.has(error.status)) throw error;
    support.atOnce = 'refused';
    return [];
  }
}
