/** The page on complaints: each row names tests that exist. */
import { expect, it } from 'vitest';
import { readText } from '../repository-files.ts';
import { hasNamedTest, namedTestsIn } from './named-tests.ts';

const page = readText('docs/complaints.md');
const rows = page
  .split('\n')
  .filter((line) => /^\| \d+ \|/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));

it('there are 28, each once and in order', () => {
  expect(rows.map(([, number]) => Number(number))).toEqual(Array.from({ length: 28 }, (_, at) => at + 1));
});

it('each names a test', () => {
  expect(rows.filter((row) => testsOf(row).length === 0).map(([, number]) => number)).toEqual([]);
});

it('each test that is named is there, under its title', () => {
  const missing = rows.flatMap((row) =>
    testsOf(row)
      .filter((named) => !hasNamedTest(named))
      .map(({ file, title }) => `${row[1]}: ${file} has no test called ${title}`),
  );
  expect(missing).toEqual([]);
});

/** The tests of a row, which its last column names. */
function testsOf(row: readonly string[]) {
  return namedTestsIn(row.at(-2) ?? '');
}
