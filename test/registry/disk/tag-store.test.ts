/** Tags on disk: their history, what is left of them where a write breaks off, and what is asked of the disk. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TagMove } from '../../../core/tag-move.ts';
import type { Digest } from '../../../oci/spec/digest.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { type DataDirectory, openDataDirectory } from '../../../registry/disk/data-directory.ts';
import { durableDirectories } from '../../../registry/disk/durable-file.ts';
import { openTagFiles } from '../../../registry/disk/tag-files.ts';
import { openTagStore, type TagStore } from '../../../registry/disk/tag-store.ts';
import type { RegistryEvent } from '../../../registry/registry-event.ts';
import type { TagAuthor } from '../../../registry/storage.ts';
import { temporaryDirectory } from '../registry-under-test.ts';
import { BrokenOff, type CountedTagFiles, countedTagFiles, type TagFileOperation } from './counted-tag-files.ts';

const author: TagAuthor = { by: 'ann', at: 7, how: 'push', judge: () => ({ allowed: true, overridden: [] }) };
const edit = { author, overridden: [] };
const tag = parseTag('edge');

let root: string;
let directory: DataDirectory;
const events: RegistryEvent[] = [];

beforeAll(async () => {
  root = await temporaryDirectory();
  directory = await openDataDirectory(root);
});

afterAll(async () => {
  await directory.close();
  await rm(root, { recursive: true });
});

let repositories = 0;

/** A store as a process that has just started has it, and a repository that is nobody else's. */
function open(): { readonly store: TagStore; readonly counted: CountedTagFiles } {
  const files = openTagFiles(directory, durableDirectories(directory.layout.root), (event) => events.push(event));
  const counted = countedTagFiles(files);
  return { store: openTagStore(counted.files), counted };
}

function newRepository() {
  repositories += 1;
  return parseRepositoryName(`team/app${repositories}`);
}

function digestOfNumber(n: number): Digest {
  return `sha256:${createHash('sha256').update(String(n)).digest('hex')}` as Digest;
}

type Repository = ReturnType<typeof newRepository>;

async function move(store: TagStore, repository: Repository, n: number, name = tag): Promise<void> {
  await store.write(await store.open(repository, name), { digest: digestOfNumber(n) }, edit);
}

async function remove(store: TagStore, repository: Repository, name = tag): Promise<void> {
  await store.remove(await store.open(repository, name), edit);
}

/** The tags that name the digest, sorted. */
async function naming(store: TagStore, repository: Repository, n: number): Promise<readonly string[]> {
  const { tags } = await store.byDigest(repository);
  return [...(tags.get(digestOfNumber(n)) ?? [])].sort();
}

/** The whole history, the oldest first, read in pages of that size. */
async function history(store: TagStore, repository: Repository, movesMax = 1_000): Promise<readonly TagMove[]> {
  const all: TagMove[] = [];
  for (;;) {
    const before = all.at(-1)?.number;
    const page = await store.history(repository, tag, { movesMax, ...(before === undefined ? {} : { before }) });
    all.push(...page);
    if (page.length < movesMax) return all.toReversed();
  }
}

/** From where to where, move by move. */
function path(moves: readonly TagMove[]): readonly (Digest | undefined)[] {
  for (const [at, { number, from }] of moves.entries()) {
    expect([number, from]).toEqual([at + 1, moves[at - 1]?.to]);
  }
  return moves.map(({ to }) => to);
}

describe('the history of a tag', () => {
  test('has every move with who, when, how and why', async () => {
    const { store } = open();
    const repository = newRepository();
    const overridden = [{ code: 'TAG_IMMUTABLE', message: '', wayOut: '' }];
    const other = { ...author, by: 'bob', at: 9, how: 'restore', reason: 'it broke', command: 'c1' } as const;
    await move(store, repository, 1);
    await store.write(
      await store.open(repository, tag),
      { digest: digestOfNumber(2), fence: 5 },
      { author: other, overridden },
    );
    expect(await history(store, repository)).toEqual([
      { number: 1, at: 7, to: digestOfNumber(1), by: 'ann', how: 'push' },
      {
        ...{ number: 2, at: 9, from: digestOfNumber(1), to: digestOfNumber(2), by: 'bob', how: 'restore', fence: 5 },
        ...{ command: 'c1', reason: 'it broke', overrode: ['TAG_IMMUTABLE'] },
      },
    ]);
  });

  test('has no move where the tag names what it named', async () => {
    const { store, counted } = open();
    const repository = newRepository();
    await move(store, repository, 1);
    counted.counts();
    await move(store, repository, 1);
    expect(counted.counts()).toEqual({ read: 1, flush: 1 });
    expect(path(await history(store, repository))).toEqual([digestOfNumber(1)]);
  });

  test('is whole after a thousand moves, in pages of any size, while the tag’s own file stays small', async () => {
    const { store } = open();
    const repository = newRepository();
    for (let n = 1; n <= 1_000; n += 1) await move(store, repository, n);
    const expected = Array.from({ length: 1_000 }, (_, at) => digestOfNumber(at + 1));
    const reopened = open().store;
    for (const movesMax of [1_000, 999, 64, 33, 7]) {
      expect(path(await history(reopened, repository, movesMax))).toEqual(expected);
    }
    expect((await readFile(directory.layout.tag(repository, tag))).length).toBeLessThan(32 * 1024);
    expect((await readdir(directory.layout.tagHistory(repository, tag))).length).toBeGreaterThan(25);
  }, 60_000);

  test('goes on when the tag was removed and comes back', async () => {
    const { store } = open();
    const repository = newRepository();
    await move(store, repository, 1);
    await remove(store, repository);
    const reopened = open().store;
    expect(await reopened.read(repository, tag)).toBeUndefined();
    expect((await reopened.open(repository, tag)).standing).toEqual({ removed: digestOfNumber(1) });
    await move(reopened, repository, 2);
    expect(path(await history(reopened, repository))).toEqual([digestOfNumber(1), undefined, digestOfNumber(2)]);
  });

  test('of a tag that never was is empty', async () => {
    expect(await history(open().store, newRepository())).toEqual([]);
  });
});

describe('a tag of an earlier program', () => {
  test('is read, and its history begins with what it named', async () => {
    const repository = newRepository();
    await mkdir(directory.layout.tags(repository), { recursive: true });
    await writeFile(
      directory.layout.tag(repository, tag),
      `${JSON.stringify({ digest: digestOfNumber(1), fence: 3 })}\n`,
    );
    const { store } = open();
    expect(await store.read(repository, tag)).toEqual({ digest: digestOfNumber(1), fence: 3 });
    expect(await history(store, repository)).toEqual([]);
    await move(store, repository, 2);
    expect(await history(store, repository)).toMatchObject([
      { number: 1, from: digestOfNumber(1), to: digestOfNumber(2) },
    ]);
    expect(await store.read(repository, tag)).toEqual({ digest: digestOfNumber(2), fence: 3 });
  });

  test('that was removed leaves its fence alone', async () => {
    const repository = newRepository();
    await mkdir(join(root, 'repositories', repository, '_fences'), { recursive: true });
    await writeFile(directory.layout.removedTag(repository, tag), '{"fence":4}\n');
    expect((await open().store.open(repository, tag)).standing).toEqual({ fence: 4 });
  });
});

describe('where a write breaks off', () => {
  const operations: readonly TagFileOperation[] = ['write', 'writeRemoved', 'remove', 'writeEarlier', 'read'];

  test('nothing of the history is lost and nothing is there twice, and the tag is as before or as wanted', async () => {
    const step = fc.record({
      wish: fc.constantFrom('move', 'move', 'move', 'remove'),
      break: fc.option(
        fc.record({ operation: fc.constantFrom(...operations), when: fc.constantFrom('before', 'after') }),
        {
          nil: undefined,
          freq: 2,
        },
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), fc.nat(70), async (steps, moved) => {
        const repository = newRepository();
        const begun = open().store;
        for (let n = 1; n <= moved; n += 1) await move(begun, repository, -n);
        let told = (await history(begun, repository)).map(({ to }) => to);
        for (const [at, wanted] of steps.entries()) {
          const { store, counted } = open();
          if (wanted.break !== undefined)
            counted.breakOff(wanted.break.operation, wanted.break.when as 'before' | 'after');
          const wish = wanted.wish === 'move' ? move(store, repository, at) : remove(store, repository);
          const broke = await wish.then(
            () => false,
            (error: unknown) => {
              if (!(error instanceof BrokenOff)) throw error;
              return true;
            },
          );
          const fresh = open().store;
          const now = await fresh.read(repository, tag);
          const standing = told.at(-1);
          const target = wanted.wish === 'move' ? digestOfNumber(at) : undefined;
          const moves = path(await history(fresh, repository));
          expect(broke ? [standing, target] : [target]).toContain(now?.digest);
          const changed = now?.digest !== standing;
          expect(moves).toEqual(changed ? [...told, now?.digest] : told);
          told = [...moves];
        }
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});

describe('a write that breaks off after the disk has it', () => {
  const other = parseTag('other');

  /** What a store that goes on says of the tag, and what one says that has just been opened. */
  async function told(store: TagStore, repository: Repository) {
    const said = async (asked: TagStore) => ({
      record: await asked.read(repository, tag),
      listed: await asked.list(repository),
      named: await Promise.all([1, 2, 3].map((n) => naming(asked, repository, n))),
    });
    return [await said(store), await said(open().store)];
  }

  test.each([
    ['moves the tag', 'write', (store: TagStore, repository: Repository) => move(store, repository, 2)],
    ['makes the tag', 'write', (store: TagStore, repository: Repository) => move(store, repository, 3, other)],
    ['removes the tag', 'remove', (store: TagStore, repository: Repository) => remove(store, repository)],
  ] as const)('%s for who asks the same process as well', async (_, operation, wish) => {
    const { store, counted } = open();
    const repository = newRepository();
    await move(store, repository, 1);
    await told(store, repository);
    counted.breakOff(operation, 'after');
    await expect(wish(store, repository)).rejects.toThrow(BrokenOff);
    const [here, anew] = await told(store, repository);
    expect(here).toEqual(anew);
  });
});

describe('what is asked of the disk', () => {
  const many = 2_000;
  const names = Array.from({ length: many }, (_, at) => parseTag(`t${String(at).padStart(6, '0')}`));
  let repository: Repository;

  beforeAll(async () => {
    repository = newRepository();
    await mkdir(directory.layout.tags(repository), { recursive: true });
    for (const [at, name] of names.entries()) {
      await writeFile(directory.layout.tag(repository, name), JSON.stringify({ digest: digestOfNumber(at % 500) }));
    }
  });

  test('one write for a move, whatever the history', async () => {
    const { store, counted } = open();
    await move(store, repository, 1, names[5]);
    expect(counted.counts()).toEqual({ read: 1, write: 1 });
    await move(store, repository, 2, parseTag('brand-new'));
    expect(counted.counts()).toEqual({ read: 1, readRemoved: 1, write: 1 });
    await remove(store, repository, parseTag('brand-new'));
    expect(counted.counts()).toEqual({ read: 1, writeRemoved: 1, remove: 1 });
    await move(store, repository, 5, names[5]);
  });

  test('one reading of the directory for any number of listings between pushes and removals', async () => {
    const { store, counted } = open();
    expect(await store.list(repository)).toEqual(names);
    for (let n = 0; n < 20; n += 1) {
      await move(store, repository, n, parseTag(`s${n}`));
      await move(store, repository, n, parseTag(`u${n}`));
      await remove(store, repository, parseTag(`s${n}`));
      const listed = await store.list(repository);
      expect(listed).toEqual([...names, ...Array.from({ length: n + 1 }, (_, at) => `u${at}`)].sort());
    }
    expect(counted.counts().names).toBe(1);
    for (let n = 0; n < 20; n += 1) await remove(store, repository, parseTag(`u${n}`));
    expect(await store.list(repository)).toEqual(names);
  });

  test('a reading of every tag for the first who asks which tags name a digest, and nothing for all others', async () => {
    const { store, counted } = open();
    const tagsOf = (n: number) => naming(store, repository, n);
    expect(await tagsOf(7)).toEqual(names.filter((_, at) => at % 500 === 7));
    expect(counted.counts()).toEqual({ names: 1, read: many });
    expect(await tagsOf(8)).toHaveLength(many / 500);
    expect(await tagsOf(1_000_000)).toEqual([]);
    expect(counted.counts()).toEqual({});
  });

  test('nothing more for tags that moved since', async () => {
    const { store, counted } = open();
    const [first] = names;
    await store.byDigest(repository);
    await move(store, repository, 999, first);
    await move(store, repository, 999, parseTag('also'));
    await remove(store, repository, names[500]);
    counted.counts();
    const tagsOf = (n: number) => naming(store, repository, n);
    expect(await tagsOf(999)).toEqual(['also', first]);
    expect(await tagsOf(0)).toEqual([names[1_000], names[1_500]]);
    expect(counted.counts()).toEqual({});
  });
});
