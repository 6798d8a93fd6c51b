/** The two errors for content that is not in a repository, worded the same for every kind of repository. */
import { NotFoundError } from '../errors/errors.ts';
import { type Digest, isDigest } from './spec/digest.ts';
import type { Tag } from './spec/tag.ts';

/** The error for a tag or digest that names no manifest in the repository called `name`. */
export function manifestNotFound(name: string, tagOrDigest: Tag | Digest): NotFoundError {
  const place = isDigest(tagOrDigest) ? `${name}@${tagOrDigest}` : `${name}:${tagOrDigest}`;
  return new NotFoundError({ code: 'MANIFEST_UNKNOWN', message: `manifest not found: ${place}` });
}

/** The error for a blob that is not in the repository called `name`. */
export function blobNotFound(name: string, digest: Digest): NotFoundError {
  return new NotFoundError({ code: 'BLOB_UNKNOWN', message: `blob not found: ${name}@${digest}` });
}
