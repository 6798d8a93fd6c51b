/** What a request to a registry is for, told from the outside. */
import type { SeenRequest } from './registry-proxy.ts';

/** Kinds that move or create blobs: none of them is allowed where nothing is copied. */
export const blobMovingKinds: readonly string[] = ['GET blob', 'POST blob', 'POST mount', 'PATCH blob', 'PUT blob'];

/** Method and what it is about. Spec: distribution-spec v1.1.1, "Endpoints". */
export function kindOf({ method, path }: Pick<SeenRequest, 'method' | 'path'>): string {
  if (method === 'POST' && path.includes('mount=')) return 'POST mount';
  return `${method} ${subjectOf(path)}`;
}

function subjectOf(path: string): string {
  if (/\/manifests\/[^/]+$/.test(path)) return 'manifest';
  if (/\/blobs\//.test(path)) return 'blob';
  if (/\/tags\/list(\?|$)/.test(path)) return 'tags';
  if (/\/referrers\//.test(path)) return 'referrers';
  return path.startsWith('/v2/_catalog') ? 'catalog' : 'sign-in';
}

/** How often each kind comes, in alphabetical order. */
export function countKinds(seen: readonly SeenRequest[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const request of seen) counts.set(kindOf(request), (counts.get(kindOf(request)) ?? 0) + 1);
  return Object.fromEntries([...counts].toSorted(([a], [b]) => a.localeCompare(b)));
}
