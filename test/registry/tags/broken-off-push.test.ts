/** A push of several tags that fails at one of them: those before it were moved, and everybody is told so. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { diskLayout } from '../../../registry/disk/disk-layout.ts';
import { jsonOf, openRegistryUnderTest, type RegistryUnderTest } from '../registry-under-test.ts';
import { config, imageNumber, tagCalls } from './tag-calls.ts';

/** A tag with as many moves in its file puts the oldest aside before the next. */
const movesPerTag = 64;

const [one, two, three] = [imageNumber(1), imageNumber(2), imageNumber(3)];
const digest = three.descriptor.digest;

let registry: RegistryUnderTest;
const calls = tagCalls(() => registry, 'team/app');
/** In the way of the moves that are put aside. */
let obstacle: string;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
  await registry.push('team/app', config);
  for (const tag of ['a', 'c']) await calls.put(tag, one);
  for (let at = 0; at < movesPerTag; at += 1) await calls.put('b', at % 2 === 0 ? two : one);
  const layout = diskLayout(join(registry.directory, 'registry'));
  obstacle = layout.tagHistory(parseRepositoryName('team/app'), parseTag('b'));
  await mkdir(dirname(obstacle));
  await writeFile(obstacle, '');
});

afterAll(() => registry.close());

async function journal(after: string): Promise<{ readonly next: string; readonly events: readonly object[] }> {
  const reply = await registry.call({ path: `/admin/v1/events?after=${after}&kinds=push,tag` });
  return jsonOf(reply) as { next: string; events: object[] };
}

test('a push that fails at its first tag has moved none, and tells of none', async () => {
  const { next } = await journal('');
  const broken = await calls.put(`${digest}?tag=b&tag=c`, three);
  expect([broken.status, broken.headers['oci-tag']]).toEqual([500, undefined]);
  expect(await calls.named('c')).toBe(one.descriptor.digest);
  expect((await journal(next)).events).toEqual([]);
});

test('a push that fails at one of its tags tells of those before it, and what is left is pushed again', async () => {
  const { next } = await journal('');
  const broken = await calls.put(`${digest}?tag=a&tag=b&tag=c`, three);
  expect([broken.status, broken.headers['oci-tag']]).toEqual([500, 'a']);
  expect(jsonOf(broken)).toMatchObject({ errors: [{ detail: { confirmed: ['a'], unconfirmed: ['b', 'c'] } }] });
  expect(registry.events).toContainEqual(
    expect.objectContaining({ kind: 'failed', error: expect.objectContaining({ cause: expect.any(Error) }) }),
  );
  const named = async () => [await calls.named('a'), await calls.named('b'), await calls.named('c')];
  expect(await named()).toEqual([digest, one.descriptor.digest, one.descriptor.digest]);
  expect((await calls.moves('a')).at(-1)).toMatchObject({ to: digest });
  const told = await journal(next);
  expect(told.events).toMatchObject([
    { kind: 'push', digest, tags: ['a'] },
    { kind: 'tag', tag: 'a', from: one.descriptor.digest, to: digest },
  ]);

  await rm(obstacle);
  expect((await calls.put(`${digest}?tag=a&tag=b&tag=c`, three)).status).toBe(201);
  expect(await named()).toEqual([digest, digest, digest]);
  expect((await journal(told.next)).events).toMatchObject([
    { kind: 'push', digest, tags: ['a', 'b', 'c'] },
    { kind: 'tag', tag: 'b' },
    { kind: 'tag', tag: 'c' },
  ]);
});
