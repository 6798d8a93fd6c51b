/** Scrubs while the registry goes on: one at a time, now and then or when asked. */

import type { ScrubSettings } from '../../core/scrub-settings.ts';
import { ConflictError } from '../../errors/errors.ts';
import type { OnRegistryEvent } from '../registry-event.ts';
import { type ScrubInit, scrub } from './scrub.ts';
import type { ScrubCounts, ScrubReport } from './scrub-report.ts';
import type { ScrubStore } from './scrub-store.ts';

export interface Scrubber {
  /**
   * Begins one, at another rate than the usual if that is asked for.
   * @throws ConflictError SCRUB_UNDER_WAY.
   */
  begin(options: { readonly bytesPerSecond?: number }): ScrubRun;
  /** The one under way, else the last. */
  latest(): ScrubRun | undefined;
  /** Ends the schedule and the scrub under way: the next one begins anew. */
  close(): Promise<void>;
}

export interface ScrubRun {
  readonly id: string;
  read(): ScrubCounts;
  /** Rejects when it could not go on. */
  readonly report: Promise<ScrubReport>;
}

export interface ScrubberInit {
  readonly store: ScrubStore;
  readonly settings: ScrubSettings;
  readonly onEvent: OnRegistryEvent;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** A clock that goes on evenly, in milliseconds. */
  readonly uptime: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** How often it is looked whether one is due: nobody waits for that. */
const dueEveryMs = 60 * 60 * 1000;

/** Waits are not shorter, in milliseconds: timers cost more than they save then. */
const waitMsMin = 10;

const nothingRead: ScrubCounts = { blobs: 0, bytes: 0, repositories: 0, manifests: 0, tags: 0 };

/** A scrubber that knows how the last scrub ended, also of an earlier process. */
export async function openScrubber(init: ScrubberInit): Promise<Scrubber> {
  const { store, settings, onEvent, now } = init;
  const closing = new AbortController();
  let runs = 0;
  let run: ScrubRun | undefined = recall(await store.readLastScrub());
  let underWay: Promise<unknown> | undefined;
  let lastEndedAt = (await run?.report)?.endedAt;

  async function scrubAndTell(bytesPerSecond: number, onRead: ScrubInit['onRead']): Promise<ScrubReport> {
    const { signal } = closing;
    const pace = openPace(init, bytesPerSecond, signal);
    try {
      const report = await scrub({
        ...{ store, now, signal, pace, onRead },
        onDamage: (file) => onEvent({ kind: 'damage-found', file }),
      });
      await store.writeLastScrub(`${JSON.stringify(report)}\n`);
      lastEndedAt = report.endedAt;
      onEvent({ kind: 'scrubbed', report });
      return report;
    } catch (error) {
      if (!signal.aborted) onEvent({ kind: 'scrub-failed', error });
      throw error;
    }
  }

  function begin(bytesPerSecond: number): ScrubRun {
    if (underWay !== undefined) throw new ConflictError({ code: 'SCRUB_UNDER_WAY', message: 'a scrub is under way' });
    let counts = nothingRead;
    const scrubbing = scrubAndTell(bytesPerSecond, (read) => {
      counts = { ...read };
    });
    const report = scrubbing.finally(() => {
      underWay = undefined;
    });
    underWay = report.catch(() => {});
    runs += 1;
    run = { id: `${now()}-${runs}`, read: () => counts, report };
    return run;
  }

  function beginIfDue(): void {
    const { everyMs, bytesPerSecond } = settings;
    if (everyMs === undefined || underWay !== undefined) return;
    const agoMs = now() - (lastEndedAt ?? 0);
    // One that ended in the future did so by a clock that was wrong: nobody knows how long ago that is.
    if (agoMs >= everyMs || agoMs < 0) begin(bytesPerSecond);
  }

  const timer = setInterval(beginIfDue, dueEveryMs).unref();

  return {
    begin: ({ bytesPerSecond = settings.bytesPerSecond }) => begin(bytesPerSecond),
    latest: () => run,
    async close() {
      clearInterval(timer);
      closing.abort();
      await underWay;
    },
  };
}

/** Time that was not used is not saved up: after a pause the rate is as ever. */
function openPace({ uptime, wait }: ScrubberInit, bytesPerSecond: number, signal: AbortSignal): ScrubInit['pace'] {
  let freeAt = uptime();
  return async (sizeBytes) => {
    const at = uptime();
    freeAt = Math.max(freeAt, at) + (sizeBytes * 1000) / bytesPerSecond;
    if (freeAt - at >= waitMsMin) await wait(freeAt - at, signal);
  };
}

function recall(text: string | undefined): ScrubRun | undefined {
  const report = text === undefined ? undefined : parseReport(text);
  return report && { id: 'last', read: () => report.read, report: Promise.resolve(report) };
}

/** It is of our own writing; what cannot be read is as if it had never been. */
function parseReport(text: string): ScrubReport | undefined {
  try {
    const report = JSON.parse(text) as Partial<ScrubReport>;
    return typeof report.endedAt === 'number' && Array.isArray(report.damaged) ? (report as ScrubReport) : undefined;
  } catch {
    return undefined;
  }
}
