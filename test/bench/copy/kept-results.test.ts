/** The results in the repository: whole, and judged as they are judged now. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Machine } from '../machine.ts';
import { ourNames, peerNames } from './contestant.ts';
import { caseNames, latenciesMs } from './copy-case.ts';
import type { CopyResults } from './copy-results.ts';
import { missedAims } from './judge-copy.ts';
import { renderCopy } from './render-copy.ts';

interface Kept extends CopyResults {
  readonly machine: Machine;
  readonly missed: readonly string[];
}

const kept: Kept = JSON.parse(readFileSync(new URL('../results/copy.json', import.meta.url), 'utf8'));

test('every contestant is in every case, as often as there were rounds', () => {
  const expected = caseNames.flatMap((name) =>
    latenciesMs.flatMap((latencyMs) =>
      [...peerNames, ...ourNames].map((contestant) => `${name} ${latencyMs} ${contestant} ${kept.sizes.rounds}`),
    ),
  );
  const found = kept.cases.flatMap(({ name, latencyMs, standings }) =>
    standings.map(({ contestant, wallMs }) => `${name} ${latencyMs} ${contestant} ${wallMs.count}`),
  );
  expect(found.toSorted()).toEqual(expected.toSorted());
});

test('what they missed is told in them', () => {
  expect(kept.missed).toEqual(missedAims(kept, { withTimes: true }).map(({ words }) => words));
});

test('we ask no registry more often than any peer does', () => {
  expect(missedAims(kept, { withTimes: false })).toEqual([]);
});

test('the report of them says first what was missed', () => {
  const misses = [{ words: 'the moon: engine 2, crane 1' }];
  const report = renderCopy(kept, kept.machine, misses);
  expect(report.split('\n')[0]).toBe('missed: the moon: engine 2, crane 1');
  expect(renderCopy(kept, kept.machine, []).split('\n')[0]).toBe('every aim was reached');
});
