/** Repeating requests that may be repeated: our own policy, because undici's knows neither tokens nor streams. */
import { TransportError } from '../../../errors/errors.ts';
import type { Answer } from './answer.ts';
import { isPassingStatus } from './refusal.ts';
import { retryAfterMs } from './retry-after.ts';
import type { Timing } from './timing.ts';
import { isHungUp, mayPass } from './transport-failure.ts';

/** How often an idempotent request is sent at most. With the delays below, a registry has 4 to 8 s to come back. */
export const attemptsMax = 5;

/**
 * How often, where no connection came about at a host that has never answered: its address is wrong more often than it is
 * just starting, and whoever wrote it is to know within about a second.
 */
const attemptsUnansweredMax = 3;

/** First delay; each further one is twice as long. */
const backoffMs = 500;
const backoffMsMax = 8_000;

/** Longest `Retry-After` we sit out; whoever asks for more is reported, so that the caller may do something else. */
export const retryAfterMsMax = 60_000;

/** How patient one operation is. */
export interface RetryOptions {
  readonly timing: Timing;
  readonly attempts: number;
  /** Repeats only what is answered by a 429, which says that nothing was done. */
  readonly once?: boolean;
  readonly signal: AbortSignal | undefined;
  /** Whether the host has ever answered; taken for granted when absent. */
  readonly hasAnswered?: (host: string) => boolean;
}

type Outcome<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'again'; readonly delayMs: number };

/**
 * What `read` makes of the first answer worth reading: on 408, 425, 429, 5xx and lost connections the request is sent
 * again after a growing delay, or after the pause that its host asked for, which `send` sits out. The last answer is
 * read whatever it is.
 *
 * A body that breaks off while it is read counts as a lost connection, so `read` must have no effects.
 */
export async function sendRepeatedly<T>(
  send: (attempt: number) => Promise<Answer>,
  read: (answer: Answer) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  for (let attempt = 1; attempt < options.attempts; attempt += 1) {
    const outcome = await sendOnce(send, read, attempt, options);
    if (outcome.kind === 'done') return outcome.value;
    await options.timing.sleep(outcome.delayMs, options.signal);
  }
  return await readAndFree(await send(options.attempts), read);
}

/** The delay before the attempt after this one: exponential, and spread so that clients do not come back all at once. */
export function backoffDelayMs(attempt: number, timing: Timing): number {
  const delayMs = Math.min(backoffMs * 2 ** (attempt - 1), backoffMsMax);
  return delayMs * (0.5 + timing.random() / 2);
}

/**
 * The delay before sending again what was answered so; undefined when the answer is final, or asks for too long. None of
 * its own where the host has asked everybody for a pause: host-memory.ts.
 */
export function repeatDelayMs(answer: Answer, attempt: number, timing: Timing): number | undefined {
  if (!isPassingStatus(answer.status)) return undefined;
  const asked = retryAfterMs(answer, timing.now());
  if (asked !== undefined) return asked > retryAfterMsMax ? undefined : 0;
  return answer.status === 429 ? 0 : backoffDelayMs(attempt, timing);
}

async function sendOnce<T>(
  send: (attempt: number) => Promise<Answer>,
  read: (answer: Answer) => Promise<T>,
  attempt: number,
  options: RetryOptions,
): Promise<Outcome<T>> {
  const { timing } = options;
  try {
    const answer = await send(attempt);
    const delayMs = repeatDelayMs(answer, attempt, timing);
    const mayRepeat = options.once !== true || answer.status === 429;
    if (delayMs === undefined || !mayRepeat) return { kind: 'done', value: await readAndFree(answer, read) };
    await answer.discard();
    return { kind: 'again', delayMs };
  } catch (error) {
    if (options.once === true || !(error instanceof TransportError) || !mayPass(error)) throw error;
    if (attempt >= attemptsUnansweredMax && isUnanswered(error, options)) throw error;
    // A registry closes idle connections when it likes, even while our request is on its way: nothing is wrong then.
    return { kind: 'again', delayMs: attempt === 1 && isHungUp(error) ? 0 : backoffDelayMs(attempt, timing) };
  }
}

function isUnanswered(error: TransportError, { hasAnswered }: RetryOptions): boolean {
  return error.fields['reached'] === false && hasAnswered?.(String(error.fields['registry'])) === false;
}

async function readAndFree<T>(answer: Answer, read: (answer: Answer) => Promise<T>): Promise<T> {
  try {
    return await read(answer);
  } finally {
    await answer.discard();
  }
}
