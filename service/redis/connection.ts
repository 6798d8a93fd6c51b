/** Connections to Redis: the options every one of them needs, and opening one with a deadline. */
import { Redis } from 'ioredis';
import { InputError } from '../../errors/errors.ts';
import { connectFailure, isDenial } from './connect-failure.ts';

/**
 * What a connection is for. A producer answers somebody who waits, so its commands fail soon; a worker waits for work,
 * so its commands wait for Redis to come back (BullMQ refuses a worker connection that gives up).
 */
export type RedisRole = 'producer' | 'worker';

/** How long the first connection may take before we say that Redis does not answer. */
export const redisConnectTimeoutMs = 5_000;

/**
 * Longest wait between two attempts to reconnect. BullMQ's own back-off goes up to 20 s: after a Redis outage of 40 s its workers
 * were measured to resume after another 18 s.
 */
export const redisRetryDelayMsMax = 2_000;

/** How much longer each further attempt to reconnect waits. */
const redisRetryStepMs = 100;

/** How long a producer's command may wait for its answer. Blocking commands need a connection with the role `worker`. */
const producerCommandTimeoutMs = 5_000;

/** How often a producer's command is sent again after the connection broke. */
const producerRetriesMax = 1;

/** What we set of ioredis' options. */
export interface RedisSettings {
  readonly connectionName: string;
  readonly connectTimeout: number;
  readonly enableReadyCheck: boolean;
  readonly retryStrategy: (attempt: number) => number;
  /** Null: as often as it takes. */
  readonly maxRetriesPerRequest: number | null;
  readonly commandTimeout?: number;
}

/** The ioredis options of a role, to be passed beside the URL (or to BullMQ). */
export function redisOptions(role: RedisRole): RedisSettings {
  const common = {
    connectionName: `registry-action-${role}`,
    connectTimeout: redisConnectTimeoutMs,
    enableReadyCheck: true,
    retryStrategy: (attempt: number) => Math.min(redisRetryStepMs * attempt, redisRetryDelayMsMax),
  };
  switch (role) {
    case 'producer':
      return { ...common, maxRetriesPerRequest: producerRetriesMax, commandTimeout: producerCommandTimeoutMs };
    case 'worker':
      return { ...common, maxRetriesPerRequest: null };
  }
}

/** How `connectRedis` opens a connection. */
export interface ConnectRedisOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Told of every trouble after the connection stood; it is opened again by itself. */
  readonly onTrouble?: (error: Error) => void;
}

/**
 * A connection that answers (and has loaded its data). It is tried until the deadline, so Redis may start at the same time.
 *
 * @throws InputError REDIS_URL_INVALID when the URL is none of Redis.
 * @throws AccessError REDIS_DENIED when Redis refuses the user name or password.
 * @throws TransportError REDIS_UNREACHABLE when it does not answer before the deadline.
 */
export async function connectRedis(url: string, role: RedisRole, options: ConnectRedisOptions = {}): Promise<Redis> {
  const shown = parseRedisUrl(url);
  const redis = new Redis(url, { ...redisOptions(role), lazyConnect: true });
  try {
    await readiness(redis, options);
  } catch (error) {
    redis.disconnect();
    options.signal?.throwIfAborted();
    throw connectFailure(error, shown);
  }
  redis.removeAllListeners('error');
  redis.on('error', options.onTrouble ?? (() => undefined));
  return redis;
}

/** A connection that is opened in the background and waits for Redis as long as its role does. */
export function openRedis(url: string, role: RedisRole, onTrouble: (error: Error) => void): Redis {
  const redis = new Redis(url, { ...redisOptions(role) });
  redis.on('error', onTrouble);
  return redis;
}

/** The URL without what is secret, for messages; @throws InputError REDIS_URL_INVALID. */
export function parseRedisUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed?.protocol === 'redis:' || parsed?.protocol === 'rediss:') {
    const signedIn = parsed.username !== '' || parsed.password !== '' ? '***@' : '';
    return `${parsed.protocol}//${signedIn}${parsed.host}${parsed.pathname}`;
  }
  throw new InputError({ code: 'REDIS_URL_INVALID', message: `not a URL of Redis: ${url}` });
}

/** Resolves when the connection is ready; rejects with the last trouble at the deadline, at once when Redis denies us. */
function readiness(redis: Redis, options: ConnectRedisOptions): Promise<void> {
  const { timeoutMs = redisConnectTimeoutMs, signal } = options;
  return new Promise((resolve, reject) => {
    let trouble = new Error(`no answer within ${timeoutMs} ms`);
    const timer = setTimeout(() => settle(() => reject(trouble)), timeoutMs);
    const onAbort = () => settle(() => reject(signal?.reason));
    const settle = (then: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      then();
    };
    redis.once('ready', () => settle(() => resolve()));
    redis.on('error', (error: Error) => {
      trouble = error;
      if (isDenial(error)) settle(() => reject(error));
    });
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    // The attempt's own outcome is told by the events above; later attempts have no promise at all.
    redis.connect().catch(() => undefined);
  });
}
