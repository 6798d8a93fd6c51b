/**
 * A stop for fault tests: the process stops itself, by SIGSTOP, at a named step, exactly where a crash or a stall would hit.
 * What happens then, SIGKILL or SIGCONT, is for whoever ordered it. Orders are files in a directory that the environment
 * alone names; whoever comes to the step first takes the file, so that each order stops one process once.
 */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import type { LaneKey } from '../../core/lane-key.ts';

/** Called as a named step of a lane is about to be taken. */
export type OnStep = (step: string, lane: LaneKey) => Promise<void>;

/** Stops the process wherever the directory has an order `step@environment`, which becomes `step@environment.pid`. */
export function stopAtStep(orders: string | undefined): OnStep {
  return async (step, { environment }) => {
    if (orders === undefined) return;
    const order = join(orders, `${step}@${environment}`);
    try {
      renameSync(order, `${order}.${process.pid}`);
    } catch {
      return; // nobody ordered it, or somebody else was faster
    }
    process.kill(process.pid, 'SIGSTOP');
  };
}
