/** Tar files that no backup made, and where one is found. */
import { createWriteStream } from 'node:fs';
import { readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Header, pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { backUpRegistry } from '../../../registry/archive/back-up.ts';
import { backupHead } from '../../../registry/archive/backup-layout.ts';
import { restoreBackup } from '../../../registry/archive/restore.ts';
import { imageOf, layerOf } from '../../oci/content.ts';
import { openRegistryUnderTest, temporaryDirectory } from '../registry-under-test.ts';

const { signal } = new AbortController();

let scratch: string;
const below = (name: string) => join(scratch, name);

beforeEach(async () => {
  scratch = await temporaryDirectory();
  const registry = await openRegistryUnderTest({ directory: below('data') });
  const layer = layerOf('layer');
  const { manifest, config } = imageOf('config', [layer.descriptor]);
  await registry.push('team/web', layer, config, manifest);
  await registry.tag('team/web', 'latest', manifest);
  await registry.close();
});

afterEach(() => rm(scratch, { recursive: true }));

function backUp(to: string) {
  return backUpRegistry({
    ...{ dataDirectory: below('data'), destination: below(to), withAccess: false, copy: false, verify: false },
    ...{ takenAt: 0, signal, whileHeld: (_server, work) => work(signal) },
  });
}

function restore(source: string) {
  return restoreBackup({
    source: below(source),
    snapshot: undefined,
    dataDirectory: below('new'),
    copy: false,
    signal,
  });
}

test('a link to a tar file is restored as the file', async () => {
  await backUp('backup.tar');
  await symlink('backup.tar', below('newest'));
  expect(await restore('newest')).toMatchObject({ repositories: 1, tags: 1 });
});

describe('a tar file is refused, and nothing is written, with', () => {
  const hex = 'a'.repeat(64);
  const content = `content/sha256/aa/${hex}`;
  const head = { name: 'backup.json', body: backupHead };

  test.each<[string, readonly (Partial<Header> & { readonly name: string; readonly body?: string })[], string]>([
    ['an absolute name', [head, { name: '/etc/passwd', body: 'x' }], 'BACKUP_INVALID'],
    ['a name that leads out', [head, { name: 'content/../../x', body: 'x' }], 'BACKUP_INVALID'],
    ['a link', [head, { name: content, type: 'symlink', linkname: '/etc/passwd' }], 'BACKUP_INVALID'],
    ['a hard link', [head, { name: content, type: 'link', linkname: 'backup.json' }], 'BACKUP_INVALID'],
    ['a device', [head, { name: content, type: 'character-device' }], 'BACKUP_INVALID'],
    ['one name twice', [head, { name: content, body: 'one' }, { name: content, body: 'two' }], 'BACKUP_DAMAGED'],
  ])('%s', async (_, entries, code) => {
    const archive = pack();
    for (const { body, ...entry } of entries) archive.entry(entry, body ?? '');
    archive.finalize();
    await pipeline(archive, createWriteStream(below('planted.tar')));
    await expect(restore('planted.tar')).rejects.toMatchObject({ code });
    expect(await readdir(below('new'))).toEqual([]);
    expect((await readdir(scratch)).toSorted()).toEqual(['data', 'new', 'planted.tar']);
  });
});
