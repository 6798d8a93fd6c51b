/** Scopes: what a token is asked for and good for. */
import type { RepositoryName } from '../../spec/repository-name.ts';

/** Some actions on one resource. Spec: distribution v3.0.0, "Token Scope Documentation". */
export interface Scope {
  /** Type and name: `repository:team/app`, `registry:catalog`. */
  readonly resource: string;
  readonly actions: readonly string[];
}

/** What listing every repository of a registry needs. */
export const catalogScope: Scope = { resource: 'registry:catalog', actions: ['*'] };

/** The scope for actions on a repository. */
export function repositoryScope(name: RepositoryName, ...actions: readonly ('pull' | 'push' | 'delete')[]): Scope {
  return { resource: `repository:${name}`, actions };
}

/** The name of the repository that the scope is for; undefined for other scopes. */
export function repositoryOf(scope: Scope): string | undefined {
  const [, name] = /^repository:(.+)$/s.exec(scope.resource) ?? [];
  return name;
}

/** The scopes in a challenge's parameter, which are separated by spaces; what is no scope is passed over. */
export function parseScopes(text: string): readonly Scope[] {
  return text.split(' ').flatMap((word) => {
    const parts = /^([^:]+:.+):([^:]*)$/.exec(word);
    const [, resource = '', actions = ''] = parts ?? [];
    return parts === null ? [] : [{ resource, actions: actions.split(',').filter((action) => action !== '') }];
  });
}

/** `repository:team/app:pull,push`. */
export function formatScope(scope: Scope): string {
  return `${scope.resource}:${scope.actions.join(',')}`;
}

/** One scope per resource, with the actions of both lists; resources of `more` come last. */
export function mergeScopes(scopes: readonly Scope[], more: readonly Scope[]): readonly Scope[] {
  const merged = new Map(scopes.map((scope) => [scope.resource, scope]));
  for (const { resource, actions } of more) {
    const before = merged.get(resource)?.actions ?? [];
    merged.delete(resource);
    merged.set(resource, { resource, actions: [...new Set([...before, ...actions])] });
  }
  return [...merged.values()];
}

/** Whether everything needed is among what is held. */
export function coversScopes(held: readonly Scope[], needed: readonly Scope[]): boolean {
  return needed.every((need) => {
    const actions = held.find((scope) => scope.resource === need.resource)?.actions ?? [];
    return actions.includes('*') || need.actions.every((action) => actions.includes(action));
  });
}
