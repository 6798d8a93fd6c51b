/** Reading the moves of a tag: those in its own file, then those that were put aside, the newest first. */
import type { TagMove } from '../../core/tag-move.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { TagHistoryPage } from '../storage.ts';
import type { TagFiles } from './tag-files.ts';
import { readTagStanding } from './tag-standing.ts';

/** At most as many moves as the page has room for, of descending numbers; each once, wherever it lies. */
export async function readTagMoves(
  files: TagFiles,
  repository: RepositoryName,
  tag: Tag,
  { movesMax, before = Number.POSITIVE_INFINITY }: TagHistoryPage,
): Promise<readonly TagMove[]> {
  const { moves: last } = await readTagStanding(files, repository, tag);
  const found: TagMove[] = [];
  let below = before;

  /** A move that lies in two places is taken from the one that is read first. */
  function take(moves: readonly TagMove[]): void {
    for (const move of moves.toReversed()) {
      if (move.number >= below || found.length >= movesMax) continue;
      found.push(move);
      below = move.number;
    }
  }

  take(last);
  if (found.length >= movesMax) return found;
  const firsts = await files.listEarlier(repository, tag);
  for (const first of firsts.toReversed()) {
    if (found.length >= movesMax) break;
    if (first < below) take(await files.readEarlier(repository, tag, first));
  }
  return found;
}
