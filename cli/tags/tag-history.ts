/** `tags history REPOSITORY:TAG`: what the tag named, since when, and who moved it. */
import type { TagHistory, ToldTagMove } from '../../api/registry/tag-history.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { renderTagHistory } from '../render/tag-history.ts';
import type { Shell } from '../shell.ts';
import { writeJson } from '../write-json.ts';
import { fetchHistory, type TagFlags, withTag } from './open-tag.ts';

export interface TagHistoryFlags extends TagFlags {
  readonly all: boolean;
}

/** Prints the moves of the tag, the newest first: a page of them, or all. */
export async function tagHistory(shell: Shell, written: string, flags: TagHistoryFlags): Promise<ExitCode> {
  const history = await withTag(shell, written, flags, async (opened): Promise<TagHistory> => {
    const newest = await fetchHistory(opened, {}, shell.signal);
    const moves: ToldTagMove[] = [...newest.moves];
    let { next } = newest;
    while (flags.all && next !== undefined) {
      const page: TagHistory = await fetchHistory(opened, { before: next }, shell.signal);
      moves.push(...page.moves);
      // Numbers only fall, so this ends.
      next = page.next === undefined || page.next >= next ? undefined : page.next;
    }
    return { ...newest, moves, next };
  });
  if (flags.json) writeJson(shell, history);
  else shell.stdout.write(renderTagHistory(history, shell.now(), shell.stdout.look()));
  if (!flags.json && history.next !== undefined) shell.stderr.write('there are earlier moves; see --all\n');
  return exitCodes.done;
}
