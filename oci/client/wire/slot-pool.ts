/** A queue before a registry: so many requests of one class are under way at once, and the urgent ones go first. */
import { type LimitOutcome, type LimitRange, openAdaptiveLimit } from './adaptive-limit.ts';
import { priorities, type RequestPriority } from './request-class.ts';
import { openWatchdog } from './watchdog.ts';

/** Leave to send one request. */
export interface Slot {
  /** Gives it back; further calls have no effect. */
  release(outcome: LimitOutcome): void;
}

/** What a slot is wanted for. */
export interface SlotWish {
  readonly priority: RequestPriority;
  /** Whether it is held for as long as a blob's bytes take. */
  readonly isLong: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** The slots of one class at one host. */
export interface SlotPool {
  /** A slot when there is one: the most urgent first, then who came first. @throws the signal's reason. */
  take(wish: SlotWish): Promise<Slot>;
}

/** Slots that blobs leave to short requests: slow downloads must not hold up whoever only asks whether a blob is there. */
const shortReserve = 2;

/** Slots that rollbacks have on top of all others: they wait for nobody who came first. */
const rollbackReserve = 2;

interface Waiting {
  /** Who came first has the smaller one. */
  readonly turn: number;
  readonly enter: () => void;
}

/** Those of one priority, long and short ones apart, so that only two need to be looked at. */
type Queue = Readonly<Record<'long' | 'short', Waiting[]>>;

/**
 * A pool with nothing under way.
 *
 * When requests wait, and for `stuckMs` none that is under way ends, one more is let in: copies that wait for each
 * other's slots at two registries must not wait for ever.
 */
export function openSlotPool(range: LimitRange, stuckMs: number): SlotPool {
  const limit = openAdaptiveLimit(range);
  const queues: Readonly<Record<RequestPriority, Queue>> = { rollback: empty(), production: empty(), rest: empty() };
  let turns = 0;
  let busy = 0;
  let busyLong = 0;

  const admits = (priority: RequestPriority, isLong: boolean): boolean => {
    const reserve = priority === 'rollback' ? rollbackReserve : 0;
    const room = limit.value() + reserve;
    // However small the limit, a blob and a short request have room beside each other.
    if (!isLong) return busy < Math.max(room, busyLong + 1);
    return busy < room && busyLong < Math.max(1, limit.value() - shortReserve) + reserve;
  };

  const watchdog = openWatchdog(stuckMs, () => {
    letFirstIn(queues, () => true);
    mindQueues();
  });
  const mindQueues = (): void => {
    if (isEmpty(queues)) watchdog.rest();
    else watchdog.feed();
  };

  /** Lets in whoever has room now. A short request may pass a long one that has none. */
  const serve = (): void => {
    while (letFirstIn(queues, admits));
  };

  const occupy = (isLong: boolean): Slot => {
    const epoch = limit.epoch();
    const weight = isLong ? 1 : 0;
    let held = true;
    busy += 1;
    busyLong += weight;
    return {
      release(outcome) {
        if (!held) return;
        held = false;
        busy -= 1;
        busyLong -= weight;
        limit.learn(outcome, epoch);
        serve();
        mindQueues();
      },
    };
  };

  return {
    async take({ priority, isLong, signal }) {
      signal?.throwIfAborted();
      const entered = Promise.withResolvers<Slot>();
      turns += 1;
      const waiting: Waiting = { turn: turns, enter: () => entered.resolve(occupy(isLong)) };
      const queue = queues[priority][isLong ? 'long' : 'short'];
      const onAbort = () => {
        const at = queue.indexOf(waiting);
        if (at !== -1) queue.splice(at, 1);
        entered.reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      // Whoever joins a queue does not make it less stuck.
      const isFirst = isEmpty(queues);
      queue.push(waiting);
      serve();
      if (isFirst) mindQueues();
      return await entered.promise.finally(() => signal?.removeEventListener('abort', onAbort));
    },
  };
}

function empty(): Queue {
  return { long: [], short: [] };
}

function isEmpty(queues: Readonly<Record<RequestPriority, Queue>>): boolean {
  return priorities.every((priority) => queues[priority].long.length === 0 && queues[priority].short.length === 0);
}

/** Lets in the most urgent that is admitted, of those who came first; false when nobody is. */
function letFirstIn(
  queues: Readonly<Record<RequestPriority, Queue>>,
  admits: (priority: RequestPriority, isLong: boolean) => boolean,
): boolean {
  for (const priority of priorities) {
    const { long, short } = queues[priority];
    const longTurn = long[0] !== undefined && admits(priority, true) ? long[0].turn : Number.POSITIVE_INFINITY;
    const shortTurn = short[0] !== undefined && admits(priority, false) ? short[0].turn : Number.POSITIVE_INFINITY;
    const first = longTurn < shortTurn ? long.shift() : shortTurn < longTurn ? short.shift() : undefined;
    if (first === undefined) continue;
    first.enter();
    return true;
  }
  return false;
}
