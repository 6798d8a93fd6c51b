/** How many requests one client has under way at a registry, by class. */
import { TransportError } from '../../../errors/errors.ts';
import type { LimitOutcome, LimitRange } from './adaptive-limit.ts';
import type { Answer, BodyEnd } from './answer.ts';
import type { Endpoint } from './endpoint.ts';
import { movesBlob, type RequestClass, type RequestPriority, requestClassOf } from './request-class.ts';
import { openSlotPool, type SlotPool } from './slot-pool.ts';
import { isHungUp } from './transport-failure.ts';

/** Most requests of a class at once, where it is to be fewer than usual. */
export type RequestConcurrency = Readonly<Partial<Record<RequestClass, number>>>;

/** What is known of a request before it is sent. */
export interface SlotRequest {
  readonly method: string;
  readonly url: URL;
  readonly priority: RequestPriority;
  /** Whether the connection may be one that the registry closed while it was idle. */
  readonly mayBeStale: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Slots of every class. */
export interface RequestSlots {
  /** Sends when it is the request's turn; until the body of the answer is at its end the slot is taken. */
  send(request: SlotRequest, send: (requestClass: RequestClass) => Promise<Answer>): Promise<Answer>;
}

/**
 * Where each class begins and how far it goes. An image of four platforms has some fifty blobs, mostly small ones: over
 * 40 ms of distance they are there after two round trips when all go at once, and after eight when 16 do; six large ones
 * are enough to fill the wire, and a copy has no more under way. The ceilings of all classes have room in `connectionsPerOriginMax`, so that no class takes
 * another's connections. ECR takes 10 manifests a second.
 */
const ranges: Readonly<Record<RequestClass, LimitRange>> = {
  read: { start: 48, floor: 2, ceiling: 64 },
  write: { start: 48, floor: 1, ceiling: 64 },
  'manifest-read': { start: 16, floor: 2, ceiling: 32 },
  'manifest-write': { start: 8, floor: 1, ceiling: 16 },
};

/**
 * Slots of which none is taken. Whoever copies within a registry takes one to write and then one to read, never the other
 * way round, so whoever reads waits for nobody; `stuckMs` is for those that do otherwise: slot-pool.ts.
 */
export function openRequestSlots(endpoint: Endpoint, concurrency: RequestConcurrency, stuckMs: number): RequestSlots {
  const openPools = (): Readonly<Record<RequestClass, SlotPool>> => ({
    read: openSlotPool(rangeOf('read', concurrency), stuckMs),
    write: openSlotPool(rangeOf('write', concurrency), stuckMs),
    'manifest-read': openSlotPool(rangeOf('manifest-read', concurrency), stuckMs),
    'manifest-write': openSlotPool(rangeOf('manifest-write', concurrency), stuckMs),
  });
  const here = openPools();
  /** Where registries have their uploads sent: no matter how many hosts that are. */
  const elsewhere = openPools();
  return {
    async send({ method, url, priority, mayBeStale, signal }, send) {
      const requestClass = requestClassOf(method, url.pathname);
      const pools = url.origin === endpoint.url.origin ? here : elsewhere;
      const slot = await pools[requestClass].take({ priority, isLong: movesBlob(method, requestClass), signal });
      try {
        const answer = await send(requestClass);
        void answer.ended.then((end) => slot.release(outcomeOf(answer.status, end)));
        return answer;
      } catch (error) {
        slot.release(outcomeOfFailure(error, mayBeStale));
        throw error;
      }
    },
  };
}

function outcomeOf(status: number, end: BodyEnd): LimitOutcome {
  if (status === 429 || status === 503 || end === 'broken') return 'overloaded';
  return status < 500 ? 'well' : 'neither';
}

/** Neither a connection that never came about says anything of the limit, nor one that was closed while it was idle. */
function outcomeOfFailure(error: unknown, mayBeStale: boolean): LimitOutcome {
  if (!(error instanceof TransportError) || error.fields['reached'] === false) return 'neither';
  return mayBeStale && isHungUp(error) ? 'neither' : 'overloaded';
}

function rangeOf(requestClass: RequestClass, concurrency: RequestConcurrency): LimitRange {
  const usual = ranges[requestClass];
  const ceiling = Math.max(1, concurrency[requestClass] ?? usual.ceiling);
  return { start: Math.min(usual.start, ceiling), floor: Math.min(usual.floor, ceiling), ceiling };
}
