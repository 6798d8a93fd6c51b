/** `tags delete REPOSITORY:TAG`: the tag goes, its manifest and its history stay. */
import { assertConfirmable } from '../confirm.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Shell } from '../shell.ts';
import { type ChangeTagFlags, changeTag } from './change-tag.ts';
import { fetchHistory, withTag } from './open-tag.ts';

/** Removes the tag after a yes. An exact version's name is not free then: it never names another digest. */
export async function deleteTag(shell: Shell, written: string, flags: ChangeTagFlags): Promise<ExitCode> {
  if (!flags.dryRun) assertConfirmable(shell, flags.yes, `tags delete ${written}`);
  return withTag(shell, written, flags, async (opened) => {
    const { digest: from } = await fetchHistory(opened, { moves: 1 }, shell.signal);
    return changeTag(shell, opened, { word: 'tag', from, to: undefined }, flags);
  });
}
