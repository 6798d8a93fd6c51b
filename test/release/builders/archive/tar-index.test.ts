/** What is in a tar file, found by its headers alone. */
import { execFile, execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEntry } from '../../../../release/builders/archive/tar-files.ts';
import { indexTar } from '../../../../release/builders/archive/tar-index.ts';
import { codeOf } from '../../../oci/code-of.ts';
import { readAll } from '../../../oci/content.ts';
import { openTestDirectory, type TestDirectory, writeFiles } from '../test-directory.ts';
import { tarOf } from './packed.ts';

let directory: TestDirectory;
beforeAll(async () => {
  directory = await openTestDirectory();
});
afterAll(() => directory.close());

const { signal } = new AbortController();

/** What the tar of this machine can write: that of GNU, or the one of macOS. */
const isGnu = execFileSync('tar', ['--version'], { encoding: 'utf8' }).includes('GNU');
const formats = isGnu ? ['gnu', 'pax', 'ustar', 'v7'] : ['gnutar', 'pax', 'ustar', 'v7tar'];

/** Every file of the tar by its name, as text. */
async function contentsOf(bytes: Uint8Array): Promise<Readonly<Record<string, string>>> {
  const path = join(directory.path, 'archive.tar');
  await writeFile(path, bytes);
  return await contentsAt(path);
}

async function contentsAt(path: string): Promise<Readonly<Record<string, string>>> {
  const index = await indexTar(path, signal);
  const all = [...index].map(async ([name, entry]) => {
    return [name, Buffer.from(await readAll(openEntry({ path, index }, entry))).toString('utf8')] as const;
  });
  return Object.fromEntries(await Promise.all(all));
}

describe('a tar file', () => {
  it('has the files that were packed, whatever their names and sizes', async () => {
    const name = fc
      .stringMatching(/^[a-zA-Z0-9ä._-]{1,60}(\/[a-zA-Z0-9ä_-]{1,60}){0,4}$/)
      .filter((text) => !/(^|\/)\.{1,2}(\/|$)/.test(text));
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(name, fc.string({ maxLength: 2000, unit: 'grapheme' }), { minKeys: 1 }),
        async (files) => {
          expect(await contentsOf(await tarOf(Object.entries(files)))).toEqual({ ...files });
        },
      ),
      { numRuns: 50 },
    );
  });

  it('has what a link leads to under the name of the link', async () => {
    const tar = await tarOf([
      ['a/real', 'text'],
      ['b/link', { link: '../a/real' }],
      ['chain', { link: 'b/link' }],
      ['broken', { link: 'nowhere' }],
      ['round', { link: 'round' }],
    ]);
    expect(await contentsOf(tar)).toEqual({ 'a/real': 'text', 'b/link': 'text', chain: 'text' });
  });

  it('has the last of several files of one name, and names without a dot before them', async () => {
    expect(
      await contentsOf(
        await tarOf([
          ['./a', 'old'],
          ['a', 'new'],
          ['/b', 'x'],
        ]),
      ),
    ).toEqual({ a: 'new', b: 'x' });
  });

  it.each(formats)('is read as this machine writes it in its format %s', async (format) => {
    const long = format.startsWith('v7') ? 'short' : `${'d'.repeat(90)}/${'f'.repeat(60)}`;
    await writeFiles(join(directory.path, format), { [long]: 'long', 'dir/file': 'text', 'dir/empty': '' });
    await promisify(execFile)('ln', [join(directory.path, format, 'dir/file'), join(directory.path, format, 'hard')]);
    const path = join(directory.path, `${format}.tar`);
    await promisify(execFile)('tar', ['--format', format, '-cf', path, '-C', join(directory.path, format), '.']);
    expect(await contentsAt(path)).toEqual({ [long]: 'long', 'dir/file': 'text', 'dir/empty': '', hard: 'text' });
  });

  it.each([
    ['is empty', Buffer.alloc(0)],
    ['is something else', Buffer.alloc(2000, 'something else ')],
    ['has a header that was changed', changed(100)],
    ['ends within a file', undefined],
  ])('that %s is refused', async (_, bytes) => {
    const whole = await tarOf([['a', 'x'.repeat(5000)]]);
    expect(await codeOf(() => contentsOf(bytes ?? whole.subarray(0, 2000)))).toBe('ARCHIVE_INVALID');
  });
});

/** A header of which a byte is not what the sum says. */
function changed(at: number): Buffer {
  const header = Buffer.alloc(1024);
  header.write('name');
  header.write('0000644', 100);
  header.write('00000000000', 124);
  header.write('0007777', 148);
  header[at] = 0x39;
  return header;
}
