/** What a backup cannot take as it lies, bad sectors and links: it is named, and the rest is saved. */
import { readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestHex } from '../../../oci/spec/digest.ts';
import { type Content, imageOf, layerOf } from '../../oci/content.ts';
import { type Ended, runInOwnMounts } from '../../own-mounts.ts';
import { openRegistryUnderTest, temporaryDirectory } from '../registry-under-test.ts';

const program = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
const [layer, other] = [layerOf('layer'), layerOf('another')];
const one = imageOf('one', [layer.descriptor]);
const two = imageOf('two', [other.descriptor]);
const hexOf = ({ descriptor }: Content) => digestHex(descriptor.digest);

let scratch: string;

beforeEach(async () => {
  scratch = await temporaryDirectory();
  const registry = await openRegistryUnderTest({ directory: join(scratch, 'data') });
  await registry.push('team/web', layer, other, one.config, two.config, one.manifest, two.manifest);
  await registry.tag('team/web', 'one', one.manifest);
  await registry.tag('team/web', 'two', two.manifest);
  await registry.tag('team/web', 'bad', two.manifest);
  await registry.close();
});

afterEach(() => rm(scratch, { recursive: true }));

/** The command where these files cannot be read: the first bytes of a process's memory never can. */
function runWithUnreadable(paths: readonly string[], ...words: readonly string[]): Promise<Ended> {
  const mounts = paths.map((path) => `mount --bind /proc/$$/mem '${path}'`).join('\n');
  return runInOwnMounts(mounts, [process.execPath, program, 'registry', ...words]);
}

test.each([
  ['a directory', 'backup'],
  ['a tar file', 'backup.tar'],
])('in %s: content, manifest and tag, each by its path', async (_, name) => {
  const registry = join(scratch, 'data', 'registry');
  const paths = [
    join(registry, 'content', 'sha256', hexOf(layer).slice(0, 2), hexOf(layer)),
    join(registry, 'repositories', 'team/web', '_manifests', 'sha256', hexOf(two.manifest)),
    join(registry, 'repositories', 'team/web', '_tags', 'bad'),
  ];
  const { code, stdout } = await runWithUnreadable(
    paths,
    ...['backup', join(scratch, name), '--data', join(scratch, 'data'), '--json'],
  );
  expect(code).toBe(11);
  const report = JSON.parse(stdout) as { damaged: string[]; gaps: { digest: string; tags: string[] }[] };
  expect(report.damaged.toSorted()).toEqual(paths.toSorted());
  expect(report.gaps.toSorted((first, second) => (first.digest < second.digest ? -1 : 1))).toMatchObject(
    [
      { repository: 'team/web', digest: layer.descriptor.digest, tags: ['one'] },
      { repository: 'team/web', digest: two.manifest.descriptor.digest, tags: ['two'] },
    ].toSorted((first, second) => (first.digest < second.digest ? -1 : 1)),
  );
});

test('the name of a tag that cannot be read is taken where the backup is restored', async () => {
  const record = join(scratch, 'data/registry/repositories/team/web/_tags/bad');
  const [backup, data] = [join(scratch, 'backup'), join(scratch, 'restored')];
  await runWithUnreadable([record], 'backup', backup, '--data', join(scratch, 'data'));
  expect((await runWithUnreadable([], 'restore', backup, '--data', data)).code).toBe(0);
  const restored = await openRegistryUnderTest({ directory: data });
  const pulls = ['bad', 'two'].map((tag) => restored.call({ path: `/v2/team/web/manifests/${tag}` }));
  expect((await Promise.all(pulls)).map(({ status, codes }) => [status, ...codes])).toEqual([
    [500, 'TAG_DAMAGED'],
    [200],
  ]);
  await restored.close();
});

test('a link in the place of a record, and what it leads to is in no backup', async () => {
  await writeFile(join(scratch, 'secret'), 'a secret of this machine');
  const planted = join(scratch, 'data/registry/repositories/team/web/_tags/planted');
  await symlink(join(scratch, 'secret'), planted);
  const { code, stdout } = await runWithUnreadable(
    [],
    ...['backup', join(scratch, 'backup'), '--data', join(scratch, 'data'), '--json'],
  );
  expect([code, JSON.parse(stdout)]).toMatchObject([11, { tags: 3, damaged: [planted] }]);
  const [snapshot = ''] = await readdir(join(scratch, 'backup/snapshots'));
  expect(await readFile(join(scratch, 'backup/snapshots', snapshot), 'utf8')).not.toContain('a secret');
});
