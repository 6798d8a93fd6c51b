/**
 * Following the embedded registry's events: one follower of all workers, one request that waits.
 *
 * Nothing depends on it: the sweeper finds whatever it misses, a round later. What it hears is a hint where to look.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { RegistryAdmin } from '../../api/client/registry-admin.ts';
import {
  type RegistryEventsPage,
  type RegistryFeedEvent,
  registryEventsSchema,
} from '../../api/registry/registry-events.ts';
import type { FeedTurn } from './feed-turn.ts';

export interface FollowedRegistry {
  readonly registry: Pick<RegistryAdmin, 'request'>;
  readonly turn: FeedTurn;
  /** Looks at what the events are about. */
  readonly onEvents: (events: readonly RegistryFeedEvent[], signal: AbortSignal) => Promise<void>;
  /** Looks at everything: events were missed. */
  readonly onReset: (signal: AbortSignal) => Promise<void>;
  /** Hears of the first failure of a row. */
  readonly onTrouble: (error: unknown) => void;
  /** A clock that goes on evenly, in milliseconds. */
  readonly uptime: () => number;
  readonly pauses?: Partial<FeedPauses>;
}

/** How long the follower waits for what, in milliseconds. */
export interface FeedPauses {
  /** For an event: the price of an idle follower is one request in this time. */
  readonly waitMs: number;
  /** Between two requests of one that is told something again and again. */
  readonly busyMs: number;
  /** After an answer that said nothing and came too soon: somebody has no patience, or closes. */
  readonly hastyMs: number;
  /** After a failure; doubled with each further one up to the greatest. */
  readonly failureMs: number;
  readonly failureMaxMs: number;
  /** Between two looks whether the one who follows has gone. */
  readonly turnMs: number;
}

/** What holds where nothing else is said. */
export const defaultFeedPauses: FeedPauses = {
  waitMs: 30_000,
  busyMs: 100,
  hastyMs: 1_000,
  failureMs: 500,
  failureMaxMs: 30_000,
  turnMs: 5_000,
};

/** What the follower wants to hear of: pulls are no reason to look. */
const wantedKinds = 'push,tag,delete,break-glass';

/** Follows until the signal is aborted. Whatever goes wrong, it goes on. */
export async function followRegistry(followed: FollowedRegistry, signal: AbortSignal): Promise<void> {
  const pauses = { ...defaultFeedPauses, ...followed.pauses };
  let failures = 0;
  while (!signal.aborted) {
    const pauseMs = await step(followed, pauses, signal).then(
      (ms) => {
        failures = 0;
        return ms;
      },
      (error) => {
        if (failures === 0 && !signal.aborted) followed.onTrouble(error);
        failures += 1;
        return Math.min(pauses.failureMaxMs, pauses.failureMs * 2 ** Math.min(failures - 1, 10));
      },
    );
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
  }
  await followed.turn.leave().catch(() => undefined);
}

/** One request, or one look whether it is this one's turn; returns how long to pause. */
async function step(followed: FollowedRegistry, pauses: FeedPauses, signal: AbortSignal): Promise<number> {
  const { turn, uptime } = followed;
  if (!(await turn.take())) return pauses.turnMs;
  const after = await turn.place();
  const askedAt = uptime();
  const page = await readPage(followed, after, pauses.waitMs, signal);
  if (page.reset) await followed.onReset(signal);
  else if (page.events.length > 0) await followed.onEvents(page.events, signal);
  // A place is kept once it was dealt with: who dies in between has it told again.
  if (page.next !== after) await turn.keepPlace(page.next);
  const isHasty = page.events.length === 0 && after !== undefined && uptime() - askedAt < pauses.hastyMs;
  return isHasty || page.reset ? pauses.hastyMs : pauses.busyMs;
}

function readPage(
  { registry }: FollowedRegistry,
  after: string | undefined,
  waitMs: number,
  signal: AbortSignal,
): Promise<RegistryEventsPage> {
  const query = new URLSearchParams({
    ...(after === undefined ? {} : { after, wait: String(Math.ceil(waitMs / 1_000)) }),
    kinds: wantedKinds,
  });
  return registry.request({ method: 'GET', path: `/admin/v1/events?${query}`, schema: registryEventsSchema, signal });
}
