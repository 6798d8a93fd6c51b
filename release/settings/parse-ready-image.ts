/** Images that are there already, as people write them. */
import { InputError } from '../../errors/errors.ts';
import { parseDigest } from '../../oci/spec/digest.ts';
import { formatReference, parseReference } from '../../oci/spec/reference.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import type { ReadyImage, RunSettings } from '../builders/builder.ts';
import type { ImagePlace } from '../release-request.ts';

/**
 * The image that `oci:`, `docker-archive:`, `dir:` or a reference with a digest names; `run` says how plain files are
 * run.
 * @throws InputError SETTING_INVALID, TAG_INVALID, DIGEST_INVALID, REFERENCE_INVALID.
 */
export function parseReadyImage(text: string, run: RunSettings): ReadyImage {
  const [, scheme, rest = ''] = /^(oci|docker-archive|dir):(.*)$/s.exec(text) ?? [];
  if (scheme === undefined) return { kind: 'digest', reference: parsePinned(text) };
  const { path, digest, name } = splitPath(rest);
  if (path === '') throw invalid('a source without a path', `write ${scheme}:path`);
  switch (scheme) {
    case 'oci':
      return { kind: 'layout', directory: path, tagOrDigest: tagOrDigestOf(digest, name) };
    case 'docker-archive':
      return { kind: 'docker-archive', path, tag: name };
    default:
      return { kind: 'directory', directory: rest, run };
  }
}

/**
 * The reference of an image by its digest: `registry/repository@digest`, or a digest alone for one that is in `home`.
 * @throws InputError SETTING_INVALID, DIGEST_INVALID, REFERENCE_INVALID.
 */
export function parsePinned(text: string, home?: ImagePlace): string {
  if (home !== undefined && !text.includes('/')) {
    return formatReference({ registry: home.registry, repository: home.repository, digest: parseDigest(text) });
  }
  const { registry, repository, digest } = parseReference(text);
  if (digest === undefined)
    throw invalid('an image without its digest', 'write it as registry/repository@sha256:…; a tag may have moved');
  return formatReference({ registry, repository, digest });
}

function tagOrDigestOf(digest: string | undefined, name: string | undefined): string | undefined {
  if (digest !== undefined) return parseDigest(digest);
  return name === undefined ? undefined : parseTag(name);
}

/** The path, and what stands behind it after `@` or after a colon that is not the one of a drive. */
function splitPath(text: string) {
  const [, path = '', digest, name] = /^((?:[a-zA-Z]:(?=[\\/]))?[^:]*?)(?:@(sha\d+:.*)|:(.*))?$/s.exec(text) ?? [];
  return { path, digest, name: name === '' ? undefined : name };
}

function invalid(message: string, wayOut: string): InputError {
  return new InputError({ code: 'SETTING_INVALID', message, wayOut });
}
