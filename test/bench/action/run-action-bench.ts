/** `npm run bench -- action`. */
import type { BenchOutput } from '../bench-output.ts';
import { describeMachine } from '../machine.ts';
import { writeResults } from '../write-results.ts';
import type { ActionFlags } from './action-flags.ts';
import { missedAims } from './judge-action.ts';
import { measureAction } from './measure-action.ts';
import { renderAction } from './render-action.ts';

/** Measures and prints, and keeps a whole run; answers the exit code, 1 when an aim was missed. */
export async function runActionBench({ say, print }: BenchOutput, flags: ActionFlags): Promise<number> {
  const began = new Date();
  const results = await measureAction(flags, say);
  const machine = describeMachine(began);
  const missed = missedAims(results, { withTimes: flags.isTimed });
  print(renderAction(results, machine, missed));
  if (flags.isWhole) say(`written: ${await writeResults('action', { machine, missed, ...results })}`);
  return missed.length === 0 ? 0 : 1;
}
