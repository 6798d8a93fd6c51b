import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CodedError } from '../../../errors/errors.ts';
import { connectRedis, redisOptions } from '../../../service/redis/connection.ts';
import { pickSteadyPort } from '../../steady-port.ts';
import { openScratchRedis, type ScratchRedis } from './scratch-redis.ts';

/** Whoever waits for this deadline is no longer waited for. */
const longerThanTheTestMs = 3_600_000;

let locked: ScratchRedis;

beforeAll(async () => {
  locked = await openScratchRedis(['requirepass s3cr3t'], ':s3cr3t@');
});

afterAll(() => locked.close());

async function refusalOf(url: string, timeoutMs = 300): Promise<CodedError> {
  const outcome = await connectRedis(url, 'producer', { timeoutMs }).catch((error: unknown) => error);
  if (outcome instanceof CodedError) return outcome;
  throw new Error(`no refusal: ${String(outcome)}`);
}

test('a connection that stands answers commands', async () => {
  const redis = await connectRedis(locked.url, 'worker');
  expect(await redis.ping()).toBe('PONG');
  redis.disconnect();
});

test('a Redis that does not answer is named without its password, with a way out', async () => {
  const port = await pickSteadyPort();
  const refusal = await refusalOf(`redis://bob:s3cr3t@127.0.0.1:${port}/2`);
  expect(refusal.code).toBe('REDIS_UNREACHABLE');
  expect(refusal.message).toContain(`redis://***@127.0.0.1:${port}/2`);
  expect(refusal.wayOut).toContain('REDIS_URL');
  expect(JSON.stringify([refusal.message, refusal.fields, String(refusal.cause)])).not.toContain('s3cr3t');
});

test('a server that accepts and stays silent is given up at the deadline', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  expect((await refusalOf(`redis://127.0.0.1:${port}`)).code).toBe('REDIS_UNREACHABLE');
  server.close();
});

test.each([
  ['a wrong password', ':wr0ng@'],
  ['no password', ''],
  ['an unknown user', 'mallory:wr0ng@'],
])('%s is refused at once, and no error repeats it', async (_, credentials) => {
  const refusal = await refusalOf(`redis://${credentials}127.0.0.1:${locked.port}`, longerThanTheTestMs);
  expect(refusal.code).toBe('REDIS_DENIED');
  // ioredis hangs the refused AUTH command on its error: it must not come along as the cause.
  expect(JSON.stringify(refusal.cause, Object.getOwnPropertyNames(refusal.cause ?? {}))).not.toContain('wr0ng');
});

test.each(['127.0.0.1:6379', 'http://127.0.0.1', ''])('%j is no URL of Redis', async (url) => {
  expect((await refusalOf(url)).code).toBe('REDIS_URL_INVALID');
});

test('an aborted connection attempt ends with the reason of the abort', async () => {
  const reason = new Error('changed my mind');
  const port = await pickSteadyPort();
  const attempt = connectRedis(`redis://127.0.0.1:${port}`, 'producer', { signal: AbortSignal.abort(reason) });
  await expect(attempt).rejects.toBe(reason);
});

test('a worker waits for Redis for ever, a producer does not, and both reconnect within two seconds', () => {
  expect(redisOptions('worker').maxRetriesPerRequest).toBeNull();
  expect(redisOptions('producer').maxRetriesPerRequest).not.toBeNull();
  expect(redisOptions('producer').commandTimeout).toBeGreaterThan(0);
  for (const role of ['worker', 'producer'] as const) {
    expect([1, 5, 20, 1_000].map(redisOptions(role).retryStrategy)).toEqual([100, 500, 2_000, 2_000]);
  }
});
