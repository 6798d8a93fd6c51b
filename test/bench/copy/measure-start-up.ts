/** What our command needs before it does anything: no small copy is faster than this. */
import { spreadOf } from '../spread.ts';
import type { BenchWorld } from './bench-world.ts';
import { ourProgram } from './contestant.ts';
import type { StartUpResult } from './copy-results.ts';
import { measureCommand } from './measured-run.ts';

/** Starts Node with nothing to do, and the command to tell its version, in turn. */
export async function measureStartUp({ env, directory }: BenchWorld, rounds: number): Promise<StartUpResult> {
  const wallOf = async (words: readonly string[]) => (await measureCommand(words, { env, directory })).wallMs;
  const node: number[] = [];
  const command: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    node.push(await wallOf([process.execPath, '--eval', '0']));
    command.push(await wallOf([...ourProgram, '--version']));
  }
  return { nodeMs: spreadOf(node), commandMs: spreadOf(command) };
}
