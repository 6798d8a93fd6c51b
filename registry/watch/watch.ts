/** What watches over the registry: its journal of events, its counters, the counts of pulls, the limit of requests. */
import type { OnRegistryEvent, RegistryEvent } from '../registry-event.ts';
import type { RegistrySettings } from '../registry-settings.ts';
import type { Storage } from '../storage.ts';
import { openContentGauge } from './content-gauge.ts';
import { type FollowerRoom, openFollowerRoom } from './follower-room.ts';
import { type Journal, openJournal } from './journal.ts';
import { journalRecordsOf } from './journal-records.ts';
import { openPullTally } from './pull-tally.ts';
import { openRateLimit, type RateLimit } from './rate-limit.ts';
import { openRegistryMetrics, type RegistryMetrics } from './registry-metrics.ts';
import type { Traffic } from './traffic.ts';

export interface RegistryWatch {
  readonly journal: Journal;
  readonly followers: FollowerRoom;
  readonly metrics: RegistryMetrics;
  readonly rateLimit: RateLimit;
  readonly version: string;
  /** Bytes of all content, once they were counted. */
  readonly contentBytes: () => number | undefined;
  /** When the certificate that is shown ends, in epoch milliseconds; undefined without TLS. */
  readonly certificateEndsAt: () => number | undefined;
  /** Of the server, once it is there. */
  traffic: Traffic | undefined;
  readonly observe: OnRegistryEvent;
  /** Lets go of whoever waits. */
  close(): void;
}

export interface WatchInit {
  /** Random text that no other process has. */
  readonly instance: string;
  readonly version: string;
  readonly settings: Pick<RegistrySettings, 'rateLimit'>;
  readonly storage: Pick<Storage, 'recordPull' | 'readContentBytes'>;
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
}

/** Watches from now on. */
export function openWatch({ instance, version, settings, storage, now }: WatchInit): RegistryWatch {
  const journal = openJournal(instance);
  const metrics = openRegistryMetrics();
  const tally = openPullTally(journal, now);

  let certificateEndsAt: number | undefined;

  function observe(event: RegistryEvent): void {
    metrics.observe(event);
    if (event.kind === 'answered') return;
    if (event.kind === 'certificate-loaded') certificateEndsAt = event.validUntil;
    if (event.kind === 'manifest-pulled') {
      const { repository, digest } = event.content;
      storage.recordPull(repository, digest, now());
      tally.add(repository, digest);
      return;
    }
    for (const record of journalRecordsOf(event, now())) journal.add(record);
  }

  return {
    ...{ journal, metrics, version, observe },
    followers: openFollowerRoom(),
    contentBytes: openContentGauge(storage, now),
    certificateEndsAt: () => certificateEndsAt,
    rateLimit: openRateLimit(settings.rateLimit, now),
    traffic: undefined,
    close() {
      tally.close();
      journal.close();
    },
  };
}
