/** `npm run bench -- spine`. */
import type { BenchOutput } from './bench-output.ts';
import { describeMachine } from './machine.ts';
import { renderSpine } from './render-spine.ts';
import { brokenPromises, measureSpine } from './spine.ts';
import { writeResults } from './write-results.ts';

/** Measures, prints and keeps; answers the exit code, 1 when a promise is broken. */
export async function runSpineBench({ say, print }: BenchOutput): Promise<number> {
  const began = new Date();
  const spine = await measureSpine(say);
  print(renderSpine(spine));
  say(`written: ${await writeResults('spine', { machine: describeMachine(began), ...spine })}`);
  const broken = brokenPromises(spine);
  for (const promise of broken) say(`broken: ${promise}`);
  return broken.length === 0 ? 0 : 1;
}
