/** Locks by name. */
import { expect, test } from 'vitest';
import { openKeyedLock } from '../../../registry/disk/keyed-lock.ts';

/** A piece of work that runs until it is let go, and writes down when it begins and ends. */
function pieceOfWork(name: string, log: string[]): { readonly work: () => Promise<void>; readonly letGo: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const work = async () => {
    log.push(`${name} begins`);
    await promise;
    log.push(`${name} ends`);
  };
  return { work, letGo: resolve };
}

/** Lets everything run that can. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('sharers hold a key together, an owner alone, in the order in which they came', async () => {
  const lock = openKeyedLock();
  const log: string[] = [];
  const [a, b, owner, late] = ['a', 'b', 'owner', 'late'].map((name) => pieceOfWork(name, log));
  const all = [
    lock.shared('key', a?.work ?? settle),
    lock.shared('key', b?.work ?? settle),
    lock.exclusive('key', owner?.work ?? settle),
    lock.shared('key', late?.work ?? settle),
  ];
  await settle();
  expect(log.splice(0)).toEqual(['a begins', 'b begins']);
  a?.letGo();
  await settle();
  expect(log.splice(0)).toEqual(['a ends']);
  b?.letGo();
  await settle();
  expect(log.splice(0)).toEqual(['b ends', 'owner begins']);
  owner?.letGo();
  await settle();
  expect(log.splice(0)).toEqual(['owner ends', 'late begins']);
  late?.letGo();
  await Promise.all(all);
});

test('keys do not wait for each other', async () => {
  const lock = openKeyedLock();
  const log: string[] = [];
  const one = pieceOfWork('one', log);
  const held = lock.exclusive('one', one.work);
  expect(await lock.exclusive('two', async () => 'two')).toBe('two');
  one.letGo();
  await held;
});

test('work that fails lets the next one in, and its error out', async () => {
  const lock = openKeyedLock();
  const failing = lock.exclusive('key', async () => {
    throw new Error('failed');
  });
  const next = lock.exclusive('key', async () => 'next');
  await expect(failing).rejects.toThrow('failed');
  expect(await next).toBe('next');
});

test('sharers that wait behind an owner are let in together', async () => {
  const lock = openKeyedLock();
  const log: string[] = [];
  const owner = pieceOfWork('owner', log);
  const sharers = ['a', 'b', 'c'].map((name) => pieceOfWork(name, log));
  const all = [lock.exclusive('key', owner.work), ...sharers.map(({ work }) => lock.shared('key', work))];
  owner.letGo();
  await settle();
  expect(log).toEqual(['owner begins', 'owner ends', 'a begins', 'b begins', 'c begins']);
  for (const { letGo } of sharers) letGo();
  await Promise.all(all);
});
