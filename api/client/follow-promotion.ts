/** Waiting for a promotion: events while the service sends them, questions now and then in case it does not. */
import { setTimeout as pause } from 'node:timers/promises';
import { isEnd } from '../../core/promotion.ts';
import { TransportError } from '../../errors/errors.ts';
import type { PromotionView } from '../promotion.ts';
import type { ApiClient } from './api-client.ts';
import type { ServiceEvent } from './service-events.ts';

/** Time between the first two questions for the state, in milliseconds; it doubles, because most promotions are quick. */
const pollMsMin = 50;

/** Longest time between two questions, in milliseconds; events tell the state sooner. */
const pollMsMax = 1000;

/** How long the service may be away, in milliseconds, before waiting ends: a restart takes a few seconds. */
const unreachableMsMax = 30_000;

export interface FollowOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  now(): number;
  onChange(view: PromotionView): void;
  /** The service does not answer; waiting goes on. */
  onLost(error: TransportError): void;
}

/**
 * The promotion as it ended, or as it was when the time was up.
 * @throws TransportError when the service stays away; whatever reading the promotion throws otherwise.
 */
export async function followPromotion(
  client: Pick<ApiClient, 'read' | 'events'>,
  first: PromotionView,
  options: FollowOptions,
): Promise<PromotionView> {
  const listening = new AbortController();
  const signal = AbortSignal.any([options.signal, listening.signal]);
  const bell = openBell();
  let latest = first;
  const seen = (view: PromotionView) => {
    // Events and answers may overtake each other; an end is never taken back.
    if (isEnd(latest.state)) return;
    latest = view;
    options.onChange(view);
    if (isEnd(view.state)) bell.ring();
  };
  const ears = listen(client, first.id, signal, seen);
  try {
    const deadline = options.now() + options.timeoutMs;
    let answeredAt = options.now();
    let pollMs = pollMsMin;
    while (!isEnd(latest.state)) {
      const leftMs = deadline - options.now();
      if (leftMs <= 0) break;
      const timeUp = AbortSignal.timeout(leftMs);
      try {
        seen(await client.read(first.id, AbortSignal.any([signal, timeUp])));
        answeredAt = options.now();
      } catch (error) {
        if (timeUp.aborted) break;
        if (!(error instanceof TransportError) || options.now() - answeredAt > unreachableMsMax) throw error;
        options.onLost(error);
      }
      if (!isEnd(latest.state)) await bell.wait(Math.min(pollMs, leftMs), signal);
      pollMs = Math.min(pollMsMax, pollMs * 2);
    }
    return latest;
  } finally {
    listening.abort();
    await ears;
  }
}

/** Hears what the stream says of one promotion; a stream that breaks is opened again, a missing one is done without. */
async function listen(
  client: Pick<ApiClient, 'events'>,
  id: string,
  signal: AbortSignal,
  onView: (view: PromotionView) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const event of client.events(signal)) {
        const view = viewOf(event);
        if (view?.id === id) onView(view);
      }
    } catch {
      // Polling tells the same, later.
    }
    await pause(pollMsMax, undefined, { signal }).catch(() => undefined);
  }
}

function viewOf(event: ServiceEvent): PromotionView | undefined {
  switch (event.type) {
    case 'promotion.requested':
    case 'promotion.started':
    case 'promotion.progressed':
    case 'promotion.moved':
    case 'promotion.finished':
      return event.payload;
    case 'lane.repaired':
    case 'lane.adopted':
    case 'environment.drifted':
    case 'registry.pushed':
    case 'registry.moved':
    case 'registry.deleted':
    case 'registry.glass-broken':
      return undefined;
  }
}

/** A pause that can be cut short. */
function openBell() {
  let ring: () => void = () => undefined;
  return {
    ring: () => ring(),
    wait: async (spanMs: number, signal: AbortSignal) => {
      const early = new AbortController();
      ring = () => early.abort();
      await pause(spanMs, undefined, { signal: AbortSignal.any([signal, early.signal]) }).catch(() => undefined);
      ring = () => undefined;
      signal.throwIfAborted();
    },
  };
}
