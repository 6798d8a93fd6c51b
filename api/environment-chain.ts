/** The order of environments: each is promoted from one before it, and exactly one comes first. */

import { nearestName } from '../core/nearest-name.ts';
import type { ConfigProblem } from './config-problem.ts';

/** Names of environments with the one each is promoted from, in written order. */
export type Chain = ReadonlyMap<string, string | undefined>;

/** Names in rank order: an environment comes after the one it is promoted from, else as written. Circles are left out. */
export function rankEnvironments(chain: Chain): readonly string[] {
  const ranked: string[] = [];
  const waiting = new Map(chain);
  for (let found = true; found; ) {
    const next = [...waiting].find(([, from]) => from === undefined || ranked.includes(from));
    found = next !== undefined;
    if (next === undefined) break;
    ranked.push(next[0]);
    waiting.delete(next[0]);
  }
  return ranked;
}

/** Every fault of the chain: unknown names, circles, no first environment, several first ones. */
export function chainProblems(chain: Chain): readonly ConfigProblem[] {
  const names = [...chain.keys()];
  const problems: ConfigProblem[] = [];
  for (const [name, from] of chain) {
    if (from === undefined || chain.has(from)) continue;
    const meant = nearestName(
      from,
      names.filter((each) => each !== name),
    );
    const suggestion = meant === undefined ? `there are ${names.join(', ')}` : `did you mean ${meant}?`;
    problems.push({
      path: ['environments', name, 'from'],
      message: `no environment ${JSON.stringify(from)}; ${suggestion}`,
    });
  }
  const first = names.filter((name) => chain.get(name) === undefined);
  for (const name of first.slice(1)) {
    const message = `is missing; only one environment comes first, and ${first[0]} does already`;
    problems.push({ path: ['environments', name, 'from'], message });
  }
  return [...problems, ...circleProblems(chain, first.length === 0)];
}

/** One problem for each environment from which `from` leads back to itself. */
function circleProblems(chain: Chain, noneFirst: boolean): readonly ConfigProblem[] {
  const circles = [...chain.keys()].filter((name) => leadsTo(chain, name));
  return circles.map((name) => ({
    path: ['environments', name, 'from'],
    message: `goes round in a circle${noneFirst ? '; one environment must have no from' : ''}`,
  }));
}

function leadsTo(chain: Chain, name: string): boolean {
  let current = chain.get(name);
  for (let steps = 0; steps < chain.size && current !== undefined; steps++) {
    if (current === name) return true;
    current = chain.get(current);
  }
  return false;
}
