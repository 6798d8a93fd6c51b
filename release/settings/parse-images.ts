/** Repositories as people write them. */
import { InputError } from '../../errors/errors.ts';
import { parseReference } from '../../oci/spec/reference.ts';
import type { ImagePlace } from '../release-request.ts';

/**
 * The repository that `registry/repository` names. Capitals become small, as in the names of their owners; without a
 * registry it is on Docker Hub.
 * @throws InputError SETTING_INVALID for a tag, a digest or a scheme; REFERENCE_INVALID for all else that is wrong.
 */
export function parseImage(text: string, isRequired: boolean): ImagePlace {
  if (/^\w+:\/\//.test(text)) throw invalid('an address, not an image', `write ${text.replace(/^\w+:\/\//, '')}`);
  const [name = '', digest] = text.split('@');
  if (digest !== undefined) throw invalid('an image with a digest', `write ${name}`);
  const lastSlash = name.lastIndexOf('/');
  if (lastSlash < 0)
    throw invalid('an image without a registry', 'write it as ghcr.io/owner/app or docker.io/owner/app');
  const colon = name.indexOf(':', lastSlash);
  if (colon >= 0)
    throw invalid(
      'an image with a tag',
      `write ${name.slice(0, colon)}: the tags come from the version, and extra-tags are moved besides`,
    );

  const lower = name.toLowerCase().replace(/^registry-1\.docker\.io\//, 'docker.io/');
  const first = lower.slice(0, lower.indexOf('/'));
  const hasRegistry = /[.:]/.test(first) || first === 'localhost';
  const { registry, repository } = parseReference(hasRegistry ? lower : `docker.io/${lower}`);
  return { registry, repository, isRequired };
}

/** Each repository once, in order; required when any mention of it is. */
export function mergePlaces(places: readonly ImagePlace[]): readonly ImagePlace[] {
  const merged = new Map<string, ImagePlace>();
  for (const place of places) {
    const key = `${place.registry}/${place.repository}`;
    merged.set(key, { ...place, isRequired: place.isRequired || merged.get(key)?.isRequired === true });
  }
  return [...merged.values()];
}

function invalid(message: string, wayOut: string): InputError {
  return new InputError({ code: 'SETTING_INVALID', message, wayOut });
}
