/**
 * What a registry token is for: repositories with actions, as Docker's clients write them.
 *
 * Spec: distribution v3, "Token Scope Documentation".
 */
import type { Verb } from '../../core/access.ts';
import { isRepositoryName, type RepositoryName } from '../../oci/spec/repository-name.ts';
import { parseObject } from '../json-object.ts';

/** What can be done with a repository, in the order in which we write it. */
export const repositoryActions = ['pull', 'push', 'delete'] as const;
export type RepositoryAction = (typeof repositoryActions)[number];

/** One repository with what may be done there, or the list of all of them. */
export type ScopeEntry =
  | { readonly type: 'repository'; readonly name: RepositoryName; readonly actions: readonly RepositoryAction[] }
  | { readonly type: 'registry'; readonly name: 'catalog'; readonly actions: readonly ['*'] };

/** Everything a token is for; each resource is there once. */
export type TokenScope = readonly ScopeEntry[];

/** The list of repositories. */
export const catalogEntry: ScopeEntry = { type: 'registry', name: 'catalog', actions: ['*'] };

/** Scopes of one request; a push that mounts from many repositories asks for some dozens. */
export const scopesMax = 100;

/** Type, class, name and actions. A name has no colon, so there is one way to read a scope. */
const scopeGrammar = /^([a-z0-9]+)(\([a-z0-9]+\))?:([^:\s]+):((?:[a-z]+|\*)(?:,(?:[a-z]+|\*))*)$/;

/**
 * What is asked for, as far as there is such a thing here: other types and classes of resources, and other actions, are
 * left out, as nobody can have them. Undefined when a scope is malformed, or when there are too many.
 */
export function parseScopes(texts: readonly string[]): TokenScope | undefined {
  const scopes = texts.flatMap((text) => text.split(/[ +]/)).filter((text) => text !== '');
  if (scopes.length > scopesMax) return undefined;
  const asked = scopes.map(parseScope);
  return asked.includes(undefined) ? undefined : mergeScopes(asked.filter((entry) => entry !== undefined).flat());
}

/** What of it the caller may. The list of repositories is for everybody: it shows to each what he may pull. */
export function grantScopes(asked: TokenScope, may: (verb: Verb, repository: RepositoryName) => boolean): TokenScope {
  return asked.flatMap((entry): TokenScope => {
    if (entry.type === 'registry') return [entry];
    const actions = entry.actions.filter((action) => may(action, entry.name));
    return actions.length === 0 ? [] : [{ ...entry, actions }];
  });
}

/** Whether the token is for all of what is needed. */
export function coversScopes(scope: TokenScope, needed: TokenScope): boolean {
  return needed.every((entry) => {
    const held: readonly string[] =
      scope.find(({ type, name }) => type === entry.type && name === entry.name)?.actions ?? [];
    return entry.actions.every((action) => held.includes(action));
  });
}

/**
 * What a token must be for so that its holder may do this. Whether he may is another question: a token for pushing is
 * enough for whatever a push can be, and the holder's own rights decide which of it he may.
 */
export function scopeOfVerb(verb: Verb, name: RepositoryName): ScopeEntry {
  return { type: 'repository', name, actions: [actionOfVerb(verb)] };
}

/** The scopes as clients write them. */
export function formatScopes(scope: TokenScope): string {
  return scope.map(({ type, name, actions }) => `${type}:${name}:${actions.join(',')}`).join(' ');
}

/** The scope that a verified token has in it; undefined when it is not of our making. */
export function parseAccessClaim(value: unknown): TokenScope | undefined {
  if (!Array.isArray(value) || value.length > scopesMax) return undefined;
  const entries = value.map((entry: unknown) => {
    const { type, name, actions } = parseObject(entry) ?? {};
    if (!Array.isArray(actions)) return undefined;
    return parseScope(`${String(type)}:${String(name)}:${actions.join(',')}`);
  });
  return entries.includes(undefined) ? undefined : mergeScopes(entries.filter((entry) => entry !== undefined).flat());
}

function parseScope(text: string): TokenScope | undefined {
  const [, type, resourceClass, name = '', actionList = ''] = scopeGrammar.exec(text) ?? [];
  const actions = actionList.split(',');
  if (type === undefined) return undefined;
  if (resourceClass !== undefined) return [];
  if (type === 'registry') return name === 'catalog' && actions.includes('*') ? [catalogEntry] : [];
  if (type !== 'repository') return [];
  if (!isRepositoryName(name)) return undefined;
  const wanted = repositoryActions.filter((action) => actions.includes(action) || actions.includes('*'));
  return wanted.length === 0 ? [] : [{ type, name, actions: wanted }];
}

function mergeScopes(entries: TokenScope): TokenScope {
  const byResource = new Map<string, ScopeEntry>();
  for (const entry of entries) {
    const key = `${entry.type}:${entry.name}`;
    const known = byResource.get(key);
    byResource.set(key, known === undefined ? entry : joinEntries(known, entry));
  }
  return [...byResource.values()];
}

function joinEntries(one: ScopeEntry, other: ScopeEntry): ScopeEntry {
  if (one.type === 'registry') return one;
  const all: readonly string[] = [...one.actions, ...other.actions];
  return { ...one, actions: repositoryActions.filter((action) => all.includes(action)) };
}

function actionOfVerb(verb: Verb): RepositoryAction {
  switch (verb) {
    case 'read':
    case 'pull':
      return 'pull';
    case 'push':
    case 'overwrite':
    case 'environment-tags':
    case 'break-glass':
    case 'promote':
    case 'rollback':
      return 'push';
    case 'delete':
    case 'administer':
      return 'delete';
  }
}
