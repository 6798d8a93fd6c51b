/** The load, from a process of its own: what makes it must not wait for what measures it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from '../../e2e/clean-environment.ts';
import type { LoadFailure, LoadOrder, LoadOutcome } from './load/load-order.ts';

export interface Load {
  /**
   * What came of the order; one at a time.
   * @throws Error when an answer was not what it must be.
   */
  make(order: LoadOrder): Promise<LoadOutcome>;
  close(): Promise<void>;
}

const entry = fileURLToPath(new URL('./load/main.ts', import.meta.url));

/** Starts the process. */
export function openLoad(): Load {
  const child = fork(entry, [], { env: cleanEnvironment(), execArgv: [] });
  const gone = once(child, 'exit');
  const lost = gone.then(([code]) => Promise.reject(new Error(`the load ended by itself: ${code}`)));
  lost.catch(() => undefined);
  return {
    async make(order) {
      const answered = once(child, 'message');
      child.send(order);
      const [outcome] = await Promise.race([answered, lost]);
      return mustSucceed(outcome, order);
    },
    async close() {
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}

function mustSucceed(outcome: LoadOutcome | LoadFailure, { port }: LoadOrder): LoadOutcome {
  if ('failed' in outcome) throw new Error(`port ${port}: ${outcome.failed}`);
  return outcome;
}
