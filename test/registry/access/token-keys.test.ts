/** The keys of our tokens on the disk. */
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CodedError } from '../../../errors/errors.ts';
import { openTokenKeys } from '../../../registry/access/token-keys.ts';
import { temporaryDirectory } from '../registry-under-test.ts';

let directory: string;

async function ours(): Promise<void> {}

beforeAll(async () => {
  directory = await temporaryDirectory();
});

afterAll(() => rm(directory, { recursive: true }));

test('a key is made at the first start, readable for its owner alone, and is the same after the next start', async () => {
  const path = join(directory, 'first.json');
  const made = await openTokenKeys(path, 1, ours);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const again = await openTokenKeys(path, 2, ours);
  expect(again.signing().id).toBe(made.signing().id);
  expect(again.find(made.signing().id, 2)).toBeDefined();
  expect(again.find('another', 2)).toBeUndefined();
});

test('after a rotation there are two, also after a restart, and the older one ends when it was to', async () => {
  const path = join(directory, 'rotated.json');
  const keys = await openTokenKeys(path, 1, ours);
  const first = keys.signing().id;
  const { id: second } = await keys.rotate(100, 50);
  for (const held of [keys, await openTokenKeys(path, 100, ours)]) {
    expect(held.signing().id).toBe(second);
    expect([held.find(first, 149) === undefined, held.find(first, 150) === undefined]).toEqual([false, true]);
    expect(held.find(second, 1_000_000)).toBeDefined();
  }
});

test('of many rotations at once the last one signs, in memory and on the disk', async () => {
  const path = join(directory, 'many.json');
  const keys = await openTokenKeys(path, 1, ours);
  await Promise.all(Array.from({ length: 5 }, () => keys.rotate(100, 50)));
  expect((await openTokenKeys(path, 1, ours)).signing().id).toBe(keys.signing().id);
  expect(JSON.parse(await readFile(path, 'utf8')).keys).toHaveLength(2);
});

test('where the disk takes no writes a key that is there signs, and else one that ends with the process', async () => {
  const path = join(directory, 'full.json');
  const full = () => Promise.reject(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }));
  const alone = await openTokenKeys(path, 1, full);
  expect(alone.find(alone.signing().id, 1)).toBeDefined();
  await expect(stat(path)).rejects.toThrow('ENOENT');
  const kept = await openTokenKeys(path, 1, ours);
  const again = await openTokenKeys(path, 1, full);
  expect(again.signing().id).toBe(kept.signing().id);
  await expect(again.rotate(2, 0)).rejects.toThrow('ENOSPC');
  expect(again.signing().id).toBe(kept.signing().id);
});

test('what verifies cannot sign', async () => {
  const keys = await openTokenKeys(join(directory, 'public.json'), 1, ours);
  expect(keys.find(keys.signing().id, 1)).toMatchObject({ type: 'public', usages: ['verify'] });
});

const badFiles = [
  '',
  '{',
  '[]',
  '{"schema":2,"keys":[]}',
  '{"schema":1,"keys":[]}',
  '{"schema":1,"keys":[{"id":"a","createdAt":1,"jwk":{"kty":"oct","k":"c2VjcmV0"}}]}',
  '{"schema":1,"keys":[{"id":"a","createdAt":1,"jwk":{"kty":"EC","crv":"P-256","x":"A","y":"A","d":"A"}}]}',
];

test.each(badFiles)('a file of other content is refused, not replaced: %s', async (text) => {
  const path = join(directory, 'bad.json');
  await writeFile(path, text);
  const error: unknown = await openTokenKeys(path, 1, ours).catch((thrown: unknown) => thrown);
  expect(error instanceof CodedError && error.code).toBe('TOKEN_KEYS_INVALID');
  expect(await readFile(path, 'utf8')).toBe(text);
});
