/** What sort of resource a path names, for counting: a handful of words, whatever paths there are. */

/** Every sort there is. */
export const routeKinds = [
  ...['ping', 'catalog', 'blob', 'upload', 'manifest', 'tags', 'referrers'],
  ...['token', 'health', 'metrics', 'admin', 'other'],
] as const;
export type RouteKind = string;

const single: Readonly<Record<string, RouteKind>> = {
  '/v2': 'ping',
  '/v2/': 'ping',
  '/v2/_catalog': 'catalog',
  '/token': 'token',
  '/livez': 'health',
  '/readyz': 'health',
  '/metrics': 'metrics',
};

/**
 * By the last word that names a route, as the routing itself: a repository may be called like one.
 * Spec: distribution-spec v1.1.1, "Endpoints".
 */
export function routeKindOf(path: string): RouteKind {
  const known = Object.hasOwn(single, path) ? single[path] : undefined;
  if (known !== undefined) return known;
  if (path.startsWith('/admin/')) return 'admin';
  if (!path.startsWith('/v2/')) return 'other';
  const last = path.lastIndexOf('/');
  const second = path.lastIndexOf('/', last - 1);
  const third = path.lastIndexOf('/', second - 1);
  const word = path.slice(second + 1, last);
  if (word === 'uploads' && path.slice(third + 1, second) === 'blobs') return 'upload';
  if (word === 'blobs') return path.endsWith('/uploads') ? 'upload' : 'blob';
  if (word === 'manifests') return 'manifest';
  if (word === 'tags') return 'tags';
  return word === 'referrers' ? 'referrers' : 'other';
}
