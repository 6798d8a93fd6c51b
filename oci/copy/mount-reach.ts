/** Between which repositories a registry can be asked to mount. */
import type { RepositoryPlace } from './target.ts';

/** Whether they are two repositories of one registry, or of registries of one family. */
export function isWithinReach(from: RepositoryPlace, to: RepositoryPlace): boolean {
  if (from.registry === to.registry) return from.repository !== to.repository;
  return to.family !== undefined && from.family === to.family;
}
