/** `npm run bench -- registry`. */
import { fileURLToPath } from 'node:url';
import { builtToolPath } from '../../../scripts/tool-plan.mjs';
import type { BenchOutput } from '../bench-output.ts';
import { describeMachine } from '../machine.ts';
import { writeResults } from '../write-results.ts';
import { missedAims } from './judge-registry.ts';
import { measureRegistry } from './measure-registry.ts';
import type { RegistryFlags } from './registry-flags.ts';
import { renderRegistry } from './render-registry.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Measures and prints, and keeps a whole run; answers the exit code, 1 when an aim was missed. */
export async function runRegistryBench({ say, print }: BenchOutput, flags: RegistryFlags): Promise<number> {
  const began = new Date();
  const programs = { registryProgram: 'registry', toolPath: builtToolPath(root) };
  const results = await measureRegistry(programs, flags, say);
  const machine = describeMachine(began);
  const missed = flags.isTimed ? missedAims(results) : [];
  print(renderRegistry(results, machine, missed));
  if (flags.isWhole) say(`written: ${await writeResults('registry', { machine, missed, ...results })}`);
  return missed.length === 0 ? 0 : 1;
}
