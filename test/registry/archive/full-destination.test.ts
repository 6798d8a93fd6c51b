/** A backup, a restore and an import onto a disk that is too small: each says so, and goes on when there is room. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { contentOf, imageOf } from '../../oci/content.ts';
import { type Ended, runInOwnMounts } from '../../own-mounts.ts';
import { openRegistryUnderTest, temporaryDirectory } from '../registry-under-test.ts';
import { distributionFiles } from './distribution-files.ts';

const program = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
const layers = ['one', 'two', 'three'].map((name) => contentOf(mediaTypes.ociLayer, Buffer.alloc(500_000, name)));
const image = imageOf(
  'large',
  layers.map(({ descriptor }) => descriptor),
);
const contents = [...layers, image.config, image.manifest];

let scratch: string;
const below = (name: string) => join(scratch, name);

beforeEach(async () => {
  scratch = await temporaryDirectory();
  const registry = await openRegistryUnderTest({ directory: below('data') });
  await registry.push('team/large', ...contents);
  await registry.tag('team/large', '1.0.0', image.manifest);
  await registry.close();
  await mkdir(below('small'));
});

afterEach(() => rm(scratch, { recursive: true }));

const deeds = {
  more: () => `mount -o remount,size=8m '${below('small')}'`,
  fill: () => `cat /dev/zero >'${below('small/filling')}' 2>/dev/null || truncate -s -8192 '${below('small/filling')}'`,
} as const;

/** The commands one after the other, with a disk of a megabyte; `more` makes it larger, `fill` leaves a few kilobytes of it. */
function runOnSmallDisk(...commands: readonly (readonly string[] | keyof typeof deeds)[]): Promise<Ended> {
  const lines = commands.map((words) =>
    typeof words === 'string'
      ? deeds[words]()
      : `'${process.execPath}' '${program}' registry ${words.map((word) => `'${word}'`).join(' ')} && echo 0 || echo $?`,
  );
  return runInOwnMounts(`mount -t tmpfs -o size=1m none '${below('small')}'\n${lines.join('\n')}`);
}

test.each([
  ['a backup in a directory', () => ['backup', below('small/backup'), '--data', below('data')]],
  ['a backup in a tar file', () => ['backup', below('small/backup.tar'), '--data', below('data')]],
  ['a restore', () => ['restore', below('whole'), '--data', below('small/new')]],
  ['an import', () => ['import', below('distribution'), '--data', below('small/new')]],
])('%s says that there is no room, and repeated with room it is whole', async (_, command) => {
  const files = distributionFiles(below('distribution'));
  await files.add('team/large', contents, ['1.0.0']);
  const prepare = ['backup', below('whole'), '--data', below('data')];
  const { code, stdout, stderr } = await runOnSmallDisk(prepare, command(), 'more', command());
  expect(stdout.match(/^\d+$/gm)).toEqual(['0', '2', '0']);
  expect([code, stderr]).toEqual([0, expect.stringContaining('error DISK_UNUSABLE: cannot go on in ')]);
});

test.each(['backup', 'backup.tar'])('a backup to %s that ends in its first kilobytes says why', async (name) => {
  const { stdout, stderr } = await runOnSmallDisk('fill', ['backup', below(`small/${name}`), '--data', below('data')]);
  expect([stdout, stderr]).toEqual(['2\n', expect.stringMatching(/error DISK_UNUSABLE: .* ENOSPC/)]);
});

test.each(['taken', 'taken.tar'])('a backup does not write over a file: %s', async (name) => {
  await writeFile(below(name), 'somebody else');
  const { stdout, stderr } = await runOnSmallDisk(['backup', below(name), '--data', below('data')]);
  const message = `error BACKUP_TARGET_USED: there is a file: ${below(name)}`;
  expect([stdout, stderr]).toEqual(['5\n', expect.stringContaining(message)]);
  expect(await readFile(below(name), 'utf8')).toBe('somebody else');
});

test('a tar file in a directory that is not there names the directory, and nothing is left', async () => {
  const { stdout, stderr } = await runOnSmallDisk(['backup', below('none/backup.tar'), '--data', below('data')]);
  const message = `error DISK_UNUSABLE: the directory is not there: ${below('none')}\n`;
  expect([stdout, stderr]).toEqual(['2\n', expect.stringContaining(message)]);
  expect((await readdir(scratch)).toSorted()).toEqual(['data', 'small']);
});
