/** Who cannot be pulled whole when content is missing. */
import type { Digest } from '../../oci/spec/digest.ts';
import type { ContentNeeds } from './content-needs.ts';

/** What a repository's manifests need, by their digest. */
export type RepositoryNeeds = ReadonlyMap<Digest, ContentNeeds>;

/** Who needs a digest. */
export interface Needing {
  /** Tags that lead to it, through indexes as well, sorted; one may point at a missing manifest itself. */
  readonly tags: readonly string[];
  /** Manifests that name it, sorted; the first of them where they are many. */
  readonly manifests: readonly Digest[];
}

/** Manifests told for one digest: a layer may be in as many as a repository has. */
const manifestsToldMax = 100;

/** For each of the missing digests who needs it. */
export function whoNeeds(
  missing: ReadonlySet<Digest>,
  needs: RepositoryNeeds,
  tags: ReadonlyMap<string, Digest>,
): ReadonlyMap<Digest, Needing> {
  if (missing.size === 0) return new Map();
  const parents = parentsOf(needs);
  const tagsOf = Map.groupBy(tags.keys(), (tag) => tags.get(tag));
  const found = new Map<Digest, Needing>();
  for (const digest of missing) {
    const names = [...ancestors(digest, parents)].flatMap((ancestor) => tagsOf.get(ancestor) ?? []);
    found.set(digest, {
      tags: names.sort(),
      manifests: (parents.get(digest) ?? []).toSorted().slice(0, manifestsToldMax),
    });
  }
  return found;
}

function parentsOf(needs: RepositoryNeeds): ReadonlyMap<Digest, readonly Digest[]> {
  const parents = new Map<Digest, Digest[]>();
  for (const [parent, { blobs, manifests }] of needs) {
    for (const child of new Set([...blobs, ...manifests])) {
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
