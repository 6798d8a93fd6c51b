/** Which resource a path names. */
import { type Digest, isDigest } from '../../oci/spec/digest.ts';
import { isRepositoryName, type RepositoryName } from '../../oci/spec/repository-name.ts';
import { isTag, type Tag } from '../../oci/spec/tag.ts';
import { type Answer, refusal } from './answer.ts';

export type Route =
  | { readonly kind: 'ping' }
  | { readonly kind: 'catalog' }
  | BlobRoute
  | UploadsRoute
  | UploadRoute
  | ManifestRoute
  | TagsRoute
  | ReferrersRoute
  | { readonly kind: 'refused'; readonly answer: Answer };

export interface BlobRoute {
  readonly kind: 'blob';
  readonly repository: RepositoryName;
  readonly digest: Digest;
}

/** Where uploads begin. */
export interface UploadsRoute {
  readonly kind: 'uploads';
  readonly repository: RepositoryName;
}

/** One upload session. */
export interface UploadRoute {
  readonly kind: 'upload';
  readonly repository: RepositoryName;
  readonly id: string;
}

export interface ManifestRoute {
  readonly kind: 'manifest';
  readonly repository: RepositoryName;
  /** Exactly one of the two. */
  readonly tag?: Tag;
  readonly digest?: Digest;
}

export interface TagsRoute {
  readonly kind: 'tags';
  readonly repository: RepositoryName;
}

export interface ReferrersRoute {
  readonly kind: 'referrers';
  readonly repository: RepositoryName;
  readonly subject: Digest;
}

/**
 * The route of a decoded path. Repository names contain slashes, and any keyword may be part of one
 * (`library/blobs/uploads`), so a path is read from its end: the last keyword counts.
 *
 * Spec: distribution-spec v1.1.1, "Endpoints".
 */
export function parseRoute(method: string, path: string): Route {
  if (path === '/v2' || path === '/v2/') return { kind: 'ping' };
  if (path === '/v2/_catalog') return { kind: 'catalog' };
  const segments = path.split('/').slice(2);
  const [third, second, last] = [segments.at(-3), segments.at(-2), segments.at(-1) ?? ''];
  if (third === 'blobs' && second === 'uploads') {
    return inRepository(segments.slice(0, -3), (repository) =>
      last === '' ? { kind: 'uploads', repository } : { kind: 'upload', repository, id: last },
    );
  }
  const name = segments.slice(0, -2);
  if (second === 'blobs' && last === 'uploads')
    return inRepository(name, (repository) => ({ kind: 'uploads', repository }));
  if (second === 'tags' && last === 'list') return inRepository(name, (repository) => ({ kind: 'tags', repository }));
  if (second === 'blobs') return inRepository(name, (repository) => blobRoute(repository, last));
  if (second === 'manifests') return inRepository(name, (repository) => manifestRoute(method, repository, last));
  if (second === 'referrers') return inRepository(name, (repository) => referrersRoute(repository, last));
  return refused(refusal(404, 'UNSUPPORTED', 'no such resource'));
}

function inRepository(segments: readonly string[], route: (repository: RepositoryName) => Route): Route {
  const name = segments.join('/');
  if (isRepositoryName(name)) return route(name);
  return refused(refusal(400, 'NAME_INVALID', 'not a repository name', { detail: { name } }));
}

function blobRoute(repository: RepositoryName, text: string): Route {
  return isDigest(text) ? { kind: 'blob', repository, digest: text } : refusedDigest(text);
}

function referrersRoute(repository: RepositoryName, text: string): Route {
  return isDigest(text) ? { kind: 'referrers', repository, subject: text } : refusedDigest(text);
}

/** A tag that cannot exist does not exist: only who would write it is told that it is malformed. */
function manifestRoute(method: string, repository: RepositoryName, text: string): Route {
  if (isDigest(text)) return { kind: 'manifest', repository, digest: text };
  if (isTag(text)) return { kind: 'manifest', repository, tag: text };
  if (text.includes(':')) return refusedDigest(text);
  if (method !== 'PUT') return refused(refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown', { detail: { tag: text } }));
  return refused(refusal(400, 'TAG_INVALID', 'not a tag', { detail: { tag: text } }));
}

function refusedDigest(text: string): Route {
  return refused(refusal(400, 'DIGEST_INVALID', 'not a sha256 or sha512 digest', { detail: { digest: text } }));
}

function refused(answer: Answer): Route {
  return { kind: 'refused', answer };
}
