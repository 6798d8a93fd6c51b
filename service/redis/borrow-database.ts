/** An empty database of somebody's Redis, for a while: nothing of theirs is touched, and nothing of ours stays. */
import type { Redis } from 'ioredis';
import { InputError } from '../../errors/errors.ts';
import { connectRedis, parseRedisUrl } from './connection.ts';

/** A database to use and give back. */
export interface BorrowedDatabase {
  readonly url: string;
  /** Empties it again; a second call waits for the first. */
  close(): Promise<void>;
}

/** Numbers of the databases that Redis has unless configured otherwise, the least used first. */
const databaseNumbers = Array.from({ length: 16 }, (_, index) => 15 - index);

/**
 * Takes the first database that holds nothing.
 * @throws InputError REDIS_NOT_EMPTY when there is none; what connecting throws.
 */
export async function borrowDatabase(url: string): Promise<BorrowedDatabase> {
  const redis = await connectRedis(url, 'producer');
  for (const number of databaseNumbers) {
    if (!(await isEmpty(redis, number))) continue;
    const borrowed = new URL(url);
    borrowed.pathname = `/${number}`;
    let given: Promise<void> | undefined;
    const close = () => {
      given ??= giveBack(redis);
      return given;
    };
    return { url: borrowed.href, close };
  }
  redis.disconnect();
  throw new InputError({ code: 'REDIS_NOT_EMPTY', message: `no database of ${parseRedisUrl(url)} is empty` });
}

/** Whether the database is there and holds nothing; it is then the selected one. */
async function isEmpty(redis: Redis, number: number): Promise<boolean> {
  try {
    await redis.select(number);
  } catch {
    return false;
  }
  return (await redis.dbsize()) === 0;
}

async function giveBack(redis: Redis): Promise<void> {
  await redis.flushdb();
  redis.disconnect();
}
