/** Asking a target what it has already, before writing to it. */
import { AccessError } from '../../errors/errors.ts';
import type { Digest } from '../spec/digest.ts';
import type { Tag } from '../spec/tag.ts';
import { atSide } from './copy-side.ts';
import type { Resolved, Target } from './target.ts';

/**
 * What the name stands for at the target; undefined also where the target will not say, since Artifactory answers 403
 * for what is missing from a virtual repository (cosign #2973). Who may not write is told so by the write.
 */
export async function resolveAtTarget(
  target: Target,
  tagOrDigest: Tag | Digest,
  signal?: AbortSignal,
): Promise<Resolved | undefined> {
  try {
    return await atSide('target', target.resolve(tagOrDigest, signal));
  } catch (error) {
    if (error instanceof AccessError && error.signedIn) return undefined;
    throw error;
  }
}
