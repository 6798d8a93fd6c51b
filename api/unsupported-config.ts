/** Keys that the design has and this version has not: refused by name, so that nobody relies on a gate that is not there. */
import type { ConfigProblem } from './config-problem.ts';
import { isMapping } from './mapping.ts';

const environmentKeys: readonly string[] = ['gates', 'auto', 'history'];
const topLevelKeys: readonly string[] = ['sets', 'access'];

/** What the file holds without its unsupported parts, and one problem for each of these. */
export function splitUnsupported(written: unknown): {
  readonly rest: unknown;
  readonly problems: readonly ConfigProblem[];
} {
  if (!isMapping(written)) return { rest: written, problems: [] };
  const problems: ConfigProblem[] = topLevelKeys.filter((key) => key in written).map((key) => unsupported([key]));
  const kept = Object.entries(written).filter(([key]) => !topLevelKeys.includes(key));
  const rest = Object.fromEntries(
    kept.map(([key, value]) => {
      if (key === 'environments') return [key, eachEntry(value, (name, one) => splitEnvironment(name, one, problems))];
      return [key, value];
    }),
  );
  return { rest, problems };
}

function splitEnvironment(name: string, written: unknown, problems: ConfigProblem[]): unknown {
  if (!isMapping(written)) return written;
  const rest = { ...written };
  for (const key of environmentKeys.filter((each) => each in rest)) {
    const keep = key === 'history' && isMapping(rest[key]) && 'keep' in rest[key] ? ['keep'] : [];
    problems.push(unsupported(['environments', name, key, ...keep]));
    delete rest[key];
  }
  if (Array.isArray(rest['registry'])) {
    problems.push(unsupported(['environments', name, 'registry'], 'several locations for one environment are'));
    // A place holder that fits the schema: the fault is reported above, and once is enough.
    rest['registry'] = unsupportedLocations;
  }
  return rest;
}

/** Stands for the list of registries that was refused; no registry can have this name. */
export const unsupportedLocations = '(several)';

function unsupported(path: readonly string[], what?: string): ConfigProblem {
  return { path, message: `${what === undefined ? '' : `${what} `}not supported by this version yet: take it out` };
}

function eachEntry(value: unknown, split: (name: string, one: unknown) => unknown): unknown {
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, split(name, one)]));
}
