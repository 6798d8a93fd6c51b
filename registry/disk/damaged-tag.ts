/** The error of whoever wants to know what a tag names when its record is damaged. */
import { damagedTagReason } from '../../core/damaged-tag.ts';
import { IntegrityError } from '../../errors/errors.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';

/** It is there, and nobody knows what it names: to say that it is not there would free its name. */
export function tagDamaged(repository: RepositoryName, tag: Tag): IntegrityError {
  const { message = '' } = damagedTagReason(repository, tag, { damaged: 'tag' }) ?? {};
  return new IntegrityError({ code: 'TAG_DAMAGED', message });
}
