/** The event stream over a real socket: resumed without gaps, bounded, and ended politely. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventViewSchema } from '../../../api/event.ts';
import { type EventReader, openEventReader } from './event-reader.ts';
import { type HttpBench, openHttpBench, problemIn } from './http-bench.ts';
import { digestOfVersion } from './memory-promotions.ts';

let bench: HttpBench;
let url: string;
const readers: EventReader[] = [];
beforeEach(async () => {
  bench = await openHttpBench();
  url = await bench.http.listen(0);
});
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.leave();
  await bench.close();
});

/** Opens the API anew: with heartbeats that come soon, a reader that is slow for a few of them is cut off. */
async function reopenWith(heartbeatMs: number): Promise<void> {
  await bench.close();
  bench = await openHttpBench({ heartbeatMs });
  url = await bench.http.listen(0);
}

/** Connects to the stream; resolves with its headers. */
async function openReader(path = '/api/v1/events', headers: Record<string, string> = {}): Promise<EventReader> {
  const authorization = `Bearer ${bench.tokens.viewer}`;
  const reader = await openEventReader(`${url}${path}`, { authorization, ...headers });
  readers.push(reader);
  return reader;
}

/** Resolves once the reader has so many messages. */
function messagesOf(reader: EventReader, count: number): Promise<unknown> {
  return expect.poll(() => reader.messages.length, { interval: 5 }).toBeGreaterThanOrEqual(count);
}

const promotion = {
  ...{ id: 'p-1', kind: 'promotion', app: 'web', environment: 'staging', digest: digestOfVersion('1.0.0') },
  ...{ state: 'copying', actor: 'ci', requestedAt: '2030-01-01T00:00:00.000Z', attempts: 1, planId: 'plan-1' },
} as const;

describe('a reader', () => {
  test('is sent each event with its id, type and payload', async () => {
    const reader = await openReader();
    await expect.poll(() => bench.feed.readers()).toBe(1);
    const sent = bench.feed.append('promotion.started', promotion);
    bench.feed.append('environment.drifted', { app: 'web', environment: 'staging', found: 'x' });
    await messagesOf(reader, 2);
    expect(reader.status).toBe(200);
    expect(reader.headers['content-type']).toBe('text/event-stream');
    expect(reader.headers['cache-control']).toBe('no-store');
    const [first] = reader.messages;
    expect(first).toEqual({ id: sent.id, event: 'promotion.started', data: JSON.stringify(promotion) });
    for (const { id, event, data } of reader.messages) {
      expect(eventViewSchema.parse({ id, type: event, payload: JSON.parse(data) }).id).toBe(id);
    }
  });

  test('without a place is sent new events only, with since=0 all that are kept', async () => {
    bench.feed.append('promotion.requested', promotion);
    const fresh = await openReader();
    const whole = await openReader('/api/v1/events?since=0');
    await expect.poll(() => bench.feed.readers()).toBe(2);
    bench.feed.append('promotion.started', promotion);
    await messagesOf(fresh, 1);
    await messagesOf(whole, 2);
    expect(fresh.messages.map(({ event }) => event)).toEqual(['promotion.started']);
    expect(whole.messages.map(({ event }) => event)).toEqual(['promotion.requested', 'promotion.started']);
  });

  test('that comes back with the last id misses nothing and sees nothing twice', async () => {
    const seen: string[] = [];
    let sent = 0;
    const send = (count: number) => {
      for (let at = 0; at < count; at++) bench.feed.append('promotion.progressed', { ...promotion, attempts: ++sent });
    };
    send(20);
    for (let visit = 1; visit <= 5; visit++) {
      const last = seen.at(-1);
      const reader = await openReader(
        `/api/v1/events?since=${seen.length === 0 ? '0' : seen[0]}`,
        last === undefined ? {} : { 'last-event-id': last },
      );
      send(10);
      await messagesOf(reader, 10);
      reader.leave();
      send(7);
      seen.push(...reader.messages.flatMap(({ id }) => id ?? []));
      await expect.poll(() => bench.feed.readers()).toBe(0);
    }
    const reader = await openReader('/api/v1/events', { 'last-event-id': seen.at(-1) ?? '' });
    await expect.poll(() => seen.length + reader.messages.length).toBe(sent);
    seen.push(...reader.messages.flatMap(({ id }) => id ?? []));
    expect(seen.map((id) => Number(id.split('-')[1]))).toEqual(Array.from({ length: sent }, (_, at) => at + 1));
  });

  test('whose place is no longer kept is told to read the status anew', async () => {
    const first = bench.feed.append('promotion.requested', promotion);
    const second = bench.feed.append('promotion.started', promotion);
    bench.feed.append('promotion.finished', promotion);
    bench.feed.trim(second.id);
    const reader = await openReader(`/api/v1/events?since=${first.id}`);
    await messagesOf(reader, 2);
    expect(reader.messages.map(({ event }) => event)).toEqual(['resync', 'promotion.finished']);
  });

  test('is sent signs of life while nothing happens', async () => {
    await reopenWith(300);
    const reader = await openReader();
    await expect.poll(() => reader.comments).toBeGreaterThanOrEqual(3);
    expect(reader.messages).toEqual([]);
  });

  test('that takes nothing stops the reading of the feed, and is cut off at last', async () => {
    await reopenWith(300);
    const payload = { app: 'web', environment: 'staging', padding: 'x'.repeat(100_000) };
    for (let at = 0; at < 300; at++) bench.feed.append('environment.drifted', payload);
    const reader = await openReader('/api/v1/events?since=0');
    reader.stall();
    await expect.poll(() => bench.feed.readers()).toBe(0);
    // What the two ends of the socket hold is taken; the rest of the 30 MB is left where it was.
    expect(bench.feed.taken()).toBeLessThan(250);
    reader.goOn();
    await expect.poll(() => reader.ended).toBe(true);
    expect(reader.messages.length).toBeLessThan(300);
  });

  test('that leaves is read for no longer', async () => {
    const reader = await openReader();
    await expect.poll(() => bench.feed.readers()).toBe(1);
    reader.leave();
    await expect.poll(() => bench.feed.readers()).toBe(0);
  });

  test('whose place is nonsense is refused', async () => {
    for (const since of ['abc', '1-2-3', '-1', '1e9', "1-1'", '1-99999999999999999999']) {
      const answer = await bench.call('viewer', { url: `/api/v1/events?since=${encodeURIComponent(since)}` });
      expect(problemIn(answer)).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
    }
  });
});

describe('a stream ends', () => {
  const farewell = (reason: string) => ({ id: undefined, event: 'bye', data: JSON.stringify({ reason }) });

  test('with a farewell when the service stops, which does not wait for its readers', async () => {
    const reader = await openReader();
    const stalled = await openReader();
    stalled.stall();
    await bench.http.close();
    await expect.poll(() => reader.ended).toBe(true);
    expect(reader.messages).toEqual([farewell('stopping')]);
  });

  test('when its token is revoked', async () => {
    await reopenWith(300);
    const { id, secret } = await bench.access.createToken({ name: 'ci', role: 'viewer' }, 0);
    const reader = await openReader('/api/v1/events', { authorization: `Bearer ${secret}` });
    await bench.access.revokeToken(id);
    await expect.poll(() => reader.ended).toBe(true);
    expect(reader.messages).toEqual([farewell('signed-out')]);
  });

  test('when the feed fails, which is logged', async () => {
    const reader = await openReader();
    await expect.poll(() => bench.feed.readers()).toBe(1);
    bench.feed.failWith = new Error('redis is gone');
    bench.feed.append('promotion.started', promotion);
    await expect.poll(() => reader.ended).toBe(true);
    expect(reader.messages).toEqual([farewell('failed')]);
    expect(bench.log.join('')).toContain('redis is gone');
  });
});

test('streams of one actor are limited, and a closed one makes room', async () => {
  const all = await Promise.all(Array.from({ length: 64 }, () => openReader()));
  expect(problemIn(await bench.call('viewer', { url: '/api/v1/events' }))).toMatchObject({
    status: 503,
    code: 'STREAMS_EXHAUSTED',
  });
  all[0]?.leave();
  await expect.poll(() => bench.feed.readers()).toBe(63);
  expect((await openReader()).status).toBe(200);
});
