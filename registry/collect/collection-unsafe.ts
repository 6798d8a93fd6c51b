/** Why a collection took nothing away. */
import { IntegrityError } from '../../errors/errors.ts';

/** The error of a collection that met something it could not read. */
export function collectionUnsafe(path: string, why: string, cause?: unknown): IntegrityError {
  return new IntegrityError({
    code: 'COLLECTION_UNSAFE',
    message: `cannot be read, so nothing was collected: ${path}: ${why}`,
    ...(cause === undefined ? {} : { cause }),
  });
}
