/** The event stream on a real Redis: in order, resumed by id, and honest about what is lost. */
import { setImmediate } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { appendEvent, eventStreamKey } from '../../../service/events/event-log.ts';
import { type OpenEventFeed, openEventFeed } from '../../../service/events/open-event-feed.ts';
import type { FeedEvent } from '../../../service/http/event-feed.ts';
import { openRedis } from '../../../service/redis/connection.ts';
import { openRestartableRedis, type RestartableRedis } from '../redis/restartable-redis.ts';

let server: RestartableRedis;
let redis: Redis;
let feed: OpenEventFeed;
const left: AbortController[] = [];

beforeEach(async () => {
  server = await openRestartableRedis();
  redis = openRedis(server.url, 'producer', () => undefined);
  feed = openFeed(server.url);
});
afterEach(async () => {
  for (const reader of left.splice(0)) reader.abort();
  feed.close();
  redis.disconnect();
  await server.close();
});

function openFeed(url: string): OpenEventFeed {
  return openEventFeed(
    redis,
    openRedis(url, 'worker', () => undefined),
  );
}

/** Adds events whose payloads are numbers. */
async function append(...numbers: readonly number[]): Promise<void> {
  for (const number of numbers) await appendEvent(redis, 'promotion.moved', { number }, 0);
}

interface Reader {
  readonly seen: FeedEvent[];
  /** What the events carry, `resync` for one that says that some are lost. */
  numbers(): readonly (number | 'resync')[];
  leave(): void;
  readonly end: Promise<string>;
}

/** Reads from the place on, until it leaves. */
function openReader(since: string | undefined): Reader {
  const seen: FeedEvent[] = [];
  const stop = new AbortController();
  left.push(stop);
  const end = (async () => {
    for await (const event of feed.read(since, stop.signal)) seen.push(event);
    return 'ended';
  })();
  end.catch(() => undefined);
  return {
    seen,
    end,
    numbers: () => seen.map(({ type, json }) => (type === 'resync' ? type : JSON.parse(json).number)),
    leave: () => stop.abort(),
  };
}

/** Visits of one faithful reader: more is a stream that always fails. */
const visitsMax = 1_000;

/** Reads as a browser does: when the stream fails, it comes back with the last id. */
function openFaithfulReader(): Pick<Reader, 'seen' | 'numbers'> {
  const visits = [openReader('0-0')];
  const seen = () => visits.flatMap((visit) => visit.seen);
  const comeBack = (): unknown =>
    visits.at(-1)?.end.catch(async () => {
      if (visits.length >= visitsMax) return;
      await setImmediate();
      const place = seen().findLast(({ type }) => type !== 'resync')?.id;
      visits.push(openReader(place ?? '0-0'));
      return comeBack();
    });
  comeBack();
  return {
    get seen() {
      return seen();
    },
    numbers: () => visits.flatMap((visit) => visit.numbers()),
  };
}

/** Adds an event as soon as Redis takes it. */
async function appended(number: number): Promise<void> {
  await expect
    .poll(
      () =>
        append(number).then(
          () => 'added',
          () => 'refused',
        ),
      { timeout: 20_000 },
    )
    .toBe('added');
}

function expectNumbers(reader: Pick<Reader, 'numbers'>, numbers: readonly (number | 'resync')[]): Promise<unknown> {
  return expect.poll(() => reader.numbers(), { timeout: 20_000, interval: 10 }).toEqual(numbers);
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => at + 1);
}

describe('a reader', () => {
  test('is given every event in the order in which they were added, those that were there and those that come', async () => {
    await append(...upTo(450));
    const reader = openReader('0-0');
    await expectNumbers(reader, upTo(450));
    await append(451, 452);
    await expectNumbers(reader, upTo(452));
    const ids = reader.seen.map(({ id }) => id);
    expect(new Set(ids).size).toBe(452);
  });

  test('that names no place is given new events only', async () => {
    await append(1);
    const reader = openReader(undefined);
    const other = openReader('0-0');
    await expectNumbers(other, [1]);
    await append(2);
    await expectNumbers(reader, [2]);
  });

  test('that comes back with the id of the last event goes on right behind it', async () => {
    const numbers: (number | 'resync')[] = [];
    let place = '0-0';
    for (let visit = 0; visit < 5; visit++) {
      await append(visit * 3 + 1, visit * 3 + 2);
      const reader = openReader(place);
      await expect.poll(() => reader.seen.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
      reader.leave();
      expect(await reader.end).toBe('ended');
      place = reader.seen.at(-1)?.id ?? '';
      numbers.push(...reader.numbers());
      await append(visit * 3 + 3);
    }
    const last = openReader(place);
    await expectNumbers(last, [15]);
    expect([...numbers, ...last.numbers()]).toEqual(upTo(15));
  });

  test('is woken by the very first event of a log that was empty', async () => {
    const readers = [openReader('0-0'), openReader('0-0')];
    await redis.ping();
    await append(1);
    for (const reader of readers) await expectNumbers(reader, [1]);
  });

  test('ends when it leaves, and when the feed is closed', async () => {
    const [first, second] = [openReader('0-0'), openReader(undefined)];
    await append(1);
    await expectNumbers(first, [1]);
    first.leave();
    expect(await first.end).toBe('ended');
    feed.close();
    expect(await second.end).toBe('ended');
  });
});

describe('a reader whose place is no longer kept', () => {
  test('is told so, and given everything that is', async () => {
    await append(...upTo(10));
    const whole = openReader('0-0');
    await expectNumbers(whole, upTo(10));
    const places = whole.seen.map(({ id }) => id);
    await redis.xtrim(eventStreamKey, 'MAXLEN', 4);
    await expectNumbers(openReader(places[2]), ['resync', 7, 8, 9, 10]);
    await expectNumbers(openReader(places[6]), [8, 9, 10]);
    await expectNumbers(openReader('0-0'), [7, 8, 9, 10]);
  });

  test('is told so by the trimming that goes with appending: the log has a length', async () => {
    await append(1);
    const first = openReader('0-0');
    await expectNumbers(first, [1]);
    first.leave();
    for (let done = 0; done < 20_500; done += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, at) => append(done + at)));
    }
    expect(await redis.xlen(eventStreamKey)).toBeLessThan(20_200);
    const late = openReader(first.seen[0]?.id);
    await expect.poll(() => late.seen.length, { timeout: 20_000 }).toBeGreaterThan(20_000);
    expect(late.numbers()[0]).toBe('resync');
    expect(late.numbers().filter((number) => number === 'resync')).toEqual(['resync']);
  });

  test('or lies in the future is told so, and goes on with what comes', async () => {
    await append(1);
    const reader = openReader('9999999999999999-0');
    await expectNumbers(reader, ['resync']);
    await append(2);
    await expectNumbers(reader, ['resync', 2]);
  });
});

describe('when Redis goes away', () => {
  test('and comes back with what it had, whoever comes back as well misses nothing and sees nothing twice', async () => {
    const reader = openFaithfulReader();
    for (let crash = 0; crash < 3; crash++) {
      await append(crash * 2 + 1);
      await expectNumbers(reader, upTo(crash * 2 + 1));
      await server.kill();
      await server.start();
      await appended(crash * 2 + 2);
    }
    await expectNumbers(reader, upTo(6));
  });

  test('a reader that looks at that moment fails rather than wait for ever', async () => {
    const reader = openReader('0-0');
    await append(1);
    await expectNumbers(reader, [1]);
    await server.kill();
    const late = openReader('0-0');
    await expect(late.end).rejects.toThrow();
    await server.start();
  });

  test('and an empty one takes its place, whoever has read the log of the first is told', async () => {
    await append(1, 2, 3);
    const reader = openFaithfulReader();
    await expectNumbers(reader, [1, 2, 3]);
    const place = reader.seen.at(-1)?.id;
    await server.kill();
    await server.startEmpty();
    await appended(10);
    await expect.poll(() => reader.numbers(), { timeout: 20_000 }).toContain(10);
    expect(reader.numbers().slice(0, 4)).toEqual([1, 2, 3, 'resync']);
    const late = openReader(place);
    await expectNumbers(late, ['resync', 10]);
  });
});
