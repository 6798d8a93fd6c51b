/** The codes of making an image: builders, what they are given, and archives of images. */
import { type ErrorEntry, entry } from './error-entry.ts';

/** In alphabetical order. A code may be added, none may change its meaning. */
export const buildCodes = {
  ARCHIVE_INVALID: entry(
    'InputError',
    'a file is not an archive of an image',
    'write the archive again with `docker save`, or with `skopeo copy` to oci-archive: or docker-archive:',
  ),
  BUILDER_MISSING: entry(
    'InputError',
    'nothing is here that can build an image',
    'install docker with buildx, buildah or podman and see that it runs, or bring an image that is there already',
  ),
  BUILD_FAILED: entry(
    'InputError',
    'the builder ended with an error',
    'correct what the last lines of the builder name',
  ),
  BUILD_INPUT_INVALID: entry(
    'InputError',
    'a setting of the build is malformed, or the builder cannot do what it asks for',
    'correct the named setting, or name a builder that can',
  ),
} as const satisfies Record<string, ErrorEntry>;
