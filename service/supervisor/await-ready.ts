/** Waiting until the API says that everything behind it works. */
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { TransportError } from '../../errors/errors.ts';

/** How often we ask. */
const readyPollMs = 50;

/** How long one answer may take. */
const readyAnswerTimeoutMs = 2_000;

/** What `awaitReady` asks. */
export interface ReadyQuestion {
  readonly url: string;
  /** Sent as bearer token: away from loopback the question is answered to nobody else. */
  readonly token: string;
  readonly timeoutMs: number;
}

/** Resolves once the URL answers 200; @throws TransportError PART_FAILED with the last answer when the time is over. */
export async function awaitReady(question: ReadyQuestion, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + question.timeoutMs;
  for (;;) {
    const answer = await readAnswer(question, signal);
    if (answer === '200') return;
    signal.throwIfAborted();
    if (performance.now() >= deadline) {
      const message = `the service was not ready after ${question.timeoutMs / 1000} s: ${question.url} answers ${answer}`;
      throw new TransportError({ code: 'PART_FAILED', message, fields: { part: 'api' } });
    }
    await delay(readyPollMs, undefined, { signal });
  }
}

/** The status of the answer, or the trouble, as text. */
function readAnswer({ url, token }: ReadyQuestion, signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${token}` };
    const request = get(url, { headers, signal, timeout: readyAnswerTimeoutMs, agent: false }, (response) => {
      response.resume();
      resolve(String(response.statusCode));
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', (error) => resolve(error.message));
  });
}
