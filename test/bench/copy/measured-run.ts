/** One run of a contestant, measured from outside. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runToEnd } from '../../e2e/run-program.ts';

/** What a run cost. */
export interface RunCost {
  /** From its start to its end. */
  readonly wallMs: number;
  /** User and system, of the process and its children. */
  readonly cpuMs: number;
  /** Most memory that was resident at once. */
  readonly peakMiB: number;
}

const kibPerMib = 1024;

/**
 * Runs a command under GNU time: the kernel's own account of a process and all its children. time itself is a small
 * process, so the peak is the command's and not what a large parent had before it started the command.
 */
export async function measureCommand(
  words: readonly string[],
  where: { readonly env: NodeJS.ProcessEnv; readonly directory: string },
): Promise<RunCost> {
  const accountPath = join(where.directory, 'account');
  await rm(accountPath, { force: true });
  const began = performance.now();
  await runToEnd('time', ['-f', '%U %S %M', '-o', accountPath, ...words], { env: where.env, cwd: where.directory });
  const wallMs = performance.now() - began;
  const account = (await readFile(accountPath, 'utf8')).trim();
  const [user = Number.NaN, system = Number.NaN, peakKib = Number.NaN] = account.split(' ').map(Number);
  return { wallMs, cpuMs: (user + system) * 1000, peakMiB: peakKib / kibPerMib };
}
