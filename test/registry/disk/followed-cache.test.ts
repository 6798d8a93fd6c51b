/** A memory that follows changes: right while it is being loaded, and bounded. */
import { expect, test } from 'vitest';
import { type FollowedCache, followedCache } from '../../../registry/disk/followed-cache.ts';

function openCache(weightMax = 100): FollowedCache<Set<string>> {
  return followedCache<Set<string>>({ weightMax, weigh: (value) => value.size });
}

/** A load that ends when it is told to, and how often it began. */
function openLoad(found: readonly string[]) {
  const waiting = Promise.withResolvers<void>();
  const counter = { begun: 0 };
  const load = async () => {
    counter.begun += 1;
    await waiting.promise;
    return new Set(found);
  };
  return { load, end: () => waiting.resolve(), counter };
}

const loadOf = (found: readonly string[]) => async () => new Set(found);
const never = async (): Promise<Set<string>> => {
  throw new Error('it was loaded again');
};

test('what changes while it is loaded is in it, whether the load saw the change or not', async () => {
  const cache = openCache();
  const { load, end } = openLoad(['seen', 'gone']);
  const reading = cache.read('key', load);
  cache.change('key', (value) => value.add('seen').add('missed'));
  cache.change('key', (value) => value.delete('gone'));
  end();
  expect([...(await reading)].sort()).toEqual(['missed', 'seen']);
  expect([...(await cache.read('key', never))].sort()).toEqual(['missed', 'seen']);
});

test('many readers share one load', async () => {
  const cache = openCache();
  const { load, end, counter } = openLoad(['one']);
  const readings = Promise.all([cache.read('key', load), cache.read('key', load), cache.read('key', load)]);
  end();
  await readings;
  expect(counter.begun).toBe(1);
});

test('what is forgotten is loaded again, and a load that was under way is not remembered', async () => {
  const cache = openCache();
  await cache.read('key', loadOf(['old']));
  cache.forget('key');
  const { load, end } = openLoad(['older']);
  const reading = cache.read('key', load);
  cache.forget('key');
  const next = cache.read('key', loadOf(['new']));
  end();
  expect([...(await reading), ...(await next)]).toEqual(['older', 'new']);
  expect([...(await cache.read('key', never))]).toEqual(['new']);
});

test('a load that fails fails its readers, and the next one loads', async () => {
  const cache = openCache();
  await expect(cache.read('key', never)).rejects.toThrow('loaded again');
  expect((await cache.read('key', loadOf(['one']))).size).toBe(1);
});

test('what is changed is not loaded again, and what nobody has read is not loaded for a change', async () => {
  const cache = openCache();
  cache.change('key', () => {
    throw new Error('there is nothing to change');
  });
  await cache.read('key', loadOf(['one']));
  cache.change('key', (value) => value.add('two'));
  expect((await cache.read('key', never)).size).toBe(2);
});

test('what was used longest ago makes room, also for what grows', async () => {
  const cache = openCache(4);
  await cache.read('old', loadOf(['one', 'two']));
  await cache.read('new', loadOf(['one']));
  cache.change('new', (value) => value.add('two').add('three'));
  await cache.read('new', never);
  await expect(cache.read('old', never)).rejects.toThrow();
});

test('what is too large alone is kept by nobody, and takes nobody’s place', async () => {
  const cache = openCache(2);
  await cache.read('small', loadOf(['one']));
  expect((await cache.read('large', loadOf(['one', 'two', 'three']))).size).toBe(3);
  await cache.read('small', never);
  await expect(cache.read('large', never)).rejects.toThrow();
});
