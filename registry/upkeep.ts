/** What looks after the content while the registry serves: collection, what holds it off, and scrubs. */
import { randomInt } from 'node:crypto';
import { setTimeout as pause, setImmediate } from 'node:timers/promises';
import { type CollectionHolds, openCollectionHolds } from './archive/collection-holds.ts';
import { openScrubber, type Scrubber } from './archive/scrubber.ts';
import type { OnCollectionStep } from './collect/collection-store.ts';
import { type Collector, openCollector } from './collect/collector.ts';
import { openRetention } from './collect/retention.ts';
import type { DiskStorage } from './disk-storage.ts';
import type { OnRegistryEvent } from './registry-event.ts';
import type { RegistrySettings } from './registry-settings.ts';
import { reportTags } from './tags/report-tags.ts';

export interface Upkeep {
  readonly collector: Collector;
  readonly holds: CollectionHolds;
  readonly scrubber: Scrubber;
}

export interface UpkeepInit {
  readonly storage: DiskStorage;
  readonly settings: RegistrySettings;
  readonly onEvent: OnRegistryEvent;
  readonly onStep: OnCollectionStep;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** A clock that goes on evenly, in milliseconds. */
  readonly uptime: () => number;
}

/** All of it, on the schedules of the settings. */
export async function openUpkeep({ storage, settings, onEvent, onStep, now, uptime }: UpkeepInit): Promise<Upkeep> {
  const holds = openCollectionHolds(uptime);
  const yieldTurn = () => setImmediate();
  const { unlessHeld } = holds;
  const retention = openRetention({
    ...{ storage, settings: settings.retention, tagRules: settings, now, unlessHeld, yieldTurn },
    onRetired: (repository, changed) => reportTags(onEvent, repository, [changed]),
  });
  const collector = await openCollector({
    store: storage.collection,
    settings: settings.collect,
    ...{ retention, onEvent, onStep, now, uptime, yieldTurn, unlessHeld },
    newSeed: () => randomInt(2 ** 32),
  });
  const scrubber = await openScrubber({
    store: storage.scrubbing,
    settings: settings.scrub,
    ...{ onEvent, now, uptime },
    wait: (ms, signal) => pause(ms, undefined, { signal, ref: false }),
  });
  return { collector, holds, scrubber };
}

/** Ends the schedules, and what is under way. */
export async function closeUpkeep({ collector, scrubber }: Upkeep): Promise<void> {
  await Promise.all([collector.close(), scrubber.close()]);
}
