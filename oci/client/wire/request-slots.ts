/** How many requests one client has under way at each host, by class. */
import { TransportError } from '../../../errors/errors.ts';
import type { LimitOutcome, LimitRange } from './adaptive-limit.ts';
import type { Answer, BodyEnd } from './answer.ts';
import { movesBlob, type RequestClass, type RequestPriority } from './request-class.ts';
import { openSlotPool, type SlotPool } from './slot-pool.ts';
import { isHungUp } from './transport-failure.ts';

/** Most requests of a class at once, where it is to be fewer than usual. */
export type RequestConcurrency = Readonly<Partial<Record<RequestClass, number>>>;

/** What is known of a request before it is sent. */
export interface SlotRequest {
  readonly method: string;
  /** Of what was asked of the registry, wherever it sends us with it: paths at its storage say nothing. */
  readonly requestClass: RequestClass;
  /** Where it goes now. */
  readonly url: URL;
  readonly priority: RequestPriority;
  /** Whether the connection may be one that the registry closed while it was idle. */
  readonly mayBeStale: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Slots of every class at every host. */
export interface RequestSlots {
  /** Sends when it is the request's turn; until the body of the answer is at its end the slot is taken. */
  send(request: SlotRequest, send: () => Promise<Answer>): Promise<Answer>;
}

/**
 * Hosts that are told apart: the registry and where it redirects to. What one of them bears says nothing of the others, so
 * that storage which is overloaded does not slow the registry down. The one used longest ago is forgotten first; what it has
 * under way then ends uncounted.
 */
const hostsMax = 32;

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

/** The slots of one host. */
type HostPools = Readonly<Record<RequestClass, SlotPool>>;

/**
 * Slots of which none is taken. Whoever copies within a registry takes one to write and then one to read, never the other
 * way round, so whoever reads waits for nobody; `stuckMs` is for those that do otherwise: slot-pool.ts.
 */
export function openRequestSlots(concurrency: RequestConcurrency, stuckMs: number): RequestSlots {
  const hosts = new Map<string, HostPools>();
  const openPools = (): HostPools => ({
    read: openSlotPool(rangeOf('read', concurrency), stuckMs),
    write: openSlotPool(rangeOf('write', concurrency), stuckMs),
    'manifest-read': openSlotPool(rangeOf('manifest-read', concurrency), stuckMs),
    'manifest-write': openSlotPool(rangeOf('manifest-write', concurrency), stuckMs),
  });
  const poolsOf = ({ origin }: URL): HostPools => {
    const pools = hosts.get(origin) ?? openPools();
    hosts.delete(origin);
    hosts.set(origin, pools);
    const [oldest] = hosts.size > hostsMax ? hosts.keys() : [];
    if (oldest !== undefined) hosts.delete(oldest);
    return pools;
  };
  return {
    async send({ method, requestClass, url, priority, mayBeStale, signal }, send) {
      const pool = poolsOf(url)[requestClass];
      const slot = await pool.take({ priority, isLong: movesBlob(method, requestClass), signal });
      try {
        const answer = await send();
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
