/** A tag that a retention rule lets go of. */
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';

export interface RetiredTag {
  readonly repository: RepositoryName;
  readonly tag: Tag;
  readonly digest: Digest;
}
