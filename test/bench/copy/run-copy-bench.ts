/** `npm run bench -- copy [--quick]`. */
import { fileURLToPath } from 'node:url';
import { builtToolPath } from '../../../scripts/tool-plan.mjs';
import type { BenchOutput } from '../bench-output.ts';
import { describeMachine } from '../machine.ts';
import { writeResults } from '../write-results.ts';
import { type Contest, peerNames } from './contestant.ts';
import { fullSizes, quickSizes } from './copy-case.ts';
import { missedAims } from './judge-copy.ts';
import { measureCopy } from './measure-copy.ts';
import { profileMisses } from './profile-misses.ts';
import { renderCopy } from './render-copy.ts';
import { renderProfiles } from './render-profiles.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Everybody, on the registry that scripts/prepare.mjs has built. */
const contest: Contest = { peers: peerNames, registryProgram: 'registry', toolPath: builtToolPath(root) };

/**
 * Measures and prints; answers the exit code, 1 when an aim was missed. A quick run is not kept, and its times are not
 * judged.
 */
export async function runCopyBench(
  { say, print }: BenchOutput,
  { quick }: { readonly quick: boolean },
): Promise<number> {
  const began = new Date();
  const results = await measureCopy(contest, quick ? quickSizes : fullSizes, say);
  const machine = describeMachine(began);
  const misses = missedAims(results, { withTimes: !quick });
  print(renderCopy(results, machine, misses));
  if (!quick) {
    say(`written: ${await writeResults('copy', { machine, ...results })}`);
    print(renderProfiles(await profileMisses(contest, fullSizes, misses)));
  }
  return misses.length === 0 ? 0 : 1;
}
