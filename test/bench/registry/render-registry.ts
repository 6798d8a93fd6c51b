/** The registry benchmark as a person reads it: what was missed, then ratios, then each row in full. */
import type { Machine } from '../machine.ts';
import { renderTable } from '../render-table.ts';
import { type ContestantName, labels, peerNames } from './contestant.ts';
import type { RegistryResults, RowResult, Standing } from './registry-results.ts';
import { titleOf } from './registry-row.ts';
import { renderScale } from './scale/render-scale.ts';

/** The whole report. */
export function renderRegistry(results: RegistryResults, machine: Machine, missed: readonly string[]): string {
  const verdict = missed.length === 0 ? ['every aim was reached'] : missed.map((words) => `missed: ${words}`);
  const rows = results.rows.length === 0 ? [] : [renderRatios(results), renderRows(results)];
  const scale = results.scale === undefined ? [] : [renderScale(results.scale)];
  return [`${verdict.join('\n')}\n`, renderWhere(results, machine), ...rows, ...scale].join('\n');
}

/** Processes that may have wanted a core before: with more, somebody else measures with us. */
const quietLoadMax = 1;

function renderWhere({ versions, sizes, storage, durability }: RegistryResults, machine: Machine): string {
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const { date, node, system, cores, processor, memoryGiB, loadBefore } = machine;
  return [
    `${sizes.rounds} rounds of ${sizes.windowMs} ms, interleaved; medians`,
    `${[...programs, `Node ${node}`].join(', ')}, ${date.slice(0, 10)}`,
    `${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}, registries on ${storage}`,
    loadBefore > quietLoadMax
      ? `the machine was busy (load ${loadBefore}): rates are worth little, ratios something`
      : `load before ${loadBefore}`,
    ...namesOf(Object.keys(durability)).map((name) => `${labels[name]}: ${durability[name]}`),
    '',
  ].join('\n');
}

/** Ours by theirs: above 1 we answer more requests a second. */
function renderRatios(results: RegistryResults): string {
  const peers = peerNames.filter((peer) => results.rows.some((row) => standingOf(row, peer)));
  const heading = ['', 'ours a second', ...peers.map((peer) => `by ${labels[peer]}`)];
  const rows = results.rows.map((row) => [
    titleOf(row, results.sizes),
    String(standingOf(row, 'ours')?.perSecond ?? ''),
    ...peers.map((peer) => `${standingOf(row, peer)?.oursByTheirs.toFixed(2)}x`),
  ]);
  return `requests a second\n\n${renderTable([heading, ...rows])}`;
}

function renderRows({ rows, sizes }: RegistryResults): string {
  const heading = ['', '', 'a second', 'p50', 'p99', 'CPU for a thousand', 'resident', 'load of a core'];
  const lines = rows.flatMap((row) =>
    row.standings.map((standing, at) => [at === 0 ? titleOf(row, sizes) : '', ...renderStanding(standing)]),
  );
  return `all of it\n\n${renderTable([heading, ...lines])}`;
}

function renderStanding(standing: Standing): readonly string[] {
  const { contestant, perSecond, p50Ms, p99Ms, cpuSecondsPerThousand, residentMiB, loadShare } = standing;
  return [
    labels[contestant],
    String(perSecond),
    `${p50Ms.toFixed(2)} ms`,
    `${p99Ms.toFixed(2)} ms`,
    `${cpuSecondsPerThousand} s`,
    `${Math.round(residentMiB)} MiB`,
    String(loadShare),
  ];
}

function namesOf(names: readonly string[]): readonly ContestantName[] {
  return (['ours', ...peerNames] as const).filter((name) => names.includes(name));
}

function standingOf(row: RowResult, name: ContestantName): Standing | undefined {
  return row.standings.find(({ contestant }) => contestant === name);
}
