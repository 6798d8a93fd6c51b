/**
 * A stop for tests: the process stops itself, by SIGSTOP, at a named step of a collection, exactly where a crash would
 * hit. Orders are files in a directory that the environment alone names; each stops one process once.
 */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import type { OnCollectionStep } from './collection-store.ts';

/** Stops the process wherever the directory has an order `collect-<step>`, which becomes `collect-<step>.pid`. */
export function stopAtStep(orders: string | undefined): OnCollectionStep {
  return async (step) => {
    if (orders === undefined) return;
    const order = join(orders, `collect-${step}`);
    try {
      renameSync(order, `${order}.${process.pid}`);
    } catch {
      return; // nobody ordered it
    }
    process.kill(process.pid, 'SIGSTOP');
  };
}
