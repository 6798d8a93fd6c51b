/** Waiting for something that real processes do: looks again and again, until a deadline. */
import { setTimeout as delay } from 'node:timers/promises';

/** How long something may take before the test fails: machines are slow and shared. */
const waitMsMax = 60_000;

/** Between two looks. */
const lookEveryMs = 25;

/** Resolves with the first answer that is not false or undefined; fails with the name of what never happened. */
export async function waitUntil<Answer>(
  what: string,
  look: () => Promise<Answer | false | undefined>,
  timeoutMs = waitMsMax,
): Promise<Answer> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await look();
    if (answer !== false && answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`did not happen within ${timeoutMs} ms: ${what}`);
    await delay(lookEveryMs);
  }
}
