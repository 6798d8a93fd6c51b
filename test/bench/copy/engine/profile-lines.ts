/** Where the time of a run went, by function. */
import type { Profiler } from 'node:inspector';
import { roundTo } from '../../spread.ts';

export interface ProfileLine {
  /** Of the time that the profile covers, waiting included. */
  readonly percent: number;
  readonly selfMs: number;
  /** `update (node:internal/crypto/hash)`; what is no function stands in brackets. */
  readonly where: string;
}

/** Functions that are told of: what comes after them is noise. */
const linesMax = 15;

/** The functions in which most time was spent themselves, most first; not those that take the profile. */
export function profileLines({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): readonly ProfileLine[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const selfUs = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const where = names.get(id) ?? '(unknown)';
    if (where.includes('(node:inspector:')) continue;
    selfUs.set(where, (selfUs.get(where) ?? 0) + (timeDeltas[index] ?? 0));
  }
  const allUs = [...selfUs.values()].reduce((sum, one) => sum + one, 0);
  return [...selfUs]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, linesMax)
    .map(([where, us]) => ({ percent: roundTo((100 * us) / allUs, 1), selfMs: roundTo(us / 1000, 1), where }));
}

function placeOf({ functionName, url, lineNumber }: Profiler.Profile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  // The last two parts of a path are enough to find it, and are the same on every machine.
  const file = url.startsWith('node:') ? url : url.split('/').slice(-2).join('/');
  return `${name} (${file}:${lineNumber + 1})`;
}
