/** Each way in which a real Redis stops answering is told as such; what Redis answers is not. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CodedError } from '../../../errors/errors.ts';
import { connectRedis, parseRedisUrl } from '../../../service/redis/connection.ts';
import { redisFailure } from '../../../service/redis/redis-failure.ts';
import { openScratchRedis, type ScratchRedis } from './scratch-redis.ts';

/** Longer than a producer's command waits for its answer. */
const pauseMs = 8_000;

let server: ScratchRedis;
let redis: Awaited<ReturnType<typeof connectRedis>>;
beforeEach(async () => {
  server = await openScratchRedis();
  redis = await connectRedis(server.url, 'producer');
});
afterEach(async () => {
  redis.disconnect();
  await server.close();
});

async function failureOf(answer: Promise<unknown>): Promise<unknown> {
  const thrown = await answer.then(() => undefined).catch((error: unknown) => error);
  return redisFailure(thrown, parseRedisUrl(server.url));
}

async function codeOf(answer: Promise<unknown>): Promise<string> {
  const error = await failureOf(answer);
  return error instanceof CodedError ? error.code : String(error);
}

test('a Redis that is gone does not answer', async () => {
  await server.close();
  expect(await codeOf(redis.get('key'))).toBe('REDIS_UNREACHABLE');
});

test('the error says which Redis', async () => {
  await server.close();
  expect(await failureOf(redis.get('key'))).toMatchObject({ message: expect.stringContaining(`:${server.port}`) });
});

test('a Redis that stands still does not answer', async () => {
  await redis.call('CLIENT', 'PAUSE', String(pauseMs));
  expect(await codeOf(redis.get('key'))).toBe('REDIS_UNREACHABLE');
});

test('over a connection that was closed nobody answers', async () => {
  redis.disconnect();
  expect(await codeOf(redis.get('key'))).toBe('REDIS_UNREACHABLE');
});

test('an error that Redis answers stays what it is', async () => {
  await redis.set('key', 'text');
  expect(await codeOf(redis.lpush('key', 'more'))).toMatch(/WRONGTYPE/);
});
