/** What the access rules give to users and tokens, and to whoever has not signed in. */
import { anonymousName, type Grant, type Member } from './access.ts';
import { type AccessRule, grantOf } from './access-rule.ts';

/** The rules, ready to be asked with every request. */
export interface MemberRules {
  /** What the rules give to the user or token of that name, in the order of the rules. */
  grantsOf(kind: 'user' | 'token', name: string): readonly Grant[];
  /** Whoever has not signed in; undefined when no rule gives them anything. */
  readonly anonymous: Member | undefined;
}

/** The rules in order; those for workloads give nothing here. */
export function memberRules(rules: readonly AccessRule[]): MemberRules {
  const named = new Map<string, Grant[]>();
  const forAnybody: Grant[] = [];
  const forEveryone: Grant[] = [];
  for (const rule of rules) {
    const { who } = rule;
    if (!('kind' in who)) continue;
    if ('name' in who) {
      const key = keyOf(who.kind, who.name);
      named.set(key, [...(named.get(key) ?? []), grantOf(rule)]);
    } else if (who.kind === 'anonymous') forAnybody.push(grantOf(rule));
    else forEveryone.push(grantOf(rule));
  }
  const general = inOrder([...forEveryone, ...forAnybody]);
  for (const [key, grants] of named) named.set(key, inOrder([...grants, ...general]));
  return {
    grantsOf: (kind, name) => named.get(keyOf(kind, name)) ?? general,
    anonymous:
      forAnybody.length === 0 ? undefined : { name: anonymousName, role: 'member', grants: inOrder(forAnybody) },
  };
}

function inOrder(grants: readonly Grant[]): Grant[] {
  return grants.toSorted((one, other) => one.rule - other.rule);
}

function keyOf(kind: 'user' | 'token', name: string): string {
  return `${kind}:${name}`;
}
