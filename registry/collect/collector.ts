/** Collects what nothing keeps, while the registry goes on: one collection at a time, now and then or when asked. */
import type { CollectSettings } from '../../core/collect-settings.ts';
import { ConflictError } from '../../errors/errors.ts';
import type { OnRegistryEvent } from '../registry-event.ts';
import { carryOut, type Manner, wholePlan } from './carry-out.ts';
import { planCollection } from './collection-plan.ts';
import { type CollectionReport, type RetiredTag, reportOf } from './collection-report.ts';
import type { CollectionStore, OnCollectionStep } from './collection-store.ts';
import type { LeaseMark } from './leases.ts';
import type { RetentionStep } from './retention-step.ts';
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
  /** Ends the schedule, and waits for a collection that is under way. */
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

/** A collector whose first collection is due one interval after the start. */
export async function openCollector(init: CollectorInit): Promise<Collector> {
  const { store, settings, onEvent, now } = init;
  const time = await openRunningTime(store, init.uptime);
  let lastMark: LeaseMark = 0;
  let runsBegun = 0;
  let lastRun: CollectionRun | undefined;
  let underWay: CollectionRun | undefined;
  const runs = new Map<string, CollectionRun>();

  async function planNow(retired: readonly RetiredTag[]) {
    const { graceMs, untaggedForMs, previousDigests } = settings;
    const terms = { graceMs, untaggedForMs, previousDigests, ranMs: time.now(), lastMark, retired };
    return planCollection(store, { terms, seed: init.newSeed(), yieldTurn: init.yieldTurn });
  }

  async function collect(dryRun: boolean): Promise<CollectionReport> {
    const beganAt = now();
    const tags = await init.retention({ dryRun });
    const plan = await planNow(dryRun ? tags : []);
    await init.onStep('marked');
    const collected = dryRun ? wholePlan(plan) : await carryOut(store, plan, init);
    if (!dryRun) {
      await time.save();
      lastMark = plan.mark;
      store.leases.forget(settings.graceMs, plan.mark);
    }
    return reportOf({ dryRun, beganAt, endedAt: now(), tags, plan, collected });
  }

  async function collectAndTell(dryRun: boolean): Promise<CollectionReport> {
    try {
      const report = await collect(dryRun);
      if (!dryRun) onEvent({ kind: 'collected', report });
      return report;
    } catch (error) {
      onEvent({ kind: 'collection-failed', error });
      throw error;
    } finally {
      if (!dryRun) lastRun = underWay;
      underWay = undefined;
    }
  }

  function begin(dryRun: boolean): CollectionRun {
    if (underWay !== undefined) {
      throw new ConflictError({ code: 'COLLECTION_UNDER_WAY', message: 'a collection is under way already' });
    }
    runsBegun += 1;
    const run = { id: String(runsBegun), dryRun, report: collectAndTell(dryRun) };
    run.report.catch(() => {}); // whoever asks for it learns of it; the event told of it already
    underWay = run;
    runs.set(run.id, run);
    for (const id of runs.keys()) if (runs.size > rememberedRunsMax) runs.delete(id);
    return run;
  }

  const tick = () => {
    if (underWay === undefined) begin(false);
  };
  const timer = settings.everyMs === undefined ? undefined : setInterval(tick, settings.everyMs).unref();

  return {
    begin: ({ dryRun }) => begin(dryRun),
    find: (id) => runs.get(id),
    last: () => lastRun,
    isUnderWay: () => underWay !== undefined,
    async close() {
      clearInterval(timer);
      await underWay?.report.catch(() => {});
      // Time that is not saved makes everything younger: more is kept. A full disk must not stand in the way of closing.
      await time.save().catch(() => {});
    },
  };
}
