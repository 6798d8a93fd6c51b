/** Registries that let no tag be moved. */
import { AccessError, ConflictError, RegistryError } from '../../errors/errors.ts';
import type { Tag } from '../../oci/spec/tag.ts';

/**
 * Statuses with which registries refuse to move a tag: ECR and Artifact Registry 400, locked tags of ACR 405, Quay 409,
 * Harbor 412. Docker Hub says 403.
 */
const refusingStatuses: ReadonlySet<number> = new Set([400, 405, 409, 412]);

/**
 * Whether a refusal to point an existing tag at a manifest that is there says that the tag must stay. Each registry has
 * its own words for it; what they have in common is that the same account had just been let in to write the manifest,
 * and another tag.
 */
export function isImmutableRefusal(error: unknown): boolean {
  if (error instanceof AccessError) return error.signedIn;
  return error instanceof RegistryError && refusingStatuses.has(error.status);
}

/** The refusal to overwrite an exact tag, in our words. */
export function tagImmutable(name: string, tag: Tag, cause: unknown): ConflictError {
  return new ConflictError({ code: 'TAG_IMMUTABLE', message: `tags cannot be moved here: ${name}:${tag}`, cause });
}
