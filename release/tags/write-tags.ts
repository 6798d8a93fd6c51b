/** Tags pointed at a manifest, patiently and without undoing what other hands did meanwhile. */
import { RegistryError, TransportError } from '../../errors/errors.ts';
import { moveTags } from '../../oci/copy/move-tags.ts';
import type { FetchedManifest, Resolved, Target } from '../../oci/copy/target.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { ReleaseRun } from '../release-run.ts';

/** What tags named, of those that were there. */
export type NamedTags = ReadonlyMap<Tag, Resolved>;

/** How often tags are written at most. With the delays below a registry has some 8 s to come back. */
const attemptsMax = 5;

/** First delay after a 5xx or a lost answer; each further one is twice as long. */
const firstDelayMs = 500;

/**
 * Points the tags at the manifest. After an answer that may pass (a 502, a 429, none at all) what is left is looked at
 * and written again, while it still names what it named in `named`: a tag that other hands moved is left to them.
 *
 * @throws what the registry refuses it with, and the last of the failures that might have passed.
 */
export async function writeTags(
  run: ReleaseRun,
  target: Target,
  tags: readonly Tag[],
  manifest: FetchedManifest,
  named: NamedTags,
): Promise<void> {
  let left = tags;
  for (let attempt = 1; left.length > 0; attempt += 1) {
    try {
      const errand = { target, tags: left, named, isWithinSource: false, failure: undefined };
      return await moveTags(errand, left, manifest, run.signal);
    } catch (error) {
      run.signal.throwIfAborted();
      if (!mayPass(error) || attempt === attemptsMax) throw error;
      await run.timing.sleep(firstDelayMs * 2 ** (attempt - 1), run.signal);
      const now = await resolveTags(run, target, left);
      left = left.filter((tag) => {
        const digest = now.get(tag)?.digest;
        return digest !== manifest.descriptor.digest && digest === named.get(tag)?.digest;
      });
    }
  }
}

/** What the tags name now, all asked at once. */
export async function resolveTags({ signal }: ReleaseRun, target: Target, tags: readonly Tag[]): Promise<NamedTags> {
  const found = await Promise.all(tags.map((tag) => target.resolve(tag, signal)));
  return new Map(tags.flatMap((tag, at) => (found[at] === undefined ? [] : [[tag, found[at]] as const])));
}

function mayPass(error: unknown): boolean {
  return error instanceof TransportError || (error instanceof RegistryError && error.retryable);
}
