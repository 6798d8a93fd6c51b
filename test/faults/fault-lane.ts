/** The lane `web@staging` of a service under test: what people ask of it, and what is found in registry and Redis. */
import { Redis } from 'ioredis';
import type { HistoryEntry, HistoryView } from '../../api/history.ts';
import type { PromotionView, Submitted } from '../../api/promotion.ts';
import { forkedNumbers, readHistory } from '../../core/history.ts';
import type { Target } from '../../oci/copy/target.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { type LaneState, readLaneState } from '../../service/ledger/lane-state.ts';
import { waitUntil } from '../e2e/wait-until.ts';
import type { Digests, Version } from './fault-releases.ts';
import { type TagWatch, watchTag } from './tag-watch.ts';

export interface FaultLane {
  /** What was queued; with a key the request may be repeated. */
  promote(version: Version, key?: string): Promise<PromotionView>;
  rollback(to?: Version, key?: string): Promise<PromotionView>;
  /** The promotion as the API tells it; fails when it is not known. */
  read(id: string): Promise<PromotionView>;
  /** Waits for the end of the promotion. */
  finished(id: string): Promise<PromotionView>;
  /** The version promoted to its end; fails when it does not succeed. */
  promoted(version: Version): Promise<void>;
  tag(): Promise<Digest | undefined>;
  /** Looks at the tag from now on. */
  watchTag(version: Version): TagWatch;
  /** Sweeps that have begun. */
  rounds(): Promise<number>;
  /** Waits until two whole sweeps have passed. */
  twoSweeps(): Promise<void>;
  /** Redis' side of the lane. */
  state(): Promise<LaneState>;
  /** Waits until the lane is reconciled with the Redis that answers now. */
  imported(): Promise<void>;
  /** `rN kind version` of the entries with a receipt, oldest first: what the registry says was committed. */
  committed(): Promise<readonly string[]>;
  /** The same of those that somebody asked for, without their numbers. */
  asked(): Promise<readonly string[]>;
  /** Types of the promotion's events, each at its first appearance, without reports of progress. */
  toldOf(id: string): Promise<readonly string[]>;
  /** Numbers that name two digests. */
  forks(): Promise<readonly number[]>;
  close(): Promise<void>;
}

export interface FaultLaneInit {
  readonly apiUrl: string;
  readonly token: string;
  readonly target: Target;
  readonly digests: Digests;
  readonly redisUrl: string;
}

const laneKey = { app: 'web', environment: 'staging' } as const;
const lanePath = '/api/v1/apps/web/environments/staging';

/** The lane, through the API where people go through it. */
export function openFaultLane({ apiUrl, token, target, digests, redisUrl }: FaultLaneInit): FaultLane {
  const call = apiCaller(apiUrl, token);
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  const submit = async (what: string, body: object, key: string | undefined) => {
    const submitted = (await call('POST', `${lanePath}/${what}`, body, key)) as Submitted;
    if (submitted.promotion === undefined) throw new Error(`nothing was queued: ${JSON.stringify(submitted)}`);
    return submitted.promotion;
  };
  const promote = (version: Version, key?: string) => submit('promotions', { version }, key);
  const read = async (id: string) => (await call('GET', `/api/v1/promotions/${id}`)) as PromotionView;
  const finished = (id: string) =>
    waitUntil(`the end of ${id}`, async () => {
      const promotion = await read(id).catch(() => undefined);
      return promotion?.finishedAt === undefined ? undefined : promotion;
    });
  const tag = async () => (await target.resolve(parseTag('staging')))?.digest;
  const rounds = async () => Number((await redis.get('ra:sweep-rounds')) ?? 0);
  const state = () => readLaneState(redis, laneKey);
  const receipted = async () => {
    const view = (await call('GET', `${lanePath}/history`)) as HistoryView;
    return view.entries.filter((entry) => entry.receipted).reverse();
  };
  return {
    promote,
    rollback: (to, key) => submit('rollbacks', { reason: 'fault test', ...(to === undefined ? {} : { to }) }, key),
    read,
    finished,
    promoted: async (version) => {
      const { state: end, error } = await finished((await promote(version)).id);
      if (end !== 'promoted') throw new Error(`${version} ended as ${end}: ${JSON.stringify(error)}`);
    },
    tag,
    watchTag: (version) => watchTag({ tag, rounds }, digests[version]),
    rounds,
    twoSweeps: async () => {
      const before = await rounds();
      await waitUntil('two sweeps have passed', async () => (await rounds()) >= before + 3);
    },
    state,
    imported: async () => {
      await waitUntil('the lane is reconciled with its Redis', async () => {
        const { laneRun, runId } = await state();
        return laneRun === runId;
      });
    },
    committed: async () => (await receipted()).map((entry) => `r${entry.number} ${describeEntry(entry)}`),
    asked: async () =>
      (await receipted()).filter(({ kind }) => kind === 'promotion' || kind === 'rollback').map(describeEntry),
    toldOf: async (id) => {
      const events = await redis.xrange('ra:events', '-', '+');
      const own = events.filter(([, fields]) => fields.some((field) => field.includes(id)));
      return [...new Set(own.map(([, fields]) => fields[1] ?? ''))].filter((type) => type !== 'promotion.progressed');
    },
    forks: async () => forkedNumbers(readHistory('staging', await Array.fromAsync(target.listTags()))),
    close: async () => redis.disconnect(),
  };
}

function describeEntry({ kind, version }: HistoryEntry): string {
  return `${kind} ${version}`;
}

function apiCaller(url: string, token: string) {
  return async (method: string, path: string, body?: object, key?: string): Promise<unknown> => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    };
    const answer = await fetch(new URL(path, url), {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  };
}
