/** A proxy before a registry that breaks some exchanges, as networks and registries do, and counts all of them. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { kindOf } from '../e2e/request-kind.ts';
import { type Fault, forward, strike } from './fault.ts';

/** Which exchanges break: the `nth` of those that are meant, counted from 1, and `times` from there on. */
export interface FaultPlan {
  /** Kind of request that is meant; any when absent. */
  readonly on?: string;
  /** Its path; any when absent. */
  readonly path?: RegExp;
  /** Its body's least size; any when absent. */
  readonly sizeBytesMin?: number;
  readonly nth: number;
  readonly times: number;
  readonly fault: Fault;
  /** Whether it goes on; always when absent. */
  readonly lasts?: () => boolean;
}

export interface FaultProxy {
  readonly url: string;
  /** What breaks from now on, each by the first plan that is about it; nothing without any. Counting begins anew. */
  plan(...plans: readonly FaultPlan[]): void;
  /** Whether the plan at that place has struck. */
  isStruckBy(at: number): boolean;
  /** How often requests of each kind came, and how often one of them was struck. */
  counts(): Readonly<Record<string, { readonly came: number; readonly struck: number }>>;
  close(): Promise<void>;
}

/** Opens it before a registry. */
export async function openFaultProxy(upstream: string): Promise<FaultProxy> {
  let plans: readonly CountedPlan[] = [];
  let counts = new Map<string, { came: number; struck: number }>();
  const server = createServer((incoming, outgoing) => {
    incoming.on('error', () => {});
    outgoing.on('error', () => {});
    const count = counts.get(kindIn(incoming)) ?? { came: 0, struck: 0 };
    counts.set(kindIn(incoming), count);
    count.came += 1;
    const striking = plans.filter((one) => isDue(one, incoming))[0];
    if (striking === undefined) return forward(upstream, incoming, outgoing);
    count.struck += 1;
    striking.hasStruck = true;
    strike(striking.plan.fault, upstream, incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    plan(...next) {
      plans = next.map((plan) => ({ plan, seen: 0, hasStruck: false }));
      counts = new Map();
    },
    isStruckBy: (at) => plans[at]?.hasStruck === true,
    counts: () => Object.fromEntries([...counts].toSorted(([one], [other]) => one.localeCompare(other))),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface CountedPlan {
  readonly plan: FaultPlan;
  seen: number;
  hasStruck: boolean;
}

/** Counts the request with the plan if it is about it. */
function isDue(counted: CountedPlan, incoming: IncomingMessage): boolean {
  const { on, path, sizeBytesMin = 0, nth, times, lasts = () => true } = counted.plan;
  if (on !== undefined && on !== kindIn(incoming)) return false;
  if (path !== undefined && !path.test(incoming.url ?? '')) return false;
  if (Number(incoming.headers['content-length'] ?? 0) < sizeBytesMin) return false;
  counted.seen += 1;
  return counted.seen >= nth && counted.seen < nth + times && lasts();
}

function kindIn({ method = '', url: path = '' }: IncomingMessage): string {
  return kindOf({ method, path });
}
