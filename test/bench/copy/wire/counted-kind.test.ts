/** The kinds of requests that the benchmark tells apart. */
import { expect, test } from 'vitest';
import { countedKind, orderedKinds, totalRequests } from './counted-kind.ts';

const digest = `sha256:${'a'.repeat(64)}`;

test.each([
  ['GET', '/v2/', 'ping'],
  ['GET', '/v2', 'ping'],
  ['GET', '/token?service=registry&scope=repository:app:pull', 'token'],
  ['GET', '/v2/token?service=registry', 'token'],
  ['HEAD', '/v2/team/app/manifests/1.0.0', 'HEAD manifest'],
  ['PUT', `/v2/app/manifests/${digest}`, 'PUT manifest'],
  ['HEAD', `/v2/app/blobs/${digest}`, 'HEAD blob'],
  ['POST', '/v2/app/blobs/uploads/', 'POST blob'],
  ['POST', `/v2/app/blobs/uploads/?from=other&mount=${digest}`, 'POST mount'],
  ['PATCH', '/v2/app/blobs/uploads/1?_state=x', 'PATCH blob'],
  ['DELETE', '/v2/app/blobs/uploads/1?_state=x', 'DELETE blob'],
  ['GET', '/v2/app/tags/list?n=100', 'GET tags'],
  ['GET', `/v2/app/referrers/${digest}`, 'GET referrers'],
])('%s %s is counted as %s', (method, path, kind) => {
  expect(countedKind({ method, path })).toBe(kind);
});

test('kinds come in the order of a copy, those it does not know last', () => {
  const counts = { 'PUT manifest': 1, 'GET catalog': 2, ping: 3, 'POST blob': 4 };
  expect(orderedKinds(counts).map(([kind]) => kind)).toEqual(['ping', 'POST blob', 'PUT manifest', 'GET catalog']);
  expect(totalRequests(counts)).toBe(10);
});
