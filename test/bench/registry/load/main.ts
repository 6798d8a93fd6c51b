/** The process that makes the load: carries out orders, one after another, until it is let go. */
import process from 'node:process';
import type { LoadFailure, LoadOrder, LoadOutcome } from './load-order.ts';
import { makeLoad } from './make-load.ts';

process.on('message', async (order: LoadOrder) => {
  process.send?.(await carryOut(order));
});

async function carryOut(order: LoadOrder): Promise<LoadOutcome | LoadFailure> {
  try {
    return await makeLoad(order);
  } catch (error) {
    return { failed: String(error) };
  }
}
