/** Keeping one part alive: when it dies it is started again, later and later, until somebody closes it. */
import { setTimeout as delay } from 'node:timers/promises';
import { CodedError } from '../../errors/errors.ts';
import { restartDelayMs, steadyAfterMs } from './backoff.ts';
import type { ServiceEvent } from './service-event.ts';
import { type PartCommand, type RunningPart, startPart } from './start-part.ts';

/** A part that is started again whenever it dies. */
export interface KeptPart {
  readonly name: string;
  /** Where it listens: the same after every restart. */
  readonly url: string | undefined;
  /** Ends it for good, in whatever state it is. */
  close(): Promise<void>;
}

/** What `keepPart` needs. */
export interface KeepPartInit {
  readonly name: string;
  /** The command; `url` is where the part listened before (undefined at first), so that it can come back there. */
  readonly command: (url: string | undefined) => PartCommand;
  readonly onEvent: (event: ServiceEvent) => void;
  /** Ends a first start that is still under way. */
  readonly signal: AbortSignal;
}

/** Starts the part and keeps it; @throws what `startPart` throws when the first start fails. */
export async function keepPart(init: KeepPartInit): Promise<KeptPart> {
  const { name, onEvent } = init;
  const first = await startPart(name, init.command(undefined), init.signal);
  onEvent({ kind: 'part-started', part: name, pid: first.pid, url: first.url });
  const closing = new AbortController();
  const kept = keep(init, first, closing.signal);
  return {
    name,
    url: first.url,
    close: async () => {
      closing.abort();
      await kept;
    },
  };
}

/** Returns when it is told to close and the part is gone. */
async function keep(init: KeepPartInit, first: RunningPart, closing: AbortSignal): Promise<void> {
  const { name, onEvent } = init;
  let failures = 0;
  for (let running = first; ; ) {
    const startedAt = performance.now();
    const exit = await Promise.race([running.exit, aborted(closing)]);
    if (exit === 'aborted' || closing.aborted) return running.close();
    failures = performance.now() - startedAt >= steadyAfterMs ? 1 : failures + 1;
    const { exitCode, signal } = exit;
    const { pid } = running;
    onEvent({ kind: 'part-exited', part: name, pid, exitCode, signal, restartDelayMs: restartDelayMs(failures) });
    const next = await restart(init, first.url, failures, closing);
    if (next === undefined) return;
    failures = next.failures;
    running = next.running;
    onEvent({ kind: 'part-restarted', part: name, pid: running.pid, url: running.url });
  }
}

interface Restarted {
  readonly running: RunningPart;
  /** Failures in a row so far. */
  readonly failures: number;
}

/** Tries until the part works; undefined when it was told to close meanwhile. */
async function restart(
  init: KeepPartInit,
  url: string | undefined,
  failuresBefore: number,
  closing: AbortSignal,
): Promise<Restarted | undefined> {
  for (let failures = failuresBefore; ; failures += 1) {
    try {
      await delay(restartDelayMs(failures), undefined, { signal: closing });
      return { running: await startPart(init.name, init.command(url), closing), failures };
    } catch (error) {
      if (closing.aborted) return undefined;
      init.onEvent(restartFailed(init.name, error, restartDelayMs(failures + 1)));
    }
  }
}

function restartFailed(part: string, error: unknown, delayMs: number): ServiceEvent {
  const code = error instanceof CodedError ? error.code : 'PART_FAILED';
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'part-restart-failed', part, code, message, restartDelayMs: delayMs };
}

function aborted(signal: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
}
