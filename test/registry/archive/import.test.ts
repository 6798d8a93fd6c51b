/** Importing the files of a distribution registry, sound and damaged ones. */
import { mkdir, mkdtemp, readFile, rename, rm, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CodedError } from '../../../errors/errors.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { importInto } from '../../../registry/archive/import-into.ts';
import { type Content, contentOf, imageOf, indexOf, layerOf, manifestOf } from '../../oci/content.ts';
import { openRegistryUnderTest, temporaryDirectory } from '../registry-under-test.ts';
import { type DistributionFiles, distributionFiles } from './distribution-files.ts';
import { everythingIn } from './everything-in.ts';

let scratch: string;
let files: DistributionFiles;

beforeEach(async () => {
  scratch = await temporaryDirectory();
  files = distributionFiles(join(scratch, 'distribution'));
});

afterEach(() => rm(scratch, { recursive: true }));

function importThem(init: { readonly dryRun?: boolean; readonly copy?: boolean; readonly overwrite?: boolean } = {}) {
  return importInto({
    source: files.directory,
    dataDirectory: join(scratch, 'data'),
    ...{ dryRun: false, copy: false, overwrite: false, ...init },
    ...{ by: 'import', at: Date.UTC(2026, 10, 30), onEvent: () => {} },
    signal: new AbortController().signal,
  });
}

async function imported() {
  const registry = await openRegistryUnderTest({ directory: join(scratch, 'data') });
  try {
    return await everythingIn(registry);
  } finally {
    await registry.close();
  }
}

function image(name: string): readonly Content[] {
  const layer = layerOf(`layer of ${name}`);
  const { manifest, config } = imageOf(`config of ${name}`, [layer.descriptor]);
  return [layer, config, manifest];
}

const lastOf = (contents: readonly Content[]): Content => contents.at(-1) ?? layerOf('');

/** An image of Docker's types, an index, a referrer, a layer in two repositories, and what has no type of its own. */
async function addSound(): Promise<void> {
  const [one, two] = [image('one'), image('two')];
  await files.add('team/web', one, ['1.0.0', 'latest']);
  await files.add('team/web', two);
  const index = indexOf([lastOf(one).descriptor, lastOf(two).descriptor]);
  await files.add('team/web', [index], ['all']);
  const list = contentOf('text/spdx', Buffer.from('a list'));
  const referrer = manifestOf(mediaTypes.ociManifest, {
    artifactType: 'text/spdx',
    config: list.descriptor,
    layers: [list.descriptor],
    subject: index.descriptor,
  });
  await files.add('team/web', [list, referrer]);
  const untyped = contentOf(
    mediaTypes.ociManifest,
    Buffer.from(JSON.stringify({ schemaVersion: 2, config: one[1]?.descriptor, layers: [one[0]?.descriptor] })),
  );
  await files.add('base', [...one.slice(0, 2), untyped], ['untyped']);
}

test('brings repositories, manifests by what they say they are, tags, referrers and blobs', async () => {
  await addSound();
  const report = await importThem();
  expect(report).toMatchObject({ repositories: 2, tags: 4, newTags: 4, manifests: 5, blobs: 7, leftBehind: {} });
  expect(report.linkedFiles).toBe(5);
  const everything = await imported();
  expect([...everything.keys()].filter((place) => /:(1\.0\.0|latest|all|untyped)$/.test(place))).toHaveLength(4);
  expect(everything.get('base:untyped')).toContain(mediaTypes.ociManifest);
});

test('a second one brings nothing, and one after more was pushed brings that alone', async () => {
  await addSound();
  await importThem();
  const again = await importThem();
  expect(again).toMatchObject({ tags: 4, newTags: 0, newManifests: 0, linkedFiles: 0, copiedFiles: 0, leftBehind: {} });
  await files.add('team/web', image('three'), ['3.0.0']);
  expect(await importThem()).toMatchObject({ tags: 5, newTags: 1, newManifests: 1, linkedFiles: 2, leftBehind: {} });
});

test('shares the bytes on one file system, and copies them when asked', async () => {
  const [layer = layerOf('')] = image('one');
  await files.add('team/web', image('one'), ['1.0.0']);
  expect(await importThem({ copy: true })).toMatchObject({ linkedFiles: 0, copiedFiles: 2 });
  await rm(join(scratch, 'data'), { recursive: true });
  expect(await importThem()).toMatchObject({ linkedFiles: 2, copiedFiles: 0 });
  expect((await stat(files.contentOf(layer))).nlink).toBe(2);
});

test('a dry run tells the same and makes nothing', async () => {
  await addSound();
  await truncate(files.contentOf(image('two')[0] ?? layerOf('')), 2);
  const dry = await importThem({ dryRun: true });
  await expect(stat(join(scratch, 'data'))).rejects.toMatchObject({ code: 'ENOENT' });
  expect({ ...dry, dryRun: false }).toEqual(await importThem());
  const after = await importThem({ dryRun: true });
  expect(after).toMatchObject({ newTags: 0, newManifests: 0, linkedFiles: 0 });
});

test('a dry run tells the same of a manifest that lists something by another size', async () => {
  const [layer, config] = image('one');
  if (layer === undefined || config === undefined) throw new Error('no image');
  await files.add('team/web', [layer, config]);
  const wrong = { ...layer.descriptor, size: layer.descriptor.size + 1 };
  await files.add(
    'team/web',
    [manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [wrong] })],
    ['1'],
  );
  const dry = await importThem({ dryRun: true });
  expect(dry.leftBehind).toEqual({ 'manifest-incomplete': 1, 'tag-dangling': 1 });
  expect({ ...dry, dryRun: false }).toEqual(await importThem());
});

test('a dry run tells the same of files on another disk, which are copied', async () => {
  const elsewhere = await mkdtemp('/dev/shm/registry-test-');
  try {
    files = distributionFiles(elsewhere);
    await addSound();
    const dry = await importThem({ dryRun: true });
    expect(dry.copiedBytes).toBeGreaterThan(0);
    expect({ ...dry, dryRun: false }).toEqual(await importThem());
  } finally {
    await rm(elsewhere, { recursive: true });
  }
});

test('leaves a damaged tag as it is, and its removed ones, unless it is told to overwrite', async () => {
  await files.add('team/web', image('one'), ['1.0.0']);
  await importThem();
  const record = join(scratch, 'data/registry/repositories/team/web/_tags/1.0.0');
  await writeFile(record, '');
  for (const dryRun of [true, false]) expect((await importThem({ dryRun })).leftBehind).toEqual({ 'tag-kept': 1 });
  expect(await readFile(record, 'utf8')).toBe('');
  expect(await importThem({ overwrite: true })).toMatchObject({ newTags: 1, leftBehind: {} });
  await mkdir(join(dirname(record), '../_fences'));
  await rename(record, join(dirname(record), '../_fences/1.0.0'));
  await writeFile(join(dirname(record), '../_fences/1.0.0'), '{}');
  for (const dryRun of [true, false]) expect((await importThem({ dryRun })).leftBehind).toEqual({ 'tag-kept': 1 });
});

test('leaves behind what is damaged, names each, and brings all else', async () => {
  const [layer = layerOf(''), config = layer, manifest = layer] = image('broken');
  await files.add('team/web', image('whole'), ['whole']);
  await files.add('team/web', [layer, config, manifest], ['broken']);
  await files.add('team/web', image('absent'), ['absent']);
  await files.add('team/web', image('bad link'), ['bad-link']);
  await files.add('team/web', image('empty tag'), ['empty-tag']);
  await files.add('Team/Upper', image('upper'), ['1']);
  const outdated = contentOf(mediaTypes.dockerSchema1Signed, Buffer.from('{"schemaVersion":1,"fsLayers":[]}'));
  const nonsense = contentOf(mediaTypes.ociManifest, Buffer.from('{}'));
  await files.add('team/web', [outdated], ['schema1']);
  await files.add('team/web', [nonsense], ['nonsense']);
  await writeFile(files.contentOf(layer), 'other bytes');
  await unlink(files.contentOf(image('absent')[0] ?? layer));
  await truncate(files.tagLink('team/web', 'empty-tag'), 0);
  const linked = lastOf(image('bad link'));
  await writeFile(files.revisionLink('team/web', linked), layer.descriptor.digest);

  const report = await importThem();
  expect(report.leftBehind).toEqual({
    'link-damaged': 2,
    'content-damaged': 1,
    'content-missing': 1,
    'manifest-incomplete': 2,
    'manifest-outdated': 1,
    'manifest-invalid': 1,
    'tag-dangling': 5,
    'name-invalid': 1,
  });
  expect(report.listed).toContainEqual({ kind: 'content-damaged', place: `team/web@${layer.descriptor.digest}` });
  expect(report.listed).toContainEqual({ kind: 'manifest-outdated', place: `team/web@${outdated.descriptor.digest}` });
  expect(report.listed).toContainEqual({ kind: 'tag-dangling', place: 'team/web:bad-link' });
  const tags = [...(await imported()).keys()].filter((place) => /^[^ @:]*:(?!sha256)/.test(place));
  expect(tags).toEqual(['team/web:whole']);
});

test('an empty link whose directory says the digest is told of, and its content comes along', async () => {
  const [layer = layerOf('')] = image('one');
  await files.add('team/web', image('one'), ['1.0.0']);
  await truncate(files.layerLink('team/web', layer), 0);
  await truncate(files.revisionLink('team/web', lastOf(image('one'))), 0);
  const report = await importThem();
  expect([report.tags, report.leftBehind]).toEqual([1, { 'link-damaged': 2 }]);
  expect((await imported()).has('team/web:1.0.0')).toBe(true);
});

test('what was deleted there stays behind, unless something needs it', async () => {
  await files.add('team/web', image('one'), ['1.0.0']);
  await files.add('team/web', image('gone'), ['gone']);
  await unlink(files.revisionLink('team/web', lastOf(image('gone'))));
  await unlink(files.tagLink('team/web', 'gone'));
  expect(await importThem()).toMatchObject({ tags: 1, manifests: 1, leftBehind: {} });
});

test('a tag that was moved here stays, and is moved only when that is asked for', async () => {
  await files.add('team/web', image('old'), ['latest']);
  await importThem();
  const registry = await openRegistryUnderTest({ directory: join(scratch, 'data') });
  const own = image('new');
  await registry.push('team/web', ...own);
  await registry.tag('team/web', 'latest', lastOf(own));
  await registry.close();
  for (const dryRun of [true, false]) {
    expect(await importThem({ dryRun })).toMatchObject({ newTags: 0, leftBehind: { 'tag-kept': 1 } });
  }
  expect((await imported()).get('team/web:latest')).toContain(lastOf(own).descriptor.digest);
  expect(await importThem({ overwrite: true })).toMatchObject({ newTags: 1, leftBehind: {} });
  expect((await imported()).get('team/web:latest')).toContain(lastOf(image('old')).descriptor.digest);
});

test('refuses what is no distribution registry, and a data directory that is being served', async () => {
  const codeOf = (failing: Promise<unknown>) =>
    failing.then(
      () => undefined,
      (error: unknown) => (error instanceof CodedError ? error.code : error),
    );
  expect(await codeOf(importThem())).toBe('IMPORT_SOURCE_INVALID');
  await addSound();
  const registry = await openRegistryUnderTest({ directory: join(scratch, 'data') });
  expect(await codeOf(importThem())).toBe('DATA_DIRECTORY_IN_USE');
  expect(await codeOf(importThem({ dryRun: true }))).toBeUndefined();
  await registry.close();
});
