/** Which tags are broken when content is missing: those that lead to it, through indexes as well. */
import type { Digest } from '../../oci/spec/digest.ts';
import type { ContentNeeds } from './content-needs.ts';

/** What a repository's manifests need, by their digest. */
export type RepositoryNeeds = ReadonlyMap<Digest, ContentNeeds>;

/** For each of the missing digests the tags that need it, sorted; a tag may point at a missing manifest itself. */
export function needyTags(
  missing: ReadonlySet<Digest>,
  needs: RepositoryNeeds,
  tags: ReadonlyMap<string, Digest>,
): ReadonlyMap<Digest, readonly string[]> {
  if (missing.size === 0) return new Map();
  const parents = parentsOf(needs);
  const tagsOf = Map.groupBy(tags.keys(), (tag) => tags.get(tag));
  const found = new Map<Digest, readonly string[]>();
  for (const digest of missing) {
    const names = [...ancestors(digest, parents)].flatMap((ancestor) => tagsOf.get(ancestor) ?? []);
    found.set(digest, names.sort());
  }
  return found;
}

function parentsOf(needs: RepositoryNeeds): ReadonlyMap<Digest, readonly Digest[]> {
  const parents = new Map<Digest, Digest[]>();
  for (const [parent, { blobs, manifests }] of needs) {
    for (const child of [...blobs, ...manifests]) {
      const known = parents.get(child);
      if (known === undefined) parents.set(child, [parent]);
      else known.push(parent);
    }
  }
  return parents;
}

/** The digest itself and all that need it, each once. */
function ancestors(digest: Digest, parents: ReadonlyMap<Digest, readonly Digest[]>): ReadonlySet<Digest> {
  const found = new Set([digest]);
  for (const one of found) for (const parent of parents.get(one) ?? []) found.add(parent);
  return found;
}
