/** Buckets of tokens, and whom they hold back. */
import { describe, expect, test } from 'vitest';
import { openRateLimit, rateLimitCallersMax } from '../../../registry/watch/rate-limit.ts';
import { basic, type Caller, openRegistryUnderTest } from '../registry-under-test.ts';

describe('a bucket', () => {
  test('lets a burst through, then as many as the rate', () => {
    let nowMs = 0;
    const limit = openRateLimit({ requestsPerSecond: 2, burst: 3 }, () => nowMs);
    const take = () => limit.take('a');
    expect([take(), take(), take(), take()]).toEqual([undefined, undefined, undefined, 1]);
    nowMs += 500;
    expect([take(), take()]).toEqual([undefined, 1]);
    nowMs += 60_000;
    expect([take(), take(), take(), take()]).toEqual([undefined, undefined, undefined, 1]);
  });

  test('is one caller’s alone', () => {
    const limit = openRateLimit({ requestsPerSecond: 1, burst: 1 }, () => 0);
    expect([limit.take('a'), limit.take('a'), limit.take('b')]).toEqual([undefined, 1, undefined]);
  });

  test('says how long to wait where the rate is low', () => {
    const limit = openRateLimit({ requestsPerSecond: 0.1, burst: 1 }, () => 0);
    expect([limit.take('a'), limit.take('a')]).toEqual([undefined, 10]);
  });

  test('neither fills nor empties by a clock that goes backwards', () => {
    let nowMs = 1_000_000;
    const limit = openRateLimit({ requestsPerSecond: 1, burst: 2 }, () => nowMs);
    limit.take('a');
    nowMs = 0;
    expect([limit.take('a'), limit.take('a')]).toEqual([undefined, 1]);
  });

  test('is kept of so many callers and no more', () => {
    const limit = openRateLimit({ requestsPerSecond: 1, burst: 1 }, () => 0);
    limit.take('first');
    expect(limit.take('first')).toBe(1);
    for (let at = 0; at < rateLimitCallersMax; at += 1) limit.take(`other ${at}`);
    expect(limit.take('first')).toBeUndefined();
    expect(limit.take(`other ${rateLimitCallersMax - 1}`)).toBe(1);
  });

  test('holds nobody back where nothing is set', () => {
    const limit = openRateLimit(undefined, () => 0);
    expect(Array.from({ length: 1_000 }, () => limit.take('a')).every((wait) => wait === undefined)).toBe(true);
  });
});

describe('a registry with a limit', () => {
  test('sends away who asks too much, with the time to wait, and neither the promotion service nor an administrator', async () => {
    const registry = await openRegistryUnderTest({
      settings: { rateLimit: { requestsPerSecond: 1, burst: 3 } },
      now: () => 0,
    });
    const statuses = async (as: Caller) => {
      const replies = [];
      for (let at = 0; at < 5; at += 1) replies.push((await registry.call({ path: '/v2/', as })).status);
      return replies;
    };
    expect(await statuses('viewer')).toEqual([200, 200, 200, 429, 429]);
    const refused = await registry.call({ path: '/v2/team/app/tags/list', as: 'viewer' });
    expect([refused.codes, refused.headers['retry-after']]).toEqual([['TOOMANYREQUESTS'], '1']);
    expect(await statuses('pusher')).toEqual([200, 200, 200, 429, 429]);
    expect(await statuses('service')).toEqual([200, 200, 200, 200, 200]);
    expect(await statuses('admin')).toEqual([200, 200, 200, 200, 200]);
    expect((await registry.call({ path: '/livez', as: 'viewer' })).status).toBe(200);
    expect((await registry.call({ path: '/metrics' })).text).toContain('registry_rate_limited_total 5');
    await registry.close();
  });

  test('counts a user and an API token of one name apart', async () => {
    const settings = { rateLimit: { requestsPerSecond: 1, burst: 2 } };
    const registry = await openRegistryUnderTest({ settings, now: () => 0 });
    await registry.access.createUser({ name: 'viewer-token', password: 'a long password', role: 'viewer' });
    const asked = async (as: Caller) => (await registry.call({ path: '/v2/', as })).status;
    const user = basic('viewer-token', 'a long password');
    expect([await asked(user), await asked(user), await asked(user)]).toEqual([200, 200, 429]);
    expect([await asked('viewer'), await asked('viewer'), await asked('viewer')]).toEqual([200, 200, 429]);
    await registry.close();
  });
});
