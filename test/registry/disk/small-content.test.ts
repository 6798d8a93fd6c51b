/** Which content is kept in memory, and for how long. Loads are counted: each reads the disk. */
import { beforeEach, expect, test } from 'vitest';
import type { Digest } from '../../../oci/spec/digest.ts';
import {
  keptContentBytesMax,
  openSmallContent,
  type SmallContent,
  smallContentBytesMax,
} from '../../../registry/disk/small-content.ts';

let content: SmallContent;
let loads: number;

beforeEach(() => {
  content = openSmallContent();
  loads = 0;
});

const digestOf = (number: number) => `sha256:${String(number).padStart(64, '0')}` as Digest;

/** Asks for the content of that number; whether it came from memory. */
async function isKept(number: number, sizeBytes = 100): Promise<boolean> {
  const before = loads;
  const bytes = await content.read(digestOf(number), sizeBytes, async () => {
    loads += 1;
    return Buffer.alloc(sizeBytes, number);
  });
  if (bytes !== undefined) expect(Buffer.alloc(sizeBytes, number).equals(bytes)).toBe(true);
  return bytes !== undefined && loads === before;
}

test('what is asked for the second time is loaded, and is there from then on', async () => {
  expect([await isKept(1), loads]).toEqual([false, 0]);
  expect([await isKept(1), loads]).toEqual([false, 1]);
  expect([await isKept(1), await isKept(1), loads]).toEqual([true, true, 1]);
});

test('readers who come together share one load', async () => {
  await isKept(1);
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  const first = content.read(digestOf(1), 3, () => promise);
  const second = content.read(digestOf(1), 3, () => Promise.reject(new Error('a second load')));
  resolve(Buffer.from('abc'));
  expect(await Promise.all([first, second])).toEqual([Buffer.from('abc'), Buffer.from('abc')]);
});

test('content that is larger than small is never loaded', async () => {
  for (let times = 0; times < 3; times += 1) expect(await isKept(1, smallContentBytesMax + 1)).toBe(false);
  expect(loads).toBe(0);
  for (let times = 0; times < 2; times += 1) await isKept(2, smallContentBytesMax);
  expect(await isKept(2, smallContentBytesMax)).toBe(true);
});

test('a round through more than fits loads nothing, however often it is made', async () => {
  const more = keptContentBytesMax / smallContentBytesMax + 1;
  for (let round = 0; round < 3; round += 1) {
    for (let number = 0; number < more; number += 1) await isKept(number, smallContentBytesMax);
  }
  expect(loads).toBe(0);
});

test('what was used longest ago makes room', async () => {
  const keep = async (number: number) => {
    for (let times = 0; times < 2; times += 1) await isKept(number, smallContentBytesMax);
  };
  const fitting = Math.floor(keptContentBytesMax / (smallContentBytesMax + 1024));
  for (let number = 0; number < fitting; number += 1) await keep(number);
  expect(await isKept(0, smallContentBytesMax)).toBe(true);
  await keep(fitting);
  expect(await isKept(0, smallContentBytesMax)).toBe(true);
  expect(await isKept(1, smallContentBytesMax)).toBe(false);
});

test('content without bytes is bounded in number', async () => {
  await isKept(0, 0);
  for (let number = 1; number <= keptContentBytesMax / 1024; number += 1) await isKept(number, 0);
  await isKept(0, 0);
  expect(loads).toBe(0);
});

test.each([
  ['it is forgotten', () => content.forget(digestOf(1))],
  ['everything is', () => content.clear()],
])('nothing of it is left when %s', async (_, forget) => {
  for (let times = 0; times < 2; times += 1) await isKept(1);
  forget();
  expect([await isKept(1), await isKept(1), loads]).toEqual([false, false, 2]);
});

test('a load that was under way when it was forgotten is not kept', async () => {
  await isKept(1);
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  const before = content.read(digestOf(1), 3, () => promise);
  content.forget(digestOf(1));
  resolve(Buffer.from('old'));
  expect(await before).toEqual(Buffer.from('old'));
  expect([await isKept(1), await isKept(1), await isKept(1), loads]).toEqual([false, false, true, 1]);
});

test.each<[string, () => Promise<Uint8Array | undefined>]>([
  ['finds nothing', async () => undefined],
  ['finds another number of bytes', async () => Buffer.from('ab')],
  ['fails', () => Promise.reject(new Error('a bad sector'))],
])('a load that %s leaves it to the disk, and is not kept', async (_, load) => {
  await content.read(digestOf(1), 3, load);
  expect(await content.read(digestOf(1), 3, load)).toBeUndefined();
  expect([await isKept(1, 3), await isKept(1, 3), await isKept(1, 3)]).toEqual([false, false, true]);
});
