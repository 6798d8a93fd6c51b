/** The page on what the specification demands: each row names tests that exist. */
import { expect, it } from 'vitest';
import { readText } from '../repository-files.ts';
import { hasNamedTest, namedTestsIn } from './named-tests.ts';

const rows = readText('docs/registry-conformance.md')
  .split('\n')
  .filter((line) => /^\| \d+ \|/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));

it('the demands are numbered, each once and in order', () => {
  expect(rows.length).toBeGreaterThan(50);
  expect(rows.map(([, number]) => Number(number))).toEqual(rows.map((_, at) => at + 1));
});

it('each names a test', () => {
  expect(rows.filter((row) => namedTestsIn(row.at(-2) ?? '').length === 0).map(([, number]) => number)).toEqual([]);
});

it('each test that is named is there, under its title', () => {
  const missing = rows.flatMap((row) =>
    namedTestsIn(row.at(-2) ?? '')
      .filter((named) => !hasNamedTest(named))
      .map(({ file, title }) => `${row[1]}: ${file} has no test called ${title}`),
  );
  expect(missing).toEqual([]);
});
