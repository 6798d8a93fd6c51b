/** Sorted names of the tags of repositories, kept in memory: a new tag is put into its place, nothing is read again. */

import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import { firstNotBefore } from '../first-not-before.ts';
import { followedCache } from './followed-cache.ts';

export interface TagListings {
  /** Every tag, sorted. The list stays as it is whatever is pushed meanwhile. */
  list(repository: RepositoryName, load: () => Promise<readonly Tag[]>): Promise<readonly Tag[]>;
  /** Tells that the tag is there now. */
  add(repository: RepositoryName, tag: Tag): void;
  /** Tells that it is no more. */
  remove(repository: RepositoryName, tag: Tag): void;
  /** Tells that nobody knows what became of a tag of the repository. */
  forget(repository: RepositoryName): void;
}

/** Tag names in remembered listings, all repositories together. */
const listedTagsMax = 500_000;

/** Pieces that one call joins: arguments lie on the stack. */
const joinedAtOnce = 1_000;

interface Listing {
  names: readonly Tag[];
  /** What came and went since `names` was made, which the next reader merges: many pushes cost one merge. */
  readonly changes: Map<Tag, 'added' | 'removed'>;
}

/** Listings of nothing. */
export function openTagListings(): TagListings {
  const listings = followedCache<Listing>({
    weightMax: listedTagsMax,
    weigh: ({ names, changes }) => names.length + changes.size + 1,
  });

  return {
    async list(repository, load) {
      const listing = await listings.read(repository, async () => ({
        names: sortTags(await load()),
        changes: new Map(),
      }));
      if (listing.changes.size > 0) {
        listing.names = mergeChanges(listing.names, listing.changes);
        listing.changes.clear();
      }
      return listing.names;
    },
    add: (repository, tag) => listings.change(repository, ({ changes }) => changes.set(tag, 'added')),
    remove: (repository, tag) => listings.change(repository, ({ changes }) => changes.set(tag, 'removed')),
    forget: listings.forget,
  };
}

function sortTags(tags: readonly Tag[]): readonly Tag[] {
  return [...tags].sort();
}

/** The sorted names with the changes: what lies between two changes is taken over as a piece. */
function mergeChanges(names: readonly Tag[], changes: ReadonlyMap<Tag, 'added' | 'removed'>): readonly Tag[] {
  const pieces: (readonly Tag[])[] = [];
  let taken = 0;
  for (const tag of sortTags([...changes.keys()])) {
    const at = firstNotBefore(names, tag, taken);
    pieces.push(names.slice(taken, at));
    taken = names[at] === tag ? at + 1 : at;
    if (changes.get(tag) === 'added') pieces.push([tag]);
  }
  pieces.push(names.slice(taken));
  const merged: Tag[] = [];
  // Pieces are joined as blocks of memory, as many as one call takes.
  return pieces.length <= joinedAtOnce ? merged.concat(...pieces) : pieces.flat();
}
