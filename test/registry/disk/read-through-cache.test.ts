/** What is remembered of the disk is never older than the last write. */
import { describe, expect, test } from 'vitest';
import { type ReadThroughCache, readThroughCache } from '../../../registry/disk/read-through-cache.ts';

function cacheOf(weightMax: number): ReadThroughCache<string> {
  return readThroughCache({ weightMax, weigh: (value) => value.length });
}

async function absent(): Promise<undefined> {
  return undefined;
}

describe('a cache', () => {
  test('loads once, and absence each time', async () => {
    const cache = cacheOf(100);
    expect(await cache.read('key', async () => 'loaded')).toBe('loaded');
    expect(await cache.read('key', absent)).toBe('loaded');
    expect(await cache.read('other', absent)).toBeUndefined();
    expect(await cache.read('other', async () => 'now')).toBe('now');
  });

  test('shares one load among readers', async () => {
    const cache = cacheOf(100);
    const { promise, resolve } = Promise.withResolvers<string>();
    const readers = [cache.read('key', () => promise), cache.read('key', async () => 'second')];
    resolve('first');
    expect(await Promise.all(readers)).toEqual(['first', 'first']);
  });

  test('keeps no load that a write has overtaken', async () => {
    const cache = cacheOf(100);
    const { promise, resolve } = Promise.withResolvers<string>();
    const reader = cache.read('key', () => promise);
    cache.remember('key', 'new');
    resolve('old');
    await reader;
    expect(await cache.read('key', absent)).toBe('new');
  });

  test('keeps no load that a removal has overtaken, and joins nobody to it', async () => {
    const cache = cacheOf(100);
    const { promise, resolve } = Promise.withResolvers<string>();
    const reader = cache.read('key', () => promise);
    cache.forget('key');
    const after = cache.read('key', absent);
    resolve('removed');
    await reader;
    expect(await after).toBeUndefined();
    expect(await cache.read('key', absent)).toBeUndefined();
  });

  test('keeps nothing of a load that failed', async () => {
    const cache = cacheOf(100);
    await expect(cache.read('key', () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(await cache.read('key', async () => 'loaded')).toBe('loaded');
  });

  test('drops what was used longest ago, by weight', async () => {
    const cache = cacheOf(6);
    for (const key of ['a', 'b', 'c']) cache.remember(key, 'xx');
    await cache.read('a', absent);
    cache.remember('d', 'xx');
    expect(await cache.read('b', absent)).toBeUndefined();
    expect(await cache.read('a', absent)).toBe('xx');
    cache.remember('heavy', 'xxxxxxx');
    expect(await cache.read('heavy', absent)).toBeUndefined();
    expect(await cache.read('a', absent)).toBe('xx');
    cache.remember('a', 'xxxxxx');
    expect(await cache.read('c', absent)).toBeUndefined();
  });
});
