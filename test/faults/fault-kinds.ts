/** What is done to a service while one of its workers stands still at a step. */
import type { FaultWorld } from './fault-world.ts';

export interface FaultKind {
  readonly name: string;
  /** Leaves the worker dead or running. */
  inflict(world: FaultWorld, worker: number): Promise<void>;
}

/** Each of them kills one process. */
export const faultKinds: readonly FaultKind[] = [
  {
    name: 'the worker is killed',
    inflict: async (_, worker) => {
      process.kill(worker, 'SIGKILL');
    },
  },
  {
    name: 'Redis is killed',
    inflict: async (world, worker) => {
      await world.killPart('redis');
      world.resume(worker);
    },
  },
  {
    name: 'the API is killed',
    inflict: async (world, worker) => {
      await world.killPart('api');
      world.resume(worker);
    },
  },
];
