/** Tags pointed at a manifest, and what to make of an answer that was lost. */
import { ConflictError, NotFoundError, TransportError } from '../../errors/errors.ts';
import type { Digest } from '../spec/digest.ts';
import type { Tag } from '../spec/tag.ts';
import { atSide } from './copy-side.ts';
import type { Errand } from './look.ts';
import { reportsMissingContent } from './missing-content.ts';
import type { FetchedManifest, Resolved, Target } from './target.ts';

/** How often one tag is written at most, while every answer is lost and the tag stays as it was. */
const attemptsMax = 3;

/**
 * Points the errand's tags at the manifest: together where the target has the power, and what is left of them one after
 * the other in their order.
 *
 * A write whose answer was lost is looked at before it is repeated, and is repeated only while the tag names what it
 * named before: what another hand wrote meanwhile stays. A registry that refuses to write a tag which names the
 * manifest already, because tags are immutable there, has nothing to be blamed for.
 */
export async function moveTags(
  errand: Errand,
  tags: readonly Tag[],
  manifest: FetchedManifest,
  signal: AbortSignal,
): Promise<void> {
  const { target, named } = errand;
  const moveOf = (tag: Tag): Move => ({ before: named.get(tag)?.digest, signal });
  const lost = await moveTogether(target, tags, manifest, signal);
  for (const tag of tags) {
    if (lost === undefined) await moveTag(target, tag, manifest, moveOf(tag));
    else if (lost !== 'moved') await settleTag(target, tag, manifest, moveOf(tag), lost.cause);
  }
}

/** Whether all moved; undefined when none was tried, or the target said why not, which the tags by themselves tell better. */
async function moveTogether(
  target: Target,
  tags: readonly Tag[],
  manifest: FetchedManifest,
  signal: AbortSignal,
): Promise<'moved' | { readonly cause: TransportError } | undefined> {
  if (target.pushTags === undefined || tags.length < 2) return undefined;
  try {
    await atSide('target', target.pushTags(tags, manifest, { signal }));
    return 'moved';
  } catch (error) {
    signal.throwIfAborted();
    if (isFinal(error)) throw error;
    return error instanceof TransportError ? { cause: error } : undefined;
  }
}

/** One of several tags whose answer was lost: it is written only if it stayed as it was. */
async function settleTag(
  target: Target,
  tag: Tag,
  manifest: FetchedManifest,
  move: Move,
  lost: TransportError,
): Promise<void> {
  const found = await lookAgain(target, tag, move.signal, lost);
  if (found?.digest === manifest.descriptor.digest) return;
  if (found?.digest !== move.before) throw lost;
  await moveTag(target, tag, manifest, move);
}

interface Move {
  /** What the tag named before. */
  readonly before: Digest | undefined;
  readonly signal: AbortSignal;
}

async function moveTag(target: Target, tag: Tag, manifest: FetchedManifest, move: Move): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await atSide('target', target.pushTag(tag, manifest, { signal: move.signal }));
    } catch (error) {
      move.signal.throwIfAborted();
      if (isFinal(error)) throw error;
      const named = await lookAgain(target, tag, move.signal, error);
      if (named?.digest === manifest.descriptor.digest) return;
      const mayRepeat = error instanceof TransportError && named?.digest === move.before && attempt < attemptsMax;
      if (!mayRepeat) throw error;
    }
  }
}

/** Whatever the tag names now, this is what went wrong. */
function isFinal(error: unknown): boolean {
  if (reportsMissingContent(error) || error instanceof NotFoundError) return true;
  return error instanceof ConflictError && error.code === 'TAG_FENCED';
}

/** When even the question goes unanswered, the first error says more. */
async function lookAgain(target: Target, tag: Tag, signal: AbortSignal, first: unknown): Promise<Resolved | undefined> {
  try {
    return await target.resolve(tag, signal);
  } catch {
    throw first;
  }
}
