/** A backup while the registry serves, and what a restore makes of it. */
import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CodedError } from '../../../errors/errors.ts';
import { digestHex } from '../../../oci/spec/digest.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { backUpRegistry } from '../../../registry/archive/back-up.ts';
import { restoreBackup } from '../../../registry/archive/restore.ts';
import { type Content, contentOf, imageOf, indexOf, layerOf, manifestOf } from '../../oci/content.ts';
import { openRegistryUnderTest, type RegistryUnderTest, temporaryDirectory } from '../registry-under-test.ts';
import { reasonsIn } from '../tags/tag-calls.ts';
import { everythingIn } from './everything-in.ts';

let registry: RegistryUnderTest;
let scratch: string;
let backups = 0;

beforeEach(async () => {
  scratch = await temporaryDirectory();
  registry = await openRegistryUnderTest();
});

afterEach(async () => {
  await registry.close();
  await rm(scratch, { recursive: true });
});

const destination = () => join(scratch, 'backup');

interface Asked {
  readonly to?: string;
  readonly copy?: boolean;
  readonly verify?: boolean;
  readonly withAccess?: boolean;
}

function backUp({ to = destination(), copy = false, verify = false, withAccess = false }: Asked = {}) {
  backups += 1;
  return backUpRegistry({
    dataDirectory: registry.directory,
    destination: to,
    ...{ copy, verify, withAccess },
    takenAt: Date.UTC(2026, 10, 30, 3, 0, backups),
    signal: new AbortController().signal,
    whileHeld: (_server, work) => work(new AbortController().signal),
  });
}

function restore(to: string, init: { readonly from?: string; readonly snapshot?: string } = {}) {
  return restoreBackup({
    source: init.from ?? destination(),
    snapshot: init.snapshot,
    dataDirectory: join(scratch, to),
    copy: false,
    signal: new AbortController().signal,
  });
}

/** All that a registry on a restored directory serves. */
async function everythingRestored(to: string) {
  const restored = await openRegistryUnderTest({ directory: join(scratch, to) });
  try {
    return await everythingIn(restored);
  } finally {
    await restored.close();
  }
}

async function codeOf(failing: Promise<unknown>): Promise<CodedError> {
  const error = await failing.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof CodedError) return error;
  throw error ?? new Error('it did not fail');
}

/** An image with its contents, children first. */
function image(name: string): readonly Content[] {
  const layer = layerOf(`layer of ${name}`);
  const { manifest, config } = imageOf(`config of ${name}`, [layer.descriptor]);
  return [layer, config, manifest];
}

const last = (contents: readonly Content[]): Content => contents.at(-1) ?? layerOf('none');

async function pushImage(repository: string, tag: string, name = `${repository}:${tag}`): Promise<Content> {
  const contents = image(name);
  await registry.push(repository, ...contents);
  await registry.tag(repository, tag, last(contents));
  return last(contents);
}

/** Two repositories, an index, a referrer, content of sha512, a shared layer, an empty blob. */
async function fill(): Promise<void> {
  const web = await pushImage('team/web', '1.0.0');
  const other = image('for another platform');
  const index = indexOf([web.descriptor, last(other).descriptor]);
  await registry.push('team/web', ...other, index);
  await registry.tag('team/web', 'all', index);
  const sbom = contentOf('text/spdx', Buffer.from('a list'), 'sha512');
  const empty = contentOf(mediaTypes.ociEmpty, Buffer.from('{}'));
  const referrer = manifestOf(mediaTypes.ociManifest, {
    artifactType: 'text/spdx',
    config: empty.descriptor,
    layers: [sbom.descriptor],
    subject: index.descriptor,
  });
  await registry.push('team/web', sbom, empty, referrer);
  await registry.push('other', ...image('team/web:1.0.0'), layerOf(''));
  await registry.tag('other', 'same', web);
}

function contentFile(directory: string, kind: string, { descriptor }: Content): string {
  const hex = digestHex(descriptor.digest);
  return join(directory, kind, 'sha256', hex.slice(0, 2), hex);
}

describe('a backup', () => {
  test.each([
    ['a directory', 'backup', false],
    ['a directory on another disk', 'backup', true],
    ['a tar file', 'backup.tar', false],
  ])('in %s restores to a registry that serves the same', async (_where, name, copy) => {
    await fill();
    const to = join(scratch, name);
    const report = await backUp({ to, copy });
    expect(report).toMatchObject({ repositories: 2, tags: 3, manifests: 5, gaps: [], damaged: [] });
    const restored = await restore('new', { from: to });
    expect(restored).toMatchObject({ repositories: 2, tags: 3, manifests: 5, gaps: [] });
    const everything = await everythingIn(registry);
    expect(everything.size).toBeGreaterThan(15);
    expect(await everythingRestored('new')).toEqual(everything);
  });

  test('ends however often and however deep indexes list one another', async () => {
    const [layer, config, manifest] = image('at the bottom');
    let index = indexOf([]);
    await registry.push('team/web', ...[layer, config, manifest].flatMap((content) => content ?? []), index);
    for (let depth = 0; depth < 60; depth += 1) {
      index = manifestOf(mediaTypes.ociIndex, {
        manifests: [index.descriptor, index.descriptor],
        annotations: { depth: String(depth) },
      });
      await registry.push('team/web', index);
    }
    await registry.tag('team/web', 'deep', index);
    expect(await backUp()).toMatchObject({ tags: 1, manifests: 62, gaps: [] });
  });

  test('keeps the lane token of a tag, and of a tag that was removed', async () => {
    const pushed = await pushImage('team/web', '1.0.0');
    for (const tag of ['kept', 'removed']) {
      const reply = await registry.call({
        method: 'PUT',
        path: `/v2/team/web/manifests/${tag}`,
        headers: { 'content-type': pushed.descriptor.mediaType, 'registry-action-fence': '7' },
        body: pushed.bytes,
      });
      expect(reply.status).toBe(201);
    }
    expect((await registry.call({ method: 'DELETE', path: '/v2/team/web/manifests/removed' })).status).toBe(202);
    await backUp();
    await restore('new');
    const restored = await openRegistryUnderTest({ directory: join(scratch, 'new') });
    for (const tag of ['kept', 'removed']) {
      const older = await restored.call({
        method: 'PUT',
        path: `/v2/team/web/manifests/${tag}`,
        headers: { 'content-type': pushed.descriptor.mediaType, 'registry-action-fence': '6' },
        body: pushed.bytes,
      });
      expect([tag, older.codes]).toEqual([tag, ['TAG_FENCED']]);
    }
    await restored.close();
  });

  test('keeps the history of tags, of those that were removed as well', async () => {
    const first = await pushImage('team/web', 'edge', 'first');
    await pushImage('team/web', 'edge', 'second');
    await registry.tag('team/web', 'gone', first);
    await registry.call({ method: 'DELETE', path: '/v2/team/web/manifests/gone' });
    const told = async (from: RegistryUnderTest) => {
      const histories = ['edge', 'gone'].map((tag) => from.call({ path: `/admin/v1/tags/team/web/${tag}/history` }));
      return (await Promise.all(histories)).map(({ status, text }) => [status, text]);
    };
    const before = await told(registry);
    expect(before.map(([status]) => status)).toEqual([200, 200]);
    await backUp();
    await restore('new');
    const restored = await openRegistryUnderTest({ directory: join(scratch, 'new') });
    expect(await told(restored)).toEqual(before);
    await restored.close();
  });

  test('adds to an earlier one what is new, and both restore to what there was', async () => {
    await fill();
    const before = await everythingIn(registry);
    const first = await backUp({ copy: true });
    const again = await backUp({ copy: true });
    expect([again.newFiles, again.copiedBytes]).toEqual([0, 0]);
    await pushImage('team/web', '2.0.0');
    await registry.call({ method: 'DELETE', path: '/v2/team/web/manifests/all' });
    const after = await everythingIn(registry);
    expect((await backUp({ copy: true })).newFiles).toBe(3);
    const [oldest = ''] = (await readdir(join(destination(), 'snapshots'))).sort();
    await restore('old', { snapshot: oldest.replace('.jsonl', '') });
    await restore('new');
    expect(await everythingRestored('old')).toEqual(before);
    expect(await everythingRestored('new')).toEqual(after);
    expect(first.newFiles).toBeGreaterThan(3);
  });

  test('on the same file system shares the bytes of blobs', async () => {
    const [layer = layerOf('')] = image('team/web:1.0.0');
    await pushImage('team/web', '1.0.0');
    const report = await backUp();
    expect(report.linkedFiles).toBe(2);
    const linked = await stat(contentFile(destination(), 'content', layer));
    expect(linked.ino).toBe((await stat(contentFile(join(registry.directory, 'registry'), 'content', layer))).ino);
  });

  test('that copies puts copies in the place of what an earlier one linked', async () => {
    const [layer = layerOf('none')] = image('web');
    await pushImage('team/web', '1.0.0', 'web');
    await backUp();
    const path = contentFile(destination(), 'content', layer);
    expect((await stat(path)).nlink).toBe(2);
    expect(await backUp({ copy: true })).toMatchObject({ newFiles: 2, linkedFiles: 0 });
    expect((await stat(path)).nlink).toBe(1);
    expect(await backUp({ copy: true })).toMatchObject({ newFiles: 0 });
  });

  test('takes users and tokens along when asked, and a restore leaves those that are there', async () => {
    await pushImage('team/web', '1.0.0');
    await backUp({ withAccess: true });
    const access = await readFile(join(registry.directory, 'access.json'), 'utf8');
    expect(await restore('new')).toMatchObject({ filesRestored: ['access.json'], filesKept: [] });
    expect(await readFile(join(scratch, 'new', 'access.json'), 'utf8')).toBe(access);
    await rm(join(scratch, 'new', 'registry'), { recursive: true });
    await writeFile(join(scratch, 'new', 'access.json'), 'own');
    expect(await restore('new')).toMatchObject({ filesRestored: [], filesKept: ['access.json'] });
    expect(await readFile(join(scratch, 'new', 'access.json'), 'utf8')).toBe('own');
  });

  test('takes along damaged records of tags as they are, and names them, so that no name becomes free', async () => {
    const { descriptor } = await pushImage('team/web', '1.0.0');
    await pushImage('team/web', 'gone');
    await registry.call({ method: 'DELETE', path: '/v2/team/web/manifests/gone' });
    const records = join(registry.directory, 'registry', 'repositories', 'team/web');
    const paths = [join(records, '_tags', '1.0.0'), join(records, '_fences', 'gone')];
    await writeFile(join(records, '_tags', '1.0.0'), '');
    await writeFile(join(records, '_fences', 'gone'), '{"digest":');
    expect((await backUp()).damaged).toEqual(paths);
    await restore('new');
    const restored = await openRegistryUnderTest({ directory: join(scratch, 'new') });
    expect((await restored.call({ path: '/v2/team/web/manifests/1.0.0' })).codes).toEqual(['TAG_DAMAGED']);
    for (const tag of ['1.0.0', 'gone']) {
      const reply = await restored.call({
        method: 'PUT',
        path: `/v2/team/web/manifests/${tag}`,
        headers: { 'content-type': descriptor.mediaType },
        body: last(image('team/web:1.0.0')).bytes,
      });
      expect(reasonsIn(reply)).toContain('TAG_DAMAGED');
    }
    await restored.close();
  });

  test('leaves out what is damaged in the registry, and names it with the tags that need it', async () => {
    const [layer = layerOf('')] = image('team/web:1.0.0');
    const { descriptor } = await pushImage('team/web', '1.0.0');
    await registry.tag('team/web', 'also', last(image('team/web:1.0.0')));
    await pushImage('team/web', 'whole');
    const path = contentFile(join(registry.directory, 'registry'), 'content', layer);
    await writeFile(path, Buffer.alloc(layer.bytes.length));
    const report = await backUp();
    expect(report.damaged).toEqual([path]);
    const gap = { repository: 'team/web', digest: layer.descriptor.digest, tags: ['1.0.0', 'also'] };
    expect(report.gaps).toMatchObject([gap]);
    expect(await restore('new')).toMatchObject({ tags: 3, gaps: [gap] });
    const restored = await openRegistryUnderTest({ directory: join(scratch, 'new') });
    const manifest = await restored.call({ path: '/v2/team/web/manifests/1.0.0' });
    expect(manifest.headers['docker-content-digest']).toBe(descriptor.digest);
    expect((await restored.call({ path: `/v2/team/web/blobs/${layer.descriptor.digest}` })).status).toBe(404);
    await restored.close();
  });

  test('brings anew what has gone bad in an earlier one when it verifies', async () => {
    const [layer = layerOf('')] = image('team/web:1.0.0');
    await pushImage('team/web', '1.0.0');
    await backUp({ copy: true });
    await writeFile(contentFile(destination(), 'content', layer), Buffer.alloc(layer.bytes.length));
    expect((await codeOf(restore('new'))).code).toBe('BACKUP_DAMAGED');
    expect((await backUp({ copy: true, verify: true })).newFiles).toBe(1);
    await restore('new');
    expect(await everythingRestored('new')).toEqual(await everythingIn(registry));
  });

  test('names the earlier ones that are lost when it verifies, with the tags that need what has gone bad', async () => {
    const [layer = layerOf('')] = image('team/web:latest');
    const { descriptor } = await pushImage('team/web', 'latest');
    await pushImage('base', '1.0.0');
    await backUp({ copy: true });
    await registry.call({ method: 'DELETE', path: `/v2/team/web/manifests/${descriptor.digest}` });
    await backUp({ copy: true });
    await writeFile(contentFile(destination(), 'content', layer), Buffer.alloc(layer.bytes.length));
    await rm(contentFile(join(registry.directory, 'registry'), 'content', layer));
    expect((await backUp()).lost).toEqual([]);

    const [first = '', second = '', third = ''] = (await readdir(join(destination(), 'snapshots'))).sort();
    const nameOf = (file: string) => file.slice(0, -'.jsonl'.length);
    const needy = { repository: 'team/web', digest: layer.descriptor.digest };
    const needing = { tags: ['latest'], manifests: [descriptor.digest] };
    const { lost } = await backUp({ verify: true });
    expect(lost).toEqual([
      { snapshot: nameOf(first), why: undefined, missing: [{ ...needy, ...needing }] },
      { snapshot: nameOf(second), why: undefined, missing: [{ ...needy, tags: [], manifests: [] }] },
    ]);
    for (const { snapshot } of lost) expect((await codeOf(restore('new', { snapshot }))).code).toBe('BACKUP_DAMAGED');
    await restore('new', { snapshot: nameOf(third) });

    await rm(join(destination(), 'snapshots', first));
    await writeFile(join(destination(), 'snapshots', second), '{}');
    expect(await backUp({ verify: true })).toMatchObject({
      lost: [{ snapshot: nameOf(second), why: expect.stringContaining('snapshot damaged'), missing: [] }],
    });
  });

  test('is written neither into what is no backup nor into the registry itself', async () => {
    await pushImage('team/web', '1.0.0');
    await writeFile(join(scratch, 'somebody’s'), 'own');
    expect((await codeOf(backUp({ to: scratch }))).code).toBe('BACKUP_INVALID');
    expect((await codeOf(backUp({ to: join(registry.directory, 'registry', 'backup') }))).code).toBe('BACKUP_INVALID');
    await writeFile(join(scratch, 'a.tar'), 'own');
    expect((await codeOf(backUp({ to: join(scratch, 'a.tar') }))).code).toBe('BACKUP_TARGET_USED');
    expect(await readFile(join(scratch, 'a.tar'), 'utf8')).toBe('own');
  });
});

describe('a restore', () => {
  beforeEach(() => fill());

  /** Refuses, names the path, and leaves no registry behind. */
  async function expectRefusal(path: string): Promise<void> {
    const { code, message } = await codeOf(restore('new'));
    expect([code, message.includes(path)]).toEqual(['BACKUP_DAMAGED', true]);
    expect(await readdir(join(scratch, 'new'))).toEqual([]);
  }

  test('refuses a backup in which a blob or a manifest has other bytes, and names all of them', async () => {
    await backUp({ copy: true });
    const [layer = layerOf(''), , manifest = layer] = image('team/web:1.0.0');
    const paths = [contentFile(destination(), 'content', layer), contentFile(destination(), 'manifests', manifest)];
    for (const path of paths) await writeFile(path, Buffer.alloc((await stat(path)).size));
    for (const path of paths) await expectRefusal(path);
  });

  test('refuses a backup in which a file is missing or cut off', async () => {
    await backUp({ copy: true });
    const [layer = layerOf(''), config = layer] = image('team/web:1.0.0');
    const path = contentFile(destination(), 'content', layer);
    await truncate(path, 3);
    await rm(contentFile(destination(), 'content', config));
    await expectRefusal(path);
    await expectRefusal(contentFile(destination(), 'content', config));
  });

  test('refuses a snapshot that is cut off or was written to', async () => {
    await backUp();
    const [name = ''] = await readdir(join(destination(), 'snapshots'));
    const path = join(destination(), 'snapshots', name);
    const whole = await readFile(path, 'utf8');
    const lines = whole.split('\n');
    for (const text of [
      whole.slice(0, whole.length / 2),
      lines.slice(0, 5).join('\n'),
      lines.toSpliced(3, 1).join('\n'),
      whole.replace('"1.0.0"', '"../../../1"'),
      '',
    ]) {
      await writeFile(path, text);
      await expectRefusal(path);
    }
  });

  test('refuses a tar file that is cut off, and one that is no backup', async () => {
    const file = join(scratch, 'backup.tar');
    await backUp({ to: file });
    const { size } = await stat(file);
    for (const bytes of [size - 4000, size / 2, 700]) {
      await truncate(file, bytes);
      const { code } = await codeOf(restore('new', { from: file }));
      expect(['BACKUP_DAMAGED', 'SNAPSHOT_UNKNOWN']).toContain(code);
      expect(await readdir(join(scratch, 'new'))).toEqual([]);
    }
    expect((await codeOf(restore('new', { from: scratch }))).code).toBe('BACKUP_INVALID');
    await writeFile(file, 'no tar'.repeat(200));
    expect(['BACKUP_DAMAGED', 'BACKUP_INVALID']).toContain((await codeOf(restore('new', { from: file }))).code);
  });

  test('touches no directory that has a registry', async () => {
    await backUp();
    await restore('new');
    const before = await everythingRestored('new');
    expect((await codeOf(restore('new'))).code).toBe('RESTORE_TARGET_USED');
    expect(await everythingRestored('new')).toEqual(before);
  });

  test('names a snapshot that is not there', async () => {
    await backUp();
    expect((await codeOf(restore('new', { snapshot: '2020-01-01T00-00-00.000Z' }))).code).toBe('SNAPSHOT_UNKNOWN');
  });
});
