/** What a tag is, by all that its files say: where its own is damaged, those beside it still tell some of it. */
import type { TagMove } from '../../core/tag-move.ts';
import type { TagStanding } from '../../core/tag-rules.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { TagFile } from './tag-file.ts';
import type { TagFiles } from './tag-files.ts';

export interface StandingTag {
  readonly standing: TagStanding;
  /** The last moves that are known, oldest first; their numbers follow one another. Earlier ones may lie elsewhere. */
  readonly moves: readonly TagMove[];
}

/** The tag as it stands, be it there, removed, damaged, or new. */
export async function readTagStanding(files: TagFiles, repository: RepositoryName, tag: Tag): Promise<StandingTag> {
  const file = await files.read(repository, tag);
  if (file !== undefined && file !== 'damaged') return { standing: presentStanding(file), moves: file.moves };
  const removed = await files.readRemoved(repository, tag);
  if (file === 'damaged')
    return readDamaged(files, repository, tag, 'tag', removed === 'damaged' ? undefined : removed);
  if (removed === 'damaged') return readDamaged(files, repository, tag, 'removed', undefined);
  return { standing: removedStanding(removed), moves: removed?.moves ?? [] };
}

/** Whether there is such a tag, whatever can be read of it. */
export function isTagThere({ digest, damaged }: TagStanding): boolean {
  return digest !== undefined || damaged === 'tag';
}

function presentStanding({ digest, fence }: TagFile): TagStanding {
  return { ...(digest === undefined ? {} : { digest }), ...fenceOf(fence) };
}

/** A removed tag with moves and without a digest was damaged when it was removed; earlier programs wrote down no moves. */
function removedStanding(removed: TagFile | undefined): TagStanding {
  if (removed === undefined) return {};
  const { digest, fence, moves } = removed;
  const named = digest ?? (moves.length > 0 ? 'unknown' : undefined);
  return { ...(named === undefined ? {} : { removed: named }), ...fenceOf(fence) };
}

async function readDamaged(
  files: TagFiles,
  repository: RepositoryName,
  tag: Tag,
  damaged: 'tag' | 'removed',
  before: TagFile | undefined,
): Promise<StandingTag> {
  const moves = await readLastKnown(files, repository, tag, before?.moves ?? []);
  const fences = [before?.fence, ...moves.map(({ fence }) => fence)].filter((fence) => fence !== undefined);
  return { standing: { damaged, ...fenceOf(fences.length === 0 ? undefined : Math.max(...fences)) }, moves };
}

/** The newest of the moves that were put aside, unless those given are newer. */
async function readLastKnown(
  files: TagFiles,
  repository: RepositoryName,
  tag: Tag,
  known: readonly TagMove[],
): Promise<readonly TagMove[]> {
  const firsts = await files.listEarlier(repository, tag);
  for (const first of firsts.toReversed()) {
    const aside = await files.readEarlier(repository, tag, first);
    if (aside.length > 0) return lastNumber(aside) > lastNumber(known) ? aside : known;
  }
  return known;
}

function lastNumber(moves: readonly TagMove[]): number {
  return moves.at(-1)?.number ?? 0;
}

function fenceOf(fence: number | undefined): Pick<TagStanding, 'fence'> {
  return fence === undefined ? {} : { fence };
}
