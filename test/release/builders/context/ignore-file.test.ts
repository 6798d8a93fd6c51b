/** Ignore files, by the rules that docker has for them. */
import { describe, expect, it } from 'vitest';
import { readIgnoreFile } from '../../../../release/builders/context/ignore-file.ts';
import { codeOf } from '../../../oci/code-of.ts';

function ignored(text: string, paths: readonly string[]): readonly string[] {
  const rules = readIgnoreFile(text);
  return paths.filter((path) => rules.isIgnored(path));
}

const paths = [
  'a',
  'a.txt',
  'README.txt',
  'docs/a.txt',
  'docs/deep/a.txt',
  'docs/deep',
  'docs',
  'src/a',
  'src/b',
  '.env',
];

describe('an ignore file', () => {
  it.each<[string, string, string[]]>([
    ['nothing', '', []],
    ['a comment and blank lines', '# docs\n\n   \n', []],
    ['a name', 'a', ['a']],
    ['a name with slashes around it', '/a/', ['a']],
    ['a directory with all that is in it', 'docs', ['docs/a.txt', 'docs/deep/a.txt', 'docs/deep', 'docs']],
    ['a star, which stays in its directory', '*.txt', ['a.txt', 'README.txt']],
    ['a star for a directory', '*/a', ['src/a']],
    ['a question mark', 'src/?', ['src/a', 'src/b']],
    ['two stars for any directories, also none', '**/a.txt', ['a.txt', 'docs/a.txt', 'docs/deep/a.txt']],
    ['two stars in between', 'docs/**/a.txt', ['docs/a.txt', 'docs/deep/a.txt']],
    ['two stars behind, which leave the directory itself', 'docs/**', ['docs/a.txt', 'docs/deep/a.txt', 'docs/deep']],
    ['two stars alone', '**', paths],
    ['a set', 'src/[ab]', ['src/a', 'src/b']],
    ['a set of all others', 'src/[^a]', ['src/b']],
    ['a dot that is no wildcard', '.env', ['.env']],
    ['a star that is none', 'src/\\*', []],
    ['an exception behind a rule', '*.txt\n!README.txt', ['a.txt']],
    ['an exception before a rule, which is of no use', '!README.txt\n*.txt', ['a.txt', 'README.txt']],
    ['an exception below an ignored directory', 'docs\n!docs/a.txt', ['docs/deep/a.txt', 'docs/deep', 'docs']],
    ['an exception of an exception', '*.txt\n!*.txt\na.txt', ['a.txt']],
    ['a way round', 'src/../a', ['a']],
    ['a way out', '../a', []],
    ['Windows line ends and a byte order mark', '\ufeffa\r\n.env\r\n', ['a', '.env']],
  ])('with %s', (_, text, expected) => {
    expect(ignored(text, paths).toSorted()).toEqual(expected.toSorted());
  });

  it.each([
    ['docs\n!docs/a.txt', 'docs', true],
    ['docs\n!docs/deep/a.txt', 'docs/deep', true],
    ['docs\n!docs/deep/a.txt', 'docs/other', false],
    ['docs\n!**/a.txt', 'docs/other', true],
    ['docs\n!*/deep', 'docs', true],
    ['docs\n!docs', 'docs/deep', true],
    ['docs\n!src', 'docs', false],
    ['docs', 'docs', false],
  ])('%j says of %s that it may hold exceptions: %s', (text, directory, may) => {
    expect(readIgnoreFile(text).mayHoldExceptions(directory)).toBe(may);
  });

  it('with a set that is none is refused', async () => {
    expect(await codeOf(() => readIgnoreFile('[z-a]'))).toBe('BUILD_INPUT_INVALID');
  });
});
