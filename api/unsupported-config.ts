/** Keys that the design has and this version has not: refused by name, so that nobody relies on a gate that is not there. */
import type { ConfigProblem, KeyPath } from './config-problem.ts';
import { isMapping } from './mapping.ts';

const environmentKeys: readonly string[] = ['gates', 'auto', 'history'];
const topLevelKeys: readonly string[] = ['sets'];
const accessVerbs: readonly unknown[] = ['approve', 'hold'];

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
      if (key === 'access' && Array.isArray(value)) {
        return [key, value.map((rule, at) => splitRule(rule, ['access', at], problems))];
      }
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

/** Rules for groups of people, and verbs of gates that are not there. */
function splitRule(written: unknown, path: KeyPath, problems: ConfigProblem[]): unknown {
  if (!isMapping(written)) return written;
  const { who, may } = written;
  const verbs = Array.isArray(may) ? may : [];
  const kept = verbs.filter((verb) => !accessVerbs.includes(verb));
  for (const verb of verbs.filter((one) => accessVerbs.includes(one))) {
    problems.push(unsupported([...path, 'may'], `${verb} is`));
  }
  const isGroup = isMapping(who) && 'group' in who;
  if (isGroup) problems.push(unsupported([...path, 'who', 'group'], 'rules for groups of people are'));
  if (isGroup || (kept.length === 0 && verbs.length > 0)) return unsupportedRule;
  return verbs.length === kept.length ? written : { ...written, may: kept };
}

/** Stands for a rule that was refused, so that those behind it keep their places. */
const unsupportedRule = { who: { repository: '(unsupported)' }, may: ['read'] };

/** Whether the rule was refused already; no repository can have this name. */
export function isUnsupportedRule(who: { readonly repository?: string | undefined }): boolean {
  return who.repository === unsupportedRule.who.repository;
}

/** Stands for the list of registries that was refused; no registry can have this name. */
export const unsupportedLocations = '(several)';

function unsupported(path: KeyPath, what?: string): ConfigProblem {
  return { path, message: `${what === undefined ? '' : `${what} `}not supported by this version yet: take it out` };
}

function eachEntry(value: unknown, split: (name: string, one: unknown) => unknown): unknown {
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, split(name, one)]));
}
