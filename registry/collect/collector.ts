/** Collects what nothing keeps, while the registry goes on: one collection at a time, now and then or when asked. */
import type { CollectSettings } from '../../core/collect-settings.ts';
import { ConflictError } from '../../errors/errors.ts';
import type { OnRegistryEvent } from '../registry-event.ts';
import { carryOut, type Manner, wholePlan } from './carry-out.ts';
import { planCollection } from './collection-plan.ts';
import { type CollectionReport, reportOf } from './collection-report.ts';
import type { CollectionStore, OnCollectionStep } from './collection-store.ts';
import type { LeaseMark } from './leases.ts';
import type { RetentionStep } from './retention-step.ts';
import type { RetiredTag } from './retired-tag.ts';
import { openRunningTime } from './running-time.ts';

export interface Collector {
  /**
   * Begins to collect, or to look what it would collect.
   * @throws ConflictError COLLECTION_UNDER_WAY.
   */
  begin(options: { readonly dryRun: boolean }): CollectionRun;
  /** One of the last few that were begun. */
  find(id: string): CollectionRun | undefined;
  /** The last one that was no dry run and has ended. */
  last(): CollectionRun | undefined;
  isUnderWay(): boolean;
  /** Ends the schedule, and a collection that is under way at its next piece: another one goes on. */
  close(): Promise<void>;
}

export interface CollectionRun {
  readonly id: string;
  readonly dryRun: boolean;
  /** Rejects with IntegrityError COLLECTION_UNSAFE when something could not be read: then nothing was taken away. */
  readonly report: Promise<CollectionReport>;
}

/** Runs that can be asked about after they ended. */
const rememberedRunsMax = 20;

export interface CollectorInit extends Manner {
  readonly store: CollectionStore;
  readonly settings: CollectSettings;
  /** Names the tags that are to go first. */
  readonly retention: RetentionStep;
  readonly onEvent: OnRegistryEvent;
  readonly onStep: OnCollectionStep;
  /** Epoch milliseconds, for reports alone. */
  readonly now: () => number;
  /** A clock that goes on evenly, in milliseconds. */
  readonly uptime: () => number;
  /** Any 32 bits. */
  readonly newSeed: () => number;
}

/** How often it is looked whether one is due. */
const dueEveryMsMax = 10 * 60 * 1000;

/** Looks in the time between two collections: one that is due a little later than that waits for the next look. */
const looksPerInterval = 6;

/** A timer of its own for the whole of an interval would know nothing of restarts, and cannot wait for a month. */
function dueEveryMs(everyMs: number): number {
  return Math.min(everyMs / looksPerInterval, dueEveryMsMax);
}

/** A collector whose next collection is due one interval of running time after the last one, in whatever process that was. */
export async function openCollector(init: CollectorInit): Promise<Collector> {
  const { store, settings, onEvent, now } = init;
  const { everyMs } = settings;
  const openedAt = init.uptime();
  const time = await openRunningTime(store, init.uptime);
  let lastMark: LeaseMark = 0;
  let runsBegun = 0;
  let lastRun: CollectionRun | undefined;
  let underWay: CollectionRun | undefined;
  const runs = new Map<string, CollectionRun>();
  const closing = new AbortController();

  const yieldTurn = turnsUntil(closing.signal, init.yieldTurn);

  async function planNow(retired: readonly RetiredTag[]) {
    const terms = { ...settings, ranMs: time.now(), lastMark, retired };
    return planCollection(store, { terms, seed: init.newSeed(), yieldTurn });
  }

  async function collect(dryRun: boolean): Promise<CollectionReport> {
    const beganAt = now();
    if (!dryRun) time.noteCollection(time.now());
    const tags = await init.retention({ dryRun });
    const plan = await planNow(dryRun ? tags : []);
    await init.onStep('marked');
    const collected = dryRun ? wholePlan(plan) : await carryOut(store, plan, { ...init, yieldTurn });
    if (!dryRun) {
      await time.save();
      lastMark = plan.mark;
      store.leases.forget(settings.graceMs, plan.mark);
    }
    return reportOf({ dryRun, beganAt, endedAt: now(), tags, plan, collected });
  }

  async function collectAndTell(dryRun: boolean): Promise<CollectionReport> {
    const lastAt = time.collectedAt();
    try {
      const report = await collect(dryRun);
      if (!dryRun) onEvent({ kind: 'collected', report });
      return report;
    } catch (error) {
      if (closing.signal.aborted) time.noteCollection(lastAt);
      else onEvent({ kind: 'collection-failed', error });
      throw error;
    } finally {
      if (!dryRun) lastRun = underWay;
      underWay = undefined;
    }
  }

  function begin(dryRun: boolean): CollectionRun {
    if (underWay !== undefined) throw underWayAlready();
    runsBegun += 1;
    const run = { id: String(runsBegun), dryRun, report: collectAndTell(dryRun) };
    run.report.catch(() => {}); // whoever asks for it learns of it; the event told of it already
    underWay = run;
    runs.set(run.id, run);
    forgetOldest(runs);
    return run;
  }

  function beginIfDue(everyMs: number): void {
    // Before that everything counts as asked for, and a collection would take nothing away.
    const isOld = init.uptime() - openedAt >= Math.min(everyMs, settings.graceMs);
    if (underWay === undefined && isOld && time.now() - time.collectedAt() >= everyMs) begin(false);
  }

  const timer = everyMs === undefined ? undefined : setInterval(beginIfDue, dueEveryMs(everyMs), everyMs).unref();

  return {
    begin: ({ dryRun }) => begin(dryRun),
    find: (id) => runs.get(id),
    last: () => lastRun,
    isUnderWay: () => underWay !== undefined,
    async close() {
      clearInterval(timer);
      closing.abort();
      await underWay?.report.catch(() => {});
      // Time that is not saved makes everything younger: more is kept. A full disk must not stand in the way of closing.
      await time.save().catch(() => {});
    },
  };
}

function turnsUntil(ended: AbortSignal, yieldTurn: () => Promise<void>): () => Promise<void> {
  return async () => {
    ended.throwIfAborted();
    await yieldTurn();
  };
}

function forgetOldest(runs: Map<string, CollectionRun>): void {
  for (const id of runs.keys()) if (runs.size > rememberedRunsMax) runs.delete(id);
}

function underWayAlready(): ConflictError {
  return new ConflictError({ code: 'COLLECTION_UNDER_WAY', message: 'a collection is under way already' });
}
