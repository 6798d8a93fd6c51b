/** What one attempt to send a blob came to. */
import { IntegrityError } from '../../../errors/errors.ts';
import type { Answer } from '../wire/answer.ts';
import { type Asked, type Refusal, readRefusal, refusalError } from '../wire/refusal.ts';
import { backoffDelayMs, repeatDelayMs } from '../wire/retry.ts';
import type { Timing } from '../wire/timing.ts';

/** The end of an attempt that was not final. */
export type Outcome =
  | { readonly kind: 'stored' }
  /** The registry does not take the bytes this way, or that many at once; another way may do. */
  | { readonly kind: 'refused'; readonly status: number; readonly error: Error }
  | Setback;

/** An attempt that failed in a way another may not. */
export interface Setback {
  readonly kind: 'setback';
  readonly error: Error;
  /** The registry may have stored the blob all the same: it is asked before the bytes are sent again. */
  readonly mayBeStored: boolean;
  /** The session may live on, and is to be cancelled. */
  readonly isSessionLeft: boolean;
  readonly delayMs: number;
}

/** Codes that mean the session is gone, not that the blob is unwelcome. */
const sessionLostCodes: ReadonlySet<string> = new Set(['BLOB_UPLOAD_INVALID', 'BLOB_UPLOAD_UNKNOWN']);

/** distribution 3 answers a 416 with this code to a session whose state is stale; a second one means something else. */
const staleStateCode = 'RANGE_INVALID';

/** Answers that say: not this way. 413 is often a proxy's, 411 and 501 too. */
const wayRefusedStatuses: ReadonlySet<number> = new Set([400, 405, 411, 413, 416, 501]);

/** Codes of 400 answers that no other way would change. */
const contentRefusedCodes: ReadonlySet<string> = new Set(['DENIED', 'NAME_INVALID', 'UNAUTHORIZED']);

/** Whether the request was a success; ECR answers 201 to a PATCH, others 204 to a PUT. */
export function isTaken(answer: Answer): boolean {
  return answer.status >= 200 && answer.status <= 204;
}

/**
 * What the answer to a part of an upload means that is no success. `mayBeStored` tells whether it was the last part.
 * @throws what is final.
 */
export async function readUploadRefusal(
  answer: Answer,
  asked: Asked,
  options: { readonly timing: Timing; readonly attempt: number; readonly mayBeStored: boolean },
): Promise<Exclude<Outcome, { kind: 'stored' }>> {
  const { timing, attempt, mayBeStored } = options;
  const passingDelayMs = answer.status === 501 ? undefined : repeatDelayMs(answer, attempt, timing);
  const refusal = await readRefusal(answer);
  const error = uploadError(refusal, asked);
  if (passingDelayMs !== undefined) {
    // A host's own pause begins anew with each session that it opens for us, and would never grow.
    const isUntold = refusal.status === 429 && answer.header('retry-after') === undefined;
    const delayMs = isUntold ? backoffDelayMs(attempt, timing) : passingDelayMs;
    return { kind: 'setback', error, mayBeStored: mayBeStored && refusal.status !== 429, isSessionLeft: true, delayMs };
  }
  if (isSessionLost(refusal) || (mayBeStored && attempt === 1 && isStateStale(refusal))) {
    // GHCR commits slowly, then says the session is unknown when asked again, though the blob is there (jib #4301).
    const delayMs = backoffDelayMs(attempt, timing);
    return { kind: 'setback', error, mayBeStored, isSessionLeft: false, delayMs };
  }
  if (!(error instanceof IntegrityError) && isWayRefused(refusal)) {
    return { kind: 'refused', status: refusal.status, error };
  }
  throw error;
}

/** A bare 404 too: the repository took the POST a moment ago, so it is the session that is not found. */
function isSessionLost(refusal: Refusal): boolean {
  const { status, specCodes } = refusal;
  return specCodes.some((code) => sessionLostCodes.has(code)) || (status === 404 && specCodes.length === 0);
}

function isStateStale({ status, specCodes }: Refusal): boolean {
  return status === 416 && specCodes.includes(staleStateCode);
}

function isWayRefused({ status, specCodes }: Refusal): boolean {
  if (status === 400 && specCodes.some((code) => contentRefusedCodes.has(code))) return false;
  return wayRefusedStatuses.has(status);
}

function uploadError(refusal: Refusal, asked: Asked): Error {
  if (!refusal.specCodes.includes('DIGEST_INVALID')) return refusalError(refusal, asked);
  return new IntegrityError({
    code: 'DIGEST_MISMATCH',
    message: `registry found other bytes than the digest says: ${asked.operation} ${asked.subject}`,
  });
}
