/** The page on complaints: each row names tests that exist. */
import { expect, it } from 'vitest';
import { listFiles, readText } from '../repository-files.ts';

const page = readText('docs/complaints.md');
const rows = page
  .split('\n')
  .filter((line) => /^\| \d+ \|/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));
const files = new Set(listFiles());

it('there are 28, each once and in order', () => {
  expect(rows.map(([, number]) => Number(number))).toEqual(Array.from({ length: 28 }, (_, at) => at + 1));
});

it('each names a test', () => {
  expect(rows.filter((row) => testsIn(row).length === 0).map(([, number]) => number)).toEqual([]);
});

it('each test that is named is there, under its title', () => {
  const missing = rows.flatMap((row) =>
    testsIn(row)
      .filter(({ file, title }) => !files.has(file) || !hasTitle(readText(file), title))
      .map(({ file, title }) => `${row[1]}: ${file} has no test called ${title}`),
  );
  expect(missing).toEqual([]);
});

/** The tests of a row: a file, and the titles behind it. */
function testsIn(row: readonly string[]): readonly { readonly file: string; readonly title: string }[] {
  return (row.at(-2) ?? '').split('; ').flatMap((part) => {
    const [, file = ''] = /^`(test\/[^`]+)`: /.exec(part) ?? [];
    return [...part.matchAll(/“([^”]+)”/g)].map(([, title = '']) => ({ file, title }));
  });
}

/** Whether the text is a title there: of a test, of a group, or of a case. */
function hasTitle(text: string, title: string): boolean {
  return ["'", '"', '`'].some((quote) => text.includes(`${quote}${title}${quote}`));
}
