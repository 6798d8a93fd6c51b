import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { borrowDatabase } from '../../../service/redis/borrow-database.ts';
import { openScratchRedis, type ScratchRedis } from './scratch-redis.ts';

let server: ScratchRedis;
beforeEach(async () => {
  server = await openScratchRedis(['databases 4']);
});
afterEach(() => server.close());

async function inDatabase<Answer>(number: number, ask: (redis: Redis) => Promise<Answer>): Promise<Answer> {
  const redis = new Redis(server.url, { db: number });
  try {
    return await ask(redis);
  } finally {
    redis.disconnect();
  }
}

test('an empty database is lent, and is empty again afterwards', async () => {
  await inDatabase(3, (redis) => redis.set('theirs', '1'));
  const borrowed = await borrowDatabase(server.url);
  expect(new URL(borrowed.url).pathname).toBe('/2');
  await inDatabase(2, (redis) => redis.set('ours', '1'));
  await Promise.all([borrowed.close(), borrowed.close()]);
  await borrowed.close();
  expect(await inDatabase(2, (redis) => redis.dbsize())).toBe(0);
  expect(await inDatabase(3, (redis) => redis.get('theirs'))).toBe('1');
});

test('a Redis without an empty database is refused, and nothing in it is touched', async () => {
  for (const number of [0, 1, 2, 3]) await inDatabase(number, (redis) => redis.set('theirs', '1'));
  await expect(borrowDatabase(server.url)).rejects.toMatchObject({ code: 'REDIS_NOT_EMPTY' });
  for (const number of [0, 1, 2, 3]) expect(await inDatabase(number, (redis) => redis.dbsize())).toBe(1);
});
