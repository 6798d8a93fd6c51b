/** The budget of one account at one registry, which every process on this Redis shares. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { BudgetNews, RequestBudget } from '../../oci/client/wire/request-budget.ts';
import type { RequestClass } from '../../oci/client/wire/request-class.ts';
import type { Timing } from '../../oci/client/wire/timing.ts';
import { keyPrefix } from '../ledger/lane-keys.ts';
import { runScript } from '../ledger/script.ts';
import { noteNews, takeRequest } from './budget-scripts.ts';

/** How many requests a second a registry takes of a class, and how many at once after a rest; no number for no bound. */
export type BudgetRates = Readonly<Partial<Record<RequestClass, BudgetRate>>>;

/** One bucket. */
export interface BudgetRate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Which budget. */
export interface BudgetInit {
  readonly redis: Redis;
  /** Host of the registry. */
  readonly registry: string;
  /** What tells accounts apart, never a secret: a kind of credentials and a user name. */
  readonly account: string;
  readonly rates: BudgetRates;
  readonly timing: Pick<Timing, 'now' | 'sleep'>;
  /** How long Redis may take to answer; `redisMsMax` when absent. */
  readonly redisMs?: number;
}

/** Longest wait for one request. Whoever waited that long asks the registry itself, which is right if the count is not. */
const takeMsMax = 60_000;

/** Longest wait for Redis: beside a request to a registry it must not be noticed. */
const redisMsMax = 250;

/** For how long Redis is not asked after it has not answered, so that its absence costs one wait and not one per request. */
const redisRestMs = 5_000;

/** Longest pause we believe; a registry that means more says so again. */
const pauseMsMax = 60_000;

/**
 * The budget. A rollback never waits for tokens, only for a pause that the registry itself has asked for; and when Redis
 * does not answer nobody waits.
 */
export function openRequestBudget(init: BudgetInit): RequestBudget {
  const { redis, rates, timing, redisMs = redisMsMax } = init;
  const key = budgetKey(init.registry, init.account);
  let restsUntil = 0;

  /** The script's answer; undefined when Redis does not give one in time. */
  const ask = async (what: typeof takeRequest, values: readonly (string | number)[]): Promise<unknown> => {
    // A connection that is being opened again would keep the command, and send it when nobody waits for it any more.
    if (redis.status !== 'ready' || timing.now() < restsUntil) return undefined;
    const answer = await inTime(runScript(redis, what, [key], values), redisMs);
    if (answer === undefined) restsUntil = timing.now() + redisRestMs;
    return answer;
  };

  return {
    async take(requestClass, priority, signal) {
      const rate = rates[requestClass];
      const patienceEndsAt = timing.now() + takeMsMax;
      for (;;) {
        signal?.throwIfAborted();
        const answer = await ask(takeRequest, [requestClass, priority, rate?.perSecond ?? 0, rate?.burst ?? 0]);
        const waitMs = Math.min(Number(answer ?? 0), patienceEndsAt - timing.now());
        if (!(waitMs > 0)) return;
        await timing.sleep(waitMs, signal);
      }
    },
    note({ pauseMs = 0, allowance }: BudgetNews) {
      const { remaining = -1, limit = -1 } = allowance ?? {};
      void ask(noteNews, [Math.min(pauseMs, pauseMsMax), remaining, limit]);
    },
  };
}

/** Neither the user name nor anything secret can be read from it. */
function budgetKey(registry: string, account: string): string {
  const name = createHash('sha256').update(account).digest('hex').slice(0, 16);
  return `${keyPrefix}:budget:{${registry}:${name}}`;
}

/** The answer, or undefined when it fails or does not come in time. */
async function inTime(answer: Promise<unknown>, limitMs: number): Promise<unknown> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), limitMs);
  try {
    return await Promise.race([answer, late.promise]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
