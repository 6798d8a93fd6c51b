/** The results in the repository: whole, and judged as they are judged now. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Machine } from '../machine.ts';
import { missedAims } from './judge-registry.ts';
import type { RegistryResults } from './registry-results.ts';
import { caseNames, fullSizes } from './registry-row.ts';
import { renderRegistry } from './render-registry.ts';
import { fullScale } from './scale/scale-sizes.ts';

interface Kept extends RegistryResults {
  readonly machine: Machine;
  readonly missed: readonly string[];
}

const kept: Kept = JSON.parse(readFileSync(new URL('../results/registry.json', import.meta.url), 'utf8'));

test('every row has ours and distribution, in full size', () => {
  expect(kept.sizes).toEqual(fullSizes);
  const expected = caseNames.flatMap((name) => fullSizes.concurrencies.map((concurrency) => [name, concurrency]));
  expect(kept.rows.map(({ name, concurrency }) => [name, concurrency])).toEqual(expected);
  for (const { standings } of kept.rows) {
    expect(standings.map(({ contestant }) => contestant)).toEqual(expect.arrayContaining(['ours', 'distribution']));
  }
});

test('the curve goes to 100,000 tags and 10,000 repositories', () => {
  const counts = kept.scale?.points.map(({ kind, count }) => `${kind} ${count}`);
  const expected = (['tags', 'repositories'] as const).flatMap((kind) =>
    fullScale[kind].map((count) => `${kind} ${count}`),
  );
  expect(counts).toEqual(expected);
});

test('they come from a disk: in memory a flush costs nothing', () => {
  expect(kept.storage).not.toBe('tmpfs');
});

test('what they missed is told in them, first in the report', () => {
  expect(kept.missed).toEqual(missedAims(kept));
  const [first] = renderRegistry(kept, kept.machine, kept.missed).split('\n');
  expect(first).toBe(kept.missed.length === 0 ? 'every aim was reached' : `missed: ${kept.missed[0]}`);
});
