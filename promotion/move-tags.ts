/** The tags a release is known by: the exact version once and for all, the environment's last. */
import { exactTag, parseVersion } from '../core/version.ts';
import { ConflictError } from '../errors/errors.ts';
import { parseTag } from '../oci/spec/tag.ts';
import type { Entry } from './entry.ts';
import { flipTag } from './flip-tag.ts';
import type { Lane, ProvedContent } from './lane.ts';

/**
 * Moves the exact version tag (promotions only), then the environment tag, and reads the latter back.
 *
 * @throws ConflictError VERSION_CONFLICT when the exact tag names another digest, TAG_MOVED when other hands
 * moved the environment tag between our write and our look.
 */
export async function moveTags(entry: Entry, content: ProvedContent, lane: Lane, signal: AbortSignal): Promise<void> {
  await lane.onStep('exact-tag');
  if (entry.kind === 'promotion') await writeExactTag(entry, content, lane, signal);
  const tag = parseTag(entry.environment);
  await flipTag({ tag, commandId: entry.commandId }, content, lane, signal);
  await lane.onStep('read-back');
  const found = await lane.target.resolve(tag, signal);
  if (found?.digest === entry.digest) return;
  throw new ConflictError({
    code: 'TAG_MOVED',
    message: `${lane.target.name}:${tag} is on ${found?.digest ?? 'nothing'} right after it was moved to ${entry.digest}`,
  });
}

async function writeExactTag(entry: Entry, content: ProvedContent, lane: Lane, signal: AbortSignal): Promise<void> {
  if (entry.version === undefined) return;
  const tag = exactTag(parseVersion(entry.version));
  const options = { signal, command: entry.commandId };
  if (!lane.listed.has(tag)) return lane.target.pushTag(tag, content, options);
  if (await lane.versionIsKnown()) return;
  const found = await lane.target.resolve(tag, signal);
  if (found === undefined) return lane.target.pushTag(tag, content, options);
  if (found.digest === entry.digest) return;
  throw new ConflictError({
    code: 'VERSION_CONFLICT',
    message: `${lane.target.name}:${tag} names ${found.digest}, not ${entry.digest}`,
  });
}
