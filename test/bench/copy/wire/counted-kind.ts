/** The kinds under which the benchmark counts requests, in the order in which a copy makes them. */
import { kindOf } from '../../../e2e/request-kind.ts';
import type { RequestLine } from './request-reader.ts';

/** Most kinds that occur; others come after these. */
const usualOrder = [
  ...['ping', 'token', 'GET tags', 'HEAD manifest', 'GET manifest', 'GET referrers', 'HEAD blob', 'GET blob'],
  ...['POST mount', 'POST blob', 'PATCH blob', 'PUT blob', 'DELETE blob', 'PUT manifest'],
];

/** What the request is for. Spec: distribution-spec v1.1.1, "Determining Support". */
export function countedKind(request: RequestLine): string {
  const kind = kindOf(request);
  if (!kind.endsWith(' sign-in')) return kind;
  return /^\/v2\/?(\?|$)/.test(request.path) ? 'ping' : 'token';
}

/** The kinds of a count with their numbers, in the usual order. */
export function orderedKinds(requests: Readonly<Record<string, number>>): readonly (readonly [string, number])[] {
  const rank = (kind: string) => (usualOrder.indexOf(kind) + usualOrder.length + 1) % (usualOrder.length + 1);
  return Object.entries(requests).toSorted(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
}

/** All requests of a count. */
export function totalRequests(requests: Readonly<Record<string, number>>): number {
  return Object.values(requests).reduce((total, number) => total + number, 0);
}
