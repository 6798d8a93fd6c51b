/** Image manifests of schema 1: known well enough to be refused by name. */
import { IntegrityError } from '../../errors/errors.ts';

/** The error for an image manifest of schema 1; `place` says where it lies, when that is known. */
export function schema1Refused(place?: string): IntegrityError {
  const where = place === undefined ? '' : `: ${place}`;
  return new IntegrityError({
    code: 'MANIFEST_OUTDATED',
    message: `image manifest of schema 1, which registries no longer take${where}`,
  });
}
