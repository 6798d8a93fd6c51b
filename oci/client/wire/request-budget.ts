/** What a registry allows one account, as far as somebody outside this client keeps count of it. */
import type { Answer } from './answer.ts';
import { isPassingStatus } from './refusal.ts';
import type { RequestClass, RequestPriority } from './request-class.ts';
import { retryAfterMs } from './retry-after.ts';

/** Shared by every client that signs in as the same account. It slows requests down, and never refuses one. */
export interface RequestBudget {
  /**
   * Resolves when the account has a request to spare, or nobody can tell.
   * @throws nothing but the signal's reason.
   */
  take(requestClass: RequestClass, priority: RequestPriority, signal?: AbortSignal): Promise<void>;
  /** Passes on what a registry said. Returns at once, and never throws. */
  note(news: BudgetNews): void;
}

/** What an answer says about the account. */
export interface BudgetNews {
  /** For how long the registry wants to be left alone. */
  readonly pauseMs?: number;
  /** How many requests are left of how many. */
  readonly allowance?: { readonly remaining: number; readonly limit: number };
}

/** Where nobody keeps count. */
export const unlimitedBudget: RequestBudget = { take: async () => {}, note: () => {} };

/**
 * What the answer says about the account; undefined when it says nothing.
 *
 * Docker Hub tells of its pulls as `ratelimit-limit: 100;w=21600` and `ratelimit-remaining: 76;w=21600`.
 */
export function readBudgetNews(answer: Answer, now: number): BudgetNews | undefined {
  const pauseMs = isPassingStatus(answer.status) ? retryAfterMs(answer, now) : undefined;
  const remaining = countIn(answer, 'ratelimit-remaining');
  const limit = countIn(answer, 'ratelimit-limit');
  const allowance = remaining === undefined || limit === undefined ? undefined : { remaining, limit };
  if (pauseMs === undefined && allowance === undefined) return undefined;
  return { ...(pauseMs === undefined ? {} : { pauseMs }), ...(allowance === undefined ? {} : { allowance }) };
}

function countIn(answer: Answer, name: string): number | undefined {
  const count = /^\s*(\d{1,9})\s*(?:[;,]|$)/.exec(answer.header(name) ?? '')?.[1];
  return count === undefined ? undefined : Number(count);
}
