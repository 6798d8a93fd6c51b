/** Processes of ours that stop themselves at named steps of the lane `staging`, when a test orders it. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from './wait-until.ts';

export interface StepStops {
  /** Value of REGISTRY_ACTION_STOP_AT. */
  readonly directory: string;
  /** The next process to come to the step stops there. */
  order(step: string): Promise<void>;
  /** Process id of the one that stopped, once the kernel says that it stands still. Fails when the step was never reached. */
  stopped(step: string): Promise<number>;
  /** Withdraws every order, and lets everybody go on who still stands: a service cannot close otherwise. */
  withdraw(): Promise<void>;
}

/** Nothing is ordered yet. */
export async function openStepStops(directory: string): Promise<StepStops> {
  await mkdir(directory, { recursive: true });
  const order = (step: string) => `${step}@staging`;
  const taken = (step: string) => readdirSync(directory).filter((name) => name.startsWith(`${order(step)}.`));
  return {
    directory,
    order: async (step) => {
      for (const name of taken(step)) await rm(join(directory, name));
      await writeFile(join(directory, order(step)), '');
    },
    stopped: (step) =>
      waitUntil(`a process comes to the step ${step}`, async () => taken(step).map(pidOf).find(standsStill)),
    withdraw: async () => {
      const names = readdirSync(directory);
      for (const name of names) await rm(join(directory, name), { force: true });
      for (const pid of names.map(pidOf).filter(standsStill)) process.kill(pid, 'SIGCONT');
    },
  };
}

/** The process that took the order of the name; NaN while nobody has. */
function pidOf(name: string): number {
  return Number(name.split('.')[1] ?? Number.NaN);
}

/** Spec: proc(5), "/proc/pid/stat". */
function standsStill(pid: number): boolean {
  try {
    return pid > 0 && /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false; // it was killed, as the test meant it to be
  }
}
