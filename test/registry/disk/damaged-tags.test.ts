/** Tags whose files are damaged, as the store has them: there, unknown, and free for nobody. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Digest, parseDigest } from '../../../oci/spec/digest.ts';
import { parseRepositoryName, type RepositoryName } from '../../../oci/spec/repository-name.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { type DataDirectory, openDataDirectory } from '../../../registry/disk/data-directory.ts';
import { durableDirectories } from '../../../registry/disk/durable-file.ts';
import { openTagFiles } from '../../../registry/disk/tag-files.ts';
import { openTagStore, type TagStore } from '../../../registry/disk/tag-store.ts';
import type { RegistryEvent } from '../../../registry/registry-event.ts';
import type { TagAuthor } from '../../../registry/storage.ts';
import { temporaryDirectory } from '../registry-under-test.ts';

const author: TagAuthor = { by: 'ann', at: 7, how: 'push', judge: () => ({ allowed: true, overridden: [] }) };
const edit = { author, overridden: [{ code: 'TAG_DAMAGED', message: '', wayOut: '' }] };
const tag = parseTag('edge');

let root: string;
let directory: DataDirectory;
let events: RegistryEvent[] = [];
let repositories = 0;
let repository: RepositoryName;

beforeAll(async () => {
  root = await temporaryDirectory();
  directory = await openDataDirectory(root);
});

afterAll(async () => {
  await directory.close();
  await rm(root, { recursive: true });
});

/** A store as a process that has just started has it. */
function open(): TagStore {
  events = [];
  const directories = durableDirectories(directory.layout.root);
  return openTagStore(openTagFiles(directory, directories, (event) => events.push(event)));
}

function digestOfNumber(n: number): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(String(n)).digest('hex')}`);
}

/** A repository of its own whose tag was moved so often, under growing lane tokens. */
async function movedTag(moves: number): Promise<void> {
  repositories += 1;
  repository = parseRepositoryName(`team/app${repositories}`);
  const store = open();
  for (let n = 1; n <= moves; n += 1) {
    await store.write(await store.open(repository, tag), { digest: digestOfNumber(n), fence: n }, edit);
  }
}

async function move(store: TagStore, n: number): Promise<void> {
  await store.write(await store.open(repository, tag), { digest: digestOfNumber(n) }, edit);
}

async function remove(): Promise<void> {
  const store = open();
  await store.remove(await store.open(repository, tag), edit);
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** The tags that name the digest, and those that may. */
async function naming(store: TagStore, n: number) {
  const { tags, damaged } = await store.byDigest(repository);
  return { tags: [...(tags.get(digestOfNumber(n)) ?? [])], damaged: [...damaged] };
}

async function numbers(store: TagStore): Promise<readonly number[]> {
  return (await store.history(repository, tag, { movesMax: 1_000 })).map(({ number }) => number).toReversed();
}

const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);

const damagedTexts: [string, string][] = [
  ['nothing', ''],
  ['a part of it', '{"digest":"sha256:00'],
  ['nonsense', '\0\0\0\0'],
  ['a list', '[1]'],
  ['an empty object', '{}'],
  ['a digest that is none', '{"digest":"sha256:00"}'],
  ['a lane token that is none', `{"digest":"${digestOfNumber(1)}","fence":"1"}`],
  ['moves that are none', `{"digest":"${digestOfNumber(1)}","moves":[{}]}`],
];

describe('a tag of which the file has', () => {
  test.each(damagedTexts)('%s is there, listed, and unknown', async (_, text) => {
    await movedTag(1);
    await put(directory.layout.tag(repository, tag), text);
    const store = open();
    await expect(store.read(repository, tag)).rejects.toMatchObject({ code: 'TAG_DAMAGED' });
    expect(await store.list(repository)).toEqual([tag]);
    expect((await store.open(repository, tag)).standing).toEqual({ damaged: 'tag' });
    expect(await naming(store, 1)).toEqual({ tags: [], damaged: [tag] });
    expect(events).toContainEqual(expect.objectContaining({ kind: 'record-unreadable' }));
  });
});

describe('what is left of a removed tag, of which the file has', () => {
  test.each(damagedTexts)('%s, keeps its name', async (_, text) => {
    await movedTag(1);
    await remove();
    await put(directory.layout.removedTag(repository, tag), text);
    const store = open();
    expect(await store.read(repository, tag)).toBeUndefined();
    expect((await store.open(repository, tag)).standing).toEqual({ damaged: 'removed' });
    expect(events).toContainEqual(expect.objectContaining({ kind: 'record-unreadable' }));
  });
});

describe('a damaged tag', () => {
  test('is known by the moves that were put aside, and goes on after them when it is written again', async () => {
    await movedTag(100);
    await put(directory.layout.tag(repository, tag), '');
    const store = open();
    expect((await store.open(repository, tag)).standing).toEqual({ damaged: 'tag', fence: 64 });
    expect(await numbers(store)).toEqual(upTo(1, 64));
    await store.write(await store.open(repository, tag), { digest: digestOfNumber(0), fence: 3 }, edit);
    const reopened = open();
    expect(await reopened.read(repository, tag)).toEqual({ digest: digestOfNumber(0), fence: 64 });
    expect(await numbers(reopened)).toEqual(upTo(1, 65));
    const [last] = await reopened.history(repository, tag, { movesMax: 1 });
    expect(last).toMatchObject({ number: 65, to: digestOfNumber(0), overrode: ['TAG_DAMAGED'] });
  });

  test('is known by what was left of it when it was removed before', async () => {
    await movedTag(3);
    await remove();
    const store = open();
    await store.write(await store.open(repository, tag), { digest: digestOfNumber(9) }, edit);
    await put(directory.layout.tag(repository, tag), 'x');
    expect((await open().open(repository, tag)).standing).toEqual({ damaged: 'tag', fence: 3 });
    expect(await numbers(open())).toEqual([1, 2, 3, 4]);
  });

  test('begins anew where nothing else tells of it', async () => {
    await movedTag(2);
    await put(directory.layout.tag(repository, tag), '');
    const store = open();
    await store.byDigest(repository);
    await store.write(await store.open(repository, tag), { digest: digestOfNumber(5) }, edit);
    expect(await store.read(repository, tag)).toEqual({ digest: digestOfNumber(5) });
    expect(await numbers(store)).toEqual([1]);
    expect(await naming(store, 5)).toEqual({ tags: [tag], damaged: [] });
  });

  test('that is removed leaves a name that is not new, and every lane token that is known', async () => {
    await movedTag(70);
    await put(directory.layout.tag(repository, tag), '');
    await remove();
    const store = open();
    expect(await store.read(repository, tag)).toBeUndefined();
    expect(await store.list(repository)).toEqual([]);
    expect((await store.open(repository, tag)).standing).toEqual({ removed: 'unknown', fence: 32 });
    expect(await numbers(store)).toEqual(upTo(1, 33));
  });

  test('is one that may name any manifest, until it is mended', async () => {
    await movedTag(1);
    const other = parseTag('other');
    const sound = open();
    await sound.write(await sound.open(repository, other), { digest: digestOfNumber(2) }, edit);
    await put(directory.layout.tag(repository, tag), '');
    const store = open();
    expect(await naming(store, 2)).toEqual({ tags: [other], damaged: [tag] });
    await store.remove(await store.open(repository, tag), edit);
    expect(await naming(store, 2)).toEqual({ tags: [other], damaged: [] });
  });
});

describe('a tag that became damaged since it was read', () => {
  test.each([
    ['written again', (store: TagStore) => move(store, 2), [[], [tag]]],
    ['removed', async (store: TagStore) => store.remove(await store.open(repository, tag), edit), [[], []]],
  ] as const)('and is %s names nothing of before', async (_, change, expected) => {
    await movedTag(1);
    const store = open();
    await store.byDigest(repository);
    await put(directory.layout.tag(repository, tag), 'x');
    await change(store);
    expect([(await naming(store, 1)).tags, (await naming(store, 2)).tags]).toEqual(expected);
  });
});

test('a tag that became damaged since it was read is not written over with what it lost', async () => {
  await movedTag(1);
  const store = open();
  await store.byDigest(repository);
  const path = directory.layout.tag(repository, tag);
  await put(path, 'x');
  const losing = store.lose(await store.open(repository, tag), digestOfNumber(2), edit);
  await expect(losing).rejects.toMatchObject({ code: 'TAG_DAMAGED' });
  expect(await readFile(path, 'utf8')).toBe('x');
});

describe('moves that were put aside', () => {
  test('and are damaged are missing from the history, which tells all others', async () => {
    await movedTag(100);
    await put(join(directory.layout.tagHistory(repository, tag), '000000000001'), '');
    const store = open();
    expect(await store.read(repository, tag)).toMatchObject({ digest: digestOfNumber(100) });
    expect(await numbers(store)).toEqual(upTo(33, 100));
    expect(events).toContainEqual(expect.objectContaining({ kind: 'record-unreadable' }));
  });

  test('and are damaged with the tag leave what came before them', async () => {
    await movedTag(100);
    await put(join(directory.layout.tagHistory(repository, tag), '000000000033'), '[');
    await put(directory.layout.tag(repository, tag), '');
    expect((await open().open(repository, tag)).standing).toEqual({ damaged: 'tag', fence: 32 });
    expect(await numbers(open())).toEqual(upTo(1, 32));
  });

  test('are not touched by reading what is damaged', async () => {
    await movedTag(1);
    const path = directory.layout.tag(repository, tag);
    await put(path, 'x');
    const store = open();
    await store.open(repository, tag);
    await store.history(repository, tag, { movesMax: 9 });
    expect(await readFile(path, 'utf8')).toBe('x');
  });
});
