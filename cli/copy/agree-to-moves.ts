/** Asking before tags that name something else are moved. */
import { assertConfirmable, confirmYes } from '../confirm.ts';
import { formatRepository } from '../location.ts';
import { formatDigest } from '../render/digest.ts';
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';
import { type CopyPlan, movesOf } from './plan-copy.ts';

/** Whether the tags may be moved: at once when all are free, else after somebody said so. */
export async function agreeToMoves(shell: Shell, plans: readonly CopyPlan[]): Promise<boolean> {
  const moves = plans.flatMap((plan) => movesOf(plan).map((move) => ({ ...move, plan })));
  if (moves.length === 0) return true;
  const texts = moves.map(({ tag, from, plan }) => {
    const place = `${formatRepository(plan.job.target)}:${tag}`;
    return printable(`${place} from ${formatDigest(from)} to ${formatDigest(plan.root.digest)}`);
  });
  const [only = ''] = texts;
  const what = texts.length === 1 ? `move ${only}` : `move ${texts.length} tags`;
  assertConfirmable(shell, false, texts.length === 1 ? what : `${what}, among them ${only}`);
  if (texts.length > 1) shell.stderr.write(`${texts.join('\n')}\n`);
  const isAgreed = await confirmYes(shell, `${what}?`);
  if (!isAgreed) shell.stderr.write('not confirmed, nothing was changed\n');
  return isAgreed;
}
