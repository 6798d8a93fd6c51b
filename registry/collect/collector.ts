/** Collects what nothing keeps, while the registry goes on: one collection at a time, now and then or when asked. */
import type { CollectSettings } from '../../core/collect-settings.ts';
import { ConflictError, InputError } from '../../errors/errors.ts';
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
   * @throws ConflictError COLLECTION_UNDER_WAY; InputError REQUEST_INVALID for a time shorter than the grace.
   */
  begin(options: CollectionWish): CollectionRun;
  /** One of the last few that were begun. */
  find(id: string): CollectionRun | undefined;
  /** The last one that was no dry run and has ended. */
  last(): CollectionRun | undefined;
  isUnderWay(): boolean;
  /** Ends the schedule, and a collection that is under way at its next piece: another one goes on. */
  close(): Promise<void>;
}

/** What somebody asks of one collection. */
export interface CollectionWish {
  readonly dryRun: boolean;
  /** How long a manifest is kept after its last tag and its last pull, in this one; the settings say it when absent. */
  readonly untaggedForMs?: number;
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

  async function planNow(retired: readonly RetiredTag[], untaggedForMs = settings.untaggedForMs) {
    const terms = { ...settings, untaggedForMs, ranMs: time.now(), lastMark, retired };
    return planCollection(store, { terms, seed: init.newSeed(), yieldTurn });
  }

  async function collect({ dryRun, untaggedForMs }: CollectionWish): Promise<CollectionReport> {
    const beganAt = now();
    if (!dryRun) time.noteCollection(time.now());
    const tags = await init.retention({ dryRun });
    const plan = await planNow(dryRun ? tags : [], untaggedForMs);
    await init.onStep('marked');
    const collected = dryRun ? wholePlan(plan) : await carryOut(store, plan, { ...init, yieldTurn });
    if (!dryRun) {
      await time.save();
      lastMark = plan.mark;
      store.leases.forget(settings.graceMs, plan.mark);
    }
    return reportOf({ dryRun, beganAt, endedAt: now(), tags, plan, collected });
  }

  async function collectAndTell(wish: CollectionWish): Promise<CollectionReport> {
    const lastAt = time.collectedAt();
    try {
      const report = await collect(wish);
      if (!wish.dryRun) onEvent({ kind: 'collected', report });
      return report;
    } catch (error) {
      if (closing.signal.aborted) time.noteCollection(lastAt);
      else onEvent({ kind: 'collection-failed', error });
      throw error;
    } finally {
      if (!wish.dryRun) lastRun = underWay;
      underWay = undefined;
    }
  }

  function begin(wish: CollectionWish): CollectionRun {
    assertLongEnough(wish, settings);
    if (underWay !== undefined) throw underWayAlready();
    runsBegun += 1;
    const run = { id: String(runsBegun), dryRun: wish.dryRun, report: collectAndTell(wish) };
    run.report.catch(() => {}); // whoever asks for it learns of it; the event told of it already
    underWay = run;
    remember(runs, run);
    return run;
  }

  function beginIfDue(everyMs: number): void {
    // Before that everything counts as asked for, and a collection would take nothing away.
    const isOld = init.uptime() - openedAt >= Math.min(everyMs, settings.graceMs);
    if (underWay === undefined && isOld && time.now() - time.collectedAt() >= everyMs) begin({ dryRun: false });
  }

  const timer = everyMs === undefined ? undefined : setInterval(beginIfDue, dueEveryMs(everyMs), everyMs).unref();

  return {
    begin,
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

function remember(runs: Map<string, CollectionRun>, run: CollectionRun): void {
  runs.set(run.id, run);
  for (const id of runs.keys()) if (runs.size > rememberedRunsMax) runs.delete(id);
}

/** Leases would keep what a push was told of all the same; nobody should believe that less was kept. */
function assertLongEnough({ untaggedForMs }: CollectionWish, { graceMs }: CollectSettings): void {
  if (untaggedForMs === undefined || untaggedForMs >= graceMs) return;
  const asked = `${untaggedForMs / 1000} s`;
  const message = `untagged content stays for ${graceMs / 1000} s in any case, not ${asked}: a push may still need it`;
  const wayOut = 'ask for no less than embedded.collect.grace, or make that shorter in the configuration';
  throw new InputError({ code: 'REQUEST_INVALID', message, wayOut });
}

function underWayAlready(): ConflictError {
  return new ConflictError({ code: 'COLLECTION_UNDER_WAY', message: 'a collection is under way already' });
}
