/** Work during which a registry that serves collects nothing. */
import type { RegistryAdmin } from '../../api/client/registry-admin.ts';
import {
  collectionHoldEndSchema,
  collectionHoldSchema,
  collectionHoldsPath,
} from '../../api/registry/collection-hold.ts';
import { CodedError, ConflictError } from '../../errors/errors.ts';

export interface HeldWork<Result> {
  readonly admin: RegistryAdmin;
  readonly id: string;
  readonly why: string;
  /** The process that must be the one that answers. */
  readonly server: { readonly host: string; readonly pid: number };
  readonly signal: AbortSignal;
  readonly work: (signal: AbortSignal) => Promise<Result>;
}

/** Renewals in the time that a hold lasts: some may fail. */
const renewalsPerHold = 5;

/**
 * Runs the work under a hold, which ends with it.
 * @throws ConflictError COLLECTION_HOLD_LOST when the registry was restarted or another one answers: repeat the work.
 */
export async function whileCollectionHeld<Result>(held: HeldWork<Result>): Promise<Result> {
  const { lastsMs } = await hold(held, 'begin');
  const lost = new AbortController();
  let failuresInRow = 0;
  let renewing: Promise<void> = Promise.resolve();

  async function renew(): Promise<void> {
    try {
      await hold(held, 'renew');
      failuresInRow = 0;
    } catch (error) {
      failuresInRow += 1;
      const final = error instanceof CodedError && error.code === 'COLLECTION_HOLD_LOST';
      if (final || failuresInRow >= renewalsPerHold - 1) lost.abort(error);
    }
  }

  const timer = setInterval(() => {
    renewing = renewing.then(renew);
  }, lastsMs / renewalsPerHold);
  try {
    const result = await held.work(AbortSignal.any([held.signal, lost.signal]));
    clearInterval(timer);
    await renewing;
    // It must have lasted to the very end.
    await hold(held, 'renew');
    return result;
  } finally {
    clearInterval(timer);
    await renewing;
    await release(held);
  }
}

async function hold({ admin, id, why, server, signal }: HeldWork<unknown>, purpose: 'begin' | 'renew') {
  const answer = await admin.request({
    ...{ method: 'POST', path: collectionHoldsPath, schema: collectionHoldSchema, signal },
    body: { id, why },
  });
  if (answer.server.host !== server.host || answer.server.pid !== server.pid) {
    throw holdLost(`process ${answer.server.pid} on ${answer.server.host} answers at ${admin.url}, not ${server.pid}`);
  }
  if (purpose === 'renew' && !answer.renewed) throw holdLost(`the hold had ended at ${admin.url}`);
  return answer;
}

function holdLost(message: string): ConflictError {
  return new ConflictError({ code: 'COLLECTION_HOLD_LOST', message });
}

/** It would end by itself soon. */
async function release({ admin, id }: HeldWork<unknown>): Promise<void> {
  const path = `${collectionHoldsPath}/${id}`;
  await admin.request({ method: 'DELETE', path, schema: collectionHoldEndSchema }).catch(() => undefined);
}
