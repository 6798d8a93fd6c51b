/** The rules about tags inside the storage: decided under the tag's lock, and nothing of a refused change is stored. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluateTagChange, type TagRights } from '../../../core/tag-rules.ts';
import { defaultEnvironmentPlaces, defaultTagSettings } from '../../../core/tag-settings.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { openLeases } from '../../../registry/collect/leases.ts';
import { needsOf } from '../../../registry/content/manifest-needs.ts';
import { diskLayout } from '../../../registry/disk/disk-layout.ts';
import { openKeyedLock } from '../../../registry/disk/keyed-lock.ts';
import { formatManifestFile } from '../../../registry/disk/manifest-file.ts';
import { openDiskStorage } from '../../../registry/disk-storage.ts';
import type { Storage, TagAuthor } from '../../../registry/storage.ts';
import { temporaryDirectory } from '../registry-under-test.ts';
import { config, imageNumber } from './tag-calls.ts';

const repository = parseRepositoryName('team/app');
const rules = { tags: defaultTagSettings, environments: defaultEnvironmentPlaces };
const pushes: TagRights = { overwrite: false, delete: false, environmentTags: false, breakGlass: false };

let directory: string;
let storage: Storage;

beforeAll(async () => {
  directory = await temporaryDirectory();
  storage = await open();
  const staging = await storage.openStaging();
  await staging.write([config.bytes], 'sha256');
  await staging.commit(repository, config.descriptor.digest);
});

afterAll(async () => {
  await storage.close();
  await rm(directory, { recursive: true });
});

function authorWith(rights: TagRights): TagAuthor {
  return {
    ...{ by: 'ann', at: 1, how: 'push' },
    judge: (tag, change, standing) =>
      evaluateTagChange(rules, { repository, tag, change, standing, rights, breaksGlass: false }),
  };
}

function push(n: number, tags: readonly string[], author: TagAuthor) {
  const { bytes, descriptor } = imageNumber(n);
  const needs = needsOf({ bytes, digest: descriptor.digest }, descriptor.mediaType);
  return storage.pushManifest(repository, { ...needs, tags: tags.map(parseTag), author });
}

test('a manifest that a broken-off push has left is listed when it is pushed again', async () => {
  const other = parseRepositoryName('team/broken-off');
  const { bytes, descriptor } = imageNumber(9);
  const needs = needsOf({ bytes, digest: descriptor.digest }, descriptor.mediaType);
  expect(await storage.listRepositories()).not.toContain(other);
  const path = diskLayout(directory).manifest(other, descriptor.digest);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, formatManifestFile(needs.manifest));
  await storage.mountBlob(config.descriptor.digest, repository, other);
  await storage.pushManifest(other, { ...needs, tags: [], author: authorWith(pushes) });
  expect(await storage.listRepositories()).toContain(other);
});

describe('of many who make one tag at once', () => {
  test('without the right to overwrite one does, and all others are told that it is missing', async () => {
    for (let round = 0; round < 10; round += 1) {
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, n) => push(n, [`race-${round}`], authorWith(pushes))),
      );
      expect(outcomes.filter(({ kind }) => kind === 'pushed')).toHaveLength(1);
      const codes = outcomes.flatMap((outcome) => (outcome.kind === 'refused' ? outcome.reasons : []));
      expect(codes.map(({ code }) => code)).toEqual(Array(7).fill('ACCESS_DENIED'));
      expect(await storage.readTagHistory(repository, parseTag(`race-${round}`), { movesMax: 9 })).toHaveLength(1);
    }
  });

  test('with it every move is in the history, one after the other', async () => {
    const author = authorWith({ ...pushes, overwrite: true });
    await Promise.all(Array.from({ length: 30 }, (_, n) => push(n, ['busy'], author)));
    const moves = await storage.readTagHistory(repository, parseTag('busy'), { movesMax: 100 });
    expect(moves.map(({ number }) => number)).toEqual(Array.from({ length: 30 }, (_, at) => 30 - at));
    expect(moves.slice(0, -1).map(({ from }) => from)).toEqual(moves.slice(1).map(({ to }) => to));
  });
});

test('a manifest whose tag is refused is not stored', async () => {
  await push(100, ['7.0.0'], authorWith(pushes));
  expect(await push(101, ['fresh', '7.0.0'], authorWith(pushes))).toMatchObject({ kind: 'refused', tag: '7.0.0' });
  expect(await storage.readManifest(repository, imageNumber(101).descriptor.digest)).toBeUndefined();
  expect(await storage.readTag(repository, parseTag('fresh'))).toBeUndefined();
});

test('an operator’s own rule removes what nobody else may, and the history names it', async () => {
  await push(102, ['8.0.0'], authorWith(pushes));
  const judge: TagAuthor['judge'] = () => ({ allowed: true, overridden: [] });
  const author: TagAuthor = { by: 'retention: old releases', at: 5, how: 'retention', judge };
  expect(await storage.deleteTag(repository, parseTag('8.0.0'), author)).toMatchObject({ kind: 'deleted' });
  expect((await storage.readTagHistory(repository, parseTag('8.0.0'), { movesMax: 1 }))[0]).toMatchObject({
    ...{ by: 'retention: old releases', how: 'retention', from: imageNumber(102).descriptor.digest },
  });
  expect(await push(103, ['8.0.0'], authorWith(pushes))).toMatchObject({
    kind: 'refused',
    reasons: [{ code: 'TAG_IMMUTABLE' }],
  });
});

test('a manifest with more tags than files can be open at once goes with all of them', async () => {
  const many = Array.from({ length: 300 }, (_, at) => `many-${at}`);
  const { digest } = imageNumber(104).descriptor;
  await push(104, [], authorWith(pushes));
  const tags = join(directory, 'repositories', repository, '_tags');
  await mkdir(tags, { recursive: true });
  for (const tag of many) await writeFile(join(tags, tag), JSON.stringify({ digest }));
  const other = await reopen();
  const outcome = await other.deleteManifest(repository, digest, authorWith({ ...pushes, delete: true }));
  expect(outcome.kind === 'deleted' ? outcome.changed.map(({ tag }) => tag) : []).toEqual(many.toSorted());
  expect((await other.listTags(repository)).filter((tag) => tag.startsWith('many-'))).toEqual([]);
}, 120_000);

function open(): Promise<Storage> {
  const [locks, leases] = [openKeyedLock(), openLeases({ uptime: () => 0 })];
  return openDiskStorage({
    root: directory,
    locks,
    leases,
    onEvent: () => undefined,
    onCollectionStep: async () => {},
  });
}

/** The same directory, as a process that has just started sees it. */
async function reopen(): Promise<Storage> {
  await storage.close();
  storage = await open();
  return storage;
}
