import { expect, it } from 'vitest';
import { movesBlob, requestClassOf } from '../../../../oci/client/wire/request-class.ts';

it.each([
  ['GET', '/v2/team/app/blobs/sha256:00', 'read', true],
  ['HEAD', '/v2/team/app/blobs/sha256:00', 'read', false],
  ['GET', '/v2/team/app/blobs/uploads/7', 'read', true],
  ['GET', '/v2/team/app/manifests/1.0', 'manifest-read', false],
  ['HEAD', '/v2/team/blobs/manifests/1.0', 'manifest-read', false],
  ['GET', '/v2/team/app/tags/list', 'manifest-read', false],
  ['GET', '/v2/team/app/referrers/sha256:00', 'manifest-read', false],
  ['GET', '/v2/_catalog', 'manifest-read', false],
  ['GET', '/v2/', 'manifest-read', false],
  ['POST', '/v2/team/app/blobs/uploads/', 'write', false],
  ['PATCH', '/v2/team/app/blobs/uploads/7', 'write', true],
  ['PUT', '/artifacts-uploads/namespaces/p/repositories/r/uploads/7', 'write', true],
  ['PUT', '/v2/team/manifests/blobs/uploads/7', 'write', true],
  ['DELETE', '/v2/team/app/blobs/uploads/7', 'write', false],
  ['PUT', '/v2/team/app/manifests/1.0', 'manifest-write', false],
  ['DELETE', '/v2/team/app/manifests/sha256:00', 'manifest-write', false],
])('%s %s is %s', (method, path, requestClass, isLong) => {
  expect(requestClassOf(method, path)).toBe(requestClass);
  expect(movesBlob(method, requestClassOf(method, path))).toBe(isLong);
});
