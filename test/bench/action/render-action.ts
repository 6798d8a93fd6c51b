/** The benchmark of the Action as a person reads it: what was missed, then a table a part. */
import { orderedKinds, totalRequests } from '../copy/wire/counted-kind.ts';
import type { Machine } from '../machine.ts';
import { renderTable } from '../render-table.ts';
import type { ActionResults, ContestantName, ReleaseStanding } from './action-results.ts';
import { bundleBytesMax, overheadMax, startMsMax } from './judge-action.ts';

const labels: Readonly<Record<ContestantName, string>> = {
  docker: 'docker build, docker push x 4',
  'ours-docker': 'registry-action with docker',
  buildah: 'buildah build, buildah push x 4',
  'ours-buildah': 'registry-action with buildah',
  'ours-none': 'registry-action with neither',
};

/** The whole report. */
export function renderAction(results: ActionResults, machine: Machine, misses: readonly string[]): string {
  const verdict = misses.length === 0 ? ['every aim was reached'] : misses.map((words) => `missed: ${words}`);
  const parts = [
    `${verdict.join('\n')}\n`,
    renderWhere(results, machine),
    renderBundle(results),
    ...(results.starts.length === 0 ? [] : [renderStarts(results)]),
    ...(results.overheads.length === 0 ? [] : [renderOverheads(results)]),
    ...(results.releases.length === 0 ? [] : [renderReleases(results), renderKinds(results.releases)]),
  ];
  return parts.join('\n');
}

/** Processes that may have wanted a core before: with more, somebody else measures with us. */
const quietLoadMax = 1;

function renderWhere({ versions, sizes, storage }: ActionResults, machine: Machine): string {
  const tools = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${sizes.rounds} rounds, interleaved; medians, and the worst of them`,
    `${tools.join(', ')}, Node ${machine.node}; builders keep images by vfs`,
    `${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, all on ${storage}`,
    machine.loadBefore > quietLoadMax
      ? `the machine was busy (load ${machine.loadBefore}): times are worth little, ratios something, counts all`
      : `load before ${machine.loadBefore}`,
    '',
  ].join('\n');
}

function renderBundle({ bundle }: ActionResults): string {
  const rows = Object.entries(bundle).map(([name, sizeBytes]) => [
    name,
    `${(sizeBytes / 1e6).toFixed(2)} MB`,
    name === 'index.cjs' ? `<= ${bundleBytesMax / 1e6} MB` : '',
  ]);
  return `bundle\n\n${renderTable([['', 'size', 'aim'], ...rows])}`;
}

function renderStarts({ starts, nodeMs }: ActionResults): string {
  const rows = starts.map(({ door, builder, untilBuildMs }) => [
    `${door}, ${builder}`,
    formatMs(untilBuildMs.p50),
    formatMs(untilBuildMs.p95),
    `<= ${startMsMax} ms`,
  ]);
  const empty = ['Node with nothing to do', formatMs(nodeMs.p50), formatMs(nodeMs.p95), ''];
  return `from the start of our process to the start of the builder\n\n${renderTable([['', 'time', 'worst', 'aim'], ...rows, empty])}`;
}

function renderOverheads({ overheads, sizes }: ActionResults): string {
  const rows = overheads.map(({ builder, aloneMs, oursMs, oursBuildMs, ratio }) => [
    builder,
    formatMs(aloneMs.p50),
    formatMs(oursMs.p50),
    formatMs(oursBuildMs.p50),
    formatMs(oursMs.p50 - oursBuildMs.p50),
    ratio.toFixed(3),
    `< ${overheadMax}`,
  ]);
  const heading = ['', 'build alone', 'release by us', 'its build', 'the rest', 'ratio', 'aim'];
  return `a whole release beside the build alone (a step of ${sizes.buildSeconds} s)\n\n${renderTable([heading, ...rows])}`;
}

function renderReleases({ releases, sizes }: ActionResults): string {
  const rows = releases.map((standing) => [
    labels[standing.contestant],
    formatMs(standing.wallMs.p50),
    formatMs(standing.wallMs.p95),
    standing.buildMs.p50 === 0 ? '' : formatMs(standing.buildMs.p50),
    formatMs(standing.pushMs.p50),
    standing.programsMs.p50 === 0 ? '' : formatMs(standing.programsMs.p50),
    String(totalRequests(standing.requests)),
    String(standing.connections),
    `${(standing.sentBytes / 1e6).toFixed(1)} MB`,
  ]);
  const heading = ['', 'wall', 'worst', 'build', 'push', 'by its programs', 'requests', 'connections', 'sent'];
  const shape = `${sizes.layers} layers x ${sizes.layerBytes / 1e6} MB`;
  return `the same release under four tags (${shape})\n\n${renderTable([heading, ...rows])}`;
}

/** One row for each kind of request, one column for each contestant. */
function renderKinds(releases: readonly ReleaseStanding[]): string {
  const seen: Record<string, number> = Object.assign({}, ...releases.map(({ requests }) => requests));
  const rows = orderedKinds(seen).map(([kind]) => [
    kind,
    ...releases.map(({ requests }) => String(requests[kind] ?? '')),
  ]);
  return `requests to the registry\n\n${renderTable([['', ...releases.map(({ contestant }) => contestant)], ...rows])}`;
}

const msPerSecond = 1000;

function formatMs(ms: number): string {
  return ms >= msPerSecond ? `${(ms / msPerSecond).toFixed(2)} s` : `${Math.round(ms)} ms`;
}
