/** The copy benchmark as a person reads it: what was missed, then a table a case, then who asked what. */
import type { Machine } from '../machine.ts';
import { renderTable } from '../render-table.ts';
import { roundTo } from '../spread.ts';
import { type ContestantName, ourNames, peerNames } from './contestant.ts';
import { copyCases, formatShape } from './copy-case.ts';
import type { CaseResult, CopyResults, MemoryResult, Standing } from './copy-results.ts';
import { type Miss, titleOf } from './judge-copy.ts';
import { orderedKinds } from './wire/counted-kind.ts';

const labels: Readonly<Record<ContestantName, string>> = {
  crane: 'crane',
  regctl: 'regctl',
  oras: 'oras',
  skopeo: 'skopeo',
  command: 'registry-action copy',
  engine: 'its engine alone',
};

const orderedNames: readonly ContestantName[] = [...peerNames, ...ourNames];

/** The whole report. */
export function renderCopy(results: CopyResults, machine: Machine, misses: readonly Miss[]): string {
  const verdict = misses.length === 0 ? ['every aim was reached'] : misses.map(({ words }) => `missed: ${words}`);
  const parts = [
    `${verdict.join('\n')}\n`,
    renderWhere(results, machine),
    ...results.cases.map((result) => renderCase(result, results)),
    renderStartUp(results),
    ...(results.memory === undefined ? [] : [renderMemory(results.memory)]),
    ...results.cases.filter(({ latencyMs }) => latencyMs > 0).map(renderKinds),
  ];
  return `${parts.join('\n')}`;
}

/** Processes that may have wanted a core before: with more, somebody else measures with us. */
const quietLoadMax = 1;

function renderWhere({ versions, sizes, storage }: CopyResults, machine: Machine): string {
  const tools = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${sizes.rounds} rounds, interleaved; medians, and the worst of them`,
    `${tools.join(', ')}, Node ${machine.node}`,
    `${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, registries on ${storage}`,
    machine.loadBefore > quietLoadMax
      ? `the machine was busy (load ${machine.loadBefore}): times are worth little, ratios something, counts all`
      : `load before ${machine.loadBefore}`,
    '',
  ].join('\n');
}

function renderCase(result: CaseResult, { sizes }: CopyResults): string {
  const ours = ourNames.map((name) => standingOf(result, name)?.wallMs.p50 ?? Number.NaN);
  const rows = orderedNames.flatMap((name) => {
    const standing = standingOf(result, name);
    return standing === undefined ? [] : [renderStanding(standing, ours)];
  });
  const shape = formatShape(sizes[copyCases[result.name].image]);
  const heading = ['', 'wall', 'worst', 'of command', 'of engine', 'CPU', 'peak', 'requests', 'connections'];
  return `${titleOf(result)} (${shape})\n\n${renderTable([heading, ...rows])}`;
}

function renderStanding(standing: Standing, ours: readonly number[]): readonly string[] {
  const { contestant, wallMs, cpuMs, peakMiB, requests, connections } = standing;
  return [
    labels[contestant],
    formatMs(wallMs.p50),
    formatMs(wallMs.p95),
    ...ours.map((own) => `${(wallMs.p50 / own).toFixed(2)}x`),
    formatMs(cpuMs.p50),
    `${Math.round(peakMiB.p50)} MiB`,
    String(requests.p50),
    String(connections),
  ];
}

function renderStartUp({ startUp: { nodeMs, commandMs } }: CopyResults): string {
  return `start: Node with nothing to do ${formatMs(nodeMs.p50)}, registry-action --version ${formatMs(commandMs.p50)}\n`;
}

function renderMemory(memory: MemoryResult): string {
  const { usualLayerBytes, largeLayerBytes, usualPeakMiB, largePeakMiB } = memory;
  const growth = roundTo(largePeakMiB.p50 - usualPeakMiB.p50, 1);
  const mib = (bytes: number) => `${bytes / 1024 ** 2} MiB`;
  return (
    `memory of the engine: a layer of ${mib(usualLayerBytes)} peaks at ${usualPeakMiB.p50} MiB, ` +
    `one of ${mib(largeLayerBytes)} at ${largePeakMiB.p50} MiB: ${growth} MiB more\n`
  );
}

/** One row for each kind of request, one column for each contestant. */
function renderKinds(result: CaseResult): string {
  const names = orderedNames.filter((name) => standingOf(result, name) !== undefined);
  const sides = (['source', 'target'] as const).flatMap((side) => {
    const seen = Object.assign({}, ...result.standings.map(({ kinds }) => kinds[side]));
    return orderedKinds(seen).map(([kind]) => [
      side,
      kind,
      ...names.map((name) => String(standingOf(result, name)?.kinds[side][kind] ?? '')),
    ]);
  });
  const totals = names.map((name) => String(standingOf(result, name)?.requests.p50 ?? ''));
  return `requests: ${titleOf(result)}\n\n${renderTable([['', '', ...names], ...sides, ['all', '', ...totals]])}`;
}

function standingOf(result: CaseResult, name: ContestantName): Standing | undefined {
  return result.standings.find(({ contestant }) => contestant === name);
}

const msPerSecond = 1000;

function formatMs(ms: number): string {
  return ms >= msPerSecond ? `${(ms / msPerSecond).toFixed(2)} s` : `${Math.round(ms)} ms`;
}
