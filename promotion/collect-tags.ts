/** All tags of a repository, completely or not at all. */
import { RegistryError } from '../errors/errors.ts';
import type { Source } from '../oci/copy/target.ts';

/** Tags one repository may have before we call it broken: a bound on memory, far above any real history. */
const tagsMax = 1_000_000;

/** The complete set of tags. @throws RegistryError REGISTRY_REFUSED beyond the bound, and whatever listing throws. */
export async function collectTags(source: Source, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const tags = new Set<string>();
  for await (const tag of source.listTags(signal)) {
    tags.add(tag);
    if (tags.size > tagsMax) {
      throw new RegistryError({
        code: 'REGISTRY_REFUSED',
        message: `more than ${tagsMax} tags in ${source.name}`,
        status: 200,
        specCodes: [],
        retryable: false,
      });
    }
  }
  return tags;
}
