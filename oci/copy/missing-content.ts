/** Refusals that say: what the manifest points at is not here. */
import { NotFoundError, RegistryError } from '../../errors/errors.ts';

const missingContentCodes: ReadonlySet<string> = new Set(['BLOB_UNKNOWN', 'MANIFEST_BLOB_UNKNOWN', 'MANIFEST_UNKNOWN']);

/** Whether a manifest was refused for what it points at. Spec: distribution-spec v1.1.1, "Error Codes". */
export function reportsMissingContent(error: unknown): boolean {
  if (error instanceof RegistryError) return error.specCodes.some((code) => missingContentCodes.has(code));
  return error instanceof NotFoundError && missingContentCodes.has(error.code);
}
