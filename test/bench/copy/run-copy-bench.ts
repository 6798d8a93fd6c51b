/** `npm run bench -- copy`. */
import { fileURLToPath } from 'node:url';
import { builtToolPath } from '../../../scripts/tool-plan.mjs';
import type { BenchOutput } from '../bench-output.ts';
import { describeMachine } from '../machine.ts';
import { writeResults } from '../write-results.ts';
import type { BenchFlags } from './bench-flags.ts';
import { explainMisses } from './explain-misses.ts';
import { missedAims } from './judge-copy.ts';
import { measureCopy } from './measure-copy.ts';
import { renderCopy } from './render-copy.ts';
import { renderEvidence } from './render-evidence.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Measures and prints, and keeps a whole run; answers the exit code, 1 when an aim was missed. */
export async function runCopyBench({ say, print }: BenchOutput, flags: BenchFlags): Promise<number> {
  const { peers, sizes, isTimed, isWhole } = flags;
  const began = new Date();
  const contest = { peers, registryProgram: 'registry', toolPath: builtToolPath(root) };
  const results = await measureCopy(contest, flags, say);
  const machine = describeMachine(began);
  const misses = missedAims(results, { withTimes: isTimed });
  print(renderCopy(results, machine, misses));
  const evidence = await explainMisses(contest, sizes, misses);
  print(renderEvidence(evidence));
  if (isWhole) {
    const missed = misses.map(({ words }) => words);
    say(`written: ${await writeResults('copy', { machine, missed, ...results, evidence })}`);
  }
  return misses.length === 0 ? 0 : 1;
}
