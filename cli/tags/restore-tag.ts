/** `tags restore REPOSITORY:TAG --to …`: the tag names again what it named before. */
import type { TagHistory } from '../../api/registry/tag-history.ts';
import { InputError, NotFoundError } from '../../errors/errors.ts';
import { type Digest, isDigest } from '../../oci/spec/digest.ts';
import { assertConfirmable } from '../confirm.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Shell } from '../shell.ts';
import { type ChangeTagFlags, changeTag } from './change-tag.ts';
import { fetchHistory, type TagConnection, withTag } from './open-tag.ts';

export interface RestoreTagFlags extends ChangeTagFlags {
  /** A digest, the number of a move, or `previous`. */
  readonly to: string;
}

/** Points the tag at the digest that is meant, after a yes. Any tag can be rolled back so, by who may move it. */
export async function restoreTag(shell: Shell, written: string, flags: RestoreTagFlags): Promise<ExitCode> {
  if (!flags.dryRun) assertConfirmable(shell, flags.yes, `tags restore ${written}`);
  return withTag(shell, written, flags, async (opened) => {
    const history = await fetchHistory(opened, {}, shell.signal);
    const to = await resolveTo(opened, flags.to, history, shell.signal);
    return changeTag(shell, opened, { word: 'restore', from: history.digest, to }, flags);
  });
}

async function resolveTo(
  opened: TagConnection,
  to: string,
  { damaged, moves: newestMoves }: TagHistory,
  signal: AbortSignal,
): Promise<Digest> {
  if (isDigest(to)) return to;
  if (to === 'previous' && damaged) return nothing(opened, 'its record is damaged, and its last moves are not known');
  // What is in the history because the image lost something it needs has moved nothing.
  const last = newestMoves.find(({ lost }) => lost === undefined);
  if (to === 'previous') return last?.from ?? nothing(opened, 'it named nothing before its last move');
  if (!/^[1-9]\d{0,14}$/.test(to)) {
    const message = `neither a digest, a number of the history nor previous: --to ${JSON.stringify(to)}`;
    throw new InputError({ code: 'REQUEST_INVALID', message });
  }
  const { moves } = await fetchHistory(opened, { before: Number(to) + 1, moves: 1 }, signal);
  const [move] = moves;
  if (move?.number !== Number(to)) return nothing(opened, `its history has no move ${to}`);
  return move.to ?? nothing(opened, `it was removed by move ${to}`);
}

function nothing({ written }: TagConnection, why: string): never {
  throw new NotFoundError({
    code: 'MANIFEST_UNKNOWN',
    message: `nothing to restore ${written} to: ${why}`,
    wayOut: 'see its moves with `registry-action tags history`',
  });
}
