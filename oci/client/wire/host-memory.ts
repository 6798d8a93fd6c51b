/** What a client has learnt of each host: whether there is one, and until when it wants to be left alone. */
import type { Answer } from './answer.ts';
import { isPassingStatus } from './refusal.ts';
import { backoffDelayMs, retryAfterMsMax } from './retry.ts';
import { retryAfterMs } from './retry-after.ts';
import type { Timing } from './timing.ts';

/** One memory serves all requests of a client, so what one of them is told the others heed. */
export interface HostMemory {
  /** Resolves when nobody asks us any more to leave the host alone, after a minute at most. */
  passed(host: string, signal?: AbortSignal): Promise<void>;
  /** Takes note of an answer to a request that was sent then, just now when absent. */
  note(answer: Answer, sentAt?: number): void;
  /** Whether any request to the host has ever been answered. */
  hasAnswered(host: string): boolean;
}

/** Most hosts we remember: a registry may redirect every blob to another one. Who answered longest ago is forgotten. */
const hostsMax = 256;

interface HostState {
  /** On the clock of `timing`; in the past when nothing is asked of us. */
  pausedUntil: number;
  /** Pauses in a row that the host asked for without saying how long. */
  pauses: number;
}

/** A memory of nothing. */
export function openHostMemory(timing: Timing): HostMemory {
  const hosts = new Map<string, HostState>();
  return {
    async passed(host, signal) {
      // No request sits out more than one longest pause: a host that always asks for another must not hold it for ever.
      const patienceEndsAt = timing.now() + retryAfterMsMax;
      for (;;) {
        const waitMs = Math.min(hosts.get(host)?.pausedUntil ?? 0, patienceEndsAt) - timing.now();
        if (waitMs <= 0) return;
        await timing.sleep(waitMs, signal);
      }
    },
    note(answer, sentAt = timing.now()) {
      const { host } = answer.url;
      const state = hosts.get(host) ?? { pausedUntil: 0, pauses: 0 };
      hosts.delete(host);
      hosts.set(host, state);
      const [oldest] = hosts.size > hostsMax ? hosts.keys() : [];
      if (oldest !== undefined) hosts.delete(oldest);
      const now = timing.now();
      const isPaused = now < state.pausedUntil;
      const asked = isPassingStatus(answer.status) ? retryAfterMs(answer, now) : undefined;
      if (asked === undefined && answer.status !== 429) {
        // What was on its way when the pause began says nothing about it, however late it is answered.
        if (sentAt >= state.pausedUntil) state.pauses = 0;
        return;
      }
      // Several requests are refused at once when there is one too many: together they make one pause.
      if (asked === undefined && !isPaused) state.pauses += 1;
      const pauseMs = asked ?? (isPaused ? 0 : backoffDelayMs(state.pauses, timing));
      state.pausedUntil = Math.max(state.pausedUntil, now + Math.min(pauseMs, retryAfterMsMax));
    },
    hasAnswered: (host) => hosts.has(host),
  };
}
