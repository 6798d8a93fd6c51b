/** Which tags name a digest: an index of each repository in memory, made by the first who asks and kept in step. */
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import { followedCache } from './followed-cache.ts';

export interface TagDigests {
  /** The tags of the repository. `load` gives all of them with their digests. What is given is not to be kept. */
  read(
    repository: RepositoryName,
    load: () => AsyncIterable<readonly [Tag, Digest | 'damaged']>,
  ): Promise<TagsByDigest>;
  /** Tells that the tag names `to` now, and `from` no more. */
  move(repository: RepositoryName, tag: Tag, from: Digest | undefined, to: Digest | undefined): void;
  /** Tells that nobody knows what became of a tag of the repository. */
  forget(repository: RepositoryName): void;
}

/** Tags of a repository, in no order. */
export interface TagsByDigest {
  /** Those that name each digest. */
  readonly tags: ReadonlyMap<Digest, ReadonlySet<Tag>>;
  /** Those that may name any: their records are damaged. */
  readonly damaged: ReadonlySet<Tag>;
}

/** Tags in remembered indexes, all repositories together. */
const indexedTagsMax = 500_000;

interface DigestIndex {
  readonly tags: Map<Digest, Set<Tag>>;
  readonly damaged: Set<Tag>;
  count: number;
}

/** Indexes of nothing. */
export function openTagDigests(): TagDigests {
  const indexes = followedCache<DigestIndex>({ weightMax: indexedTagsMax, weigh: ({ count }) => count + 1 });

  return {
    read: (repository, load) =>
      indexes.read(repository, async () => {
        const made: DigestIndex = { tags: new Map(), damaged: new Set(), count: 0 };
        for await (const [tag, named] of load()) {
          if (named !== 'damaged') addTag(made, tag, named);
          else if (!made.damaged.has(tag)) {
            made.damaged.add(tag);
            made.count += 1;
          }
        }
        return made;
      }),
    move(repository, tag, from, to) {
      indexes.change(repository, (index) => {
        if (index.damaged.delete(tag)) index.count -= 1;
        if (from !== undefined) removeTag(index, tag, from);
        if (to !== undefined) addTag(index, tag, to);
      });
    },
    forget: indexes.forget,
  };
}

function addTag(index: DigestIndex, tag: Tag, digest: Digest): void {
  const tags = index.tags.get(digest) ?? new Set();
  if (tags.has(tag)) return;
  index.tags.set(digest, tags.add(tag));
  index.count += 1;
}

function removeTag(index: DigestIndex, tag: Tag, digest: Digest): void {
  const tags = index.tags.get(digest);
  if (tags?.delete(tag) !== true) return;
  index.count -= 1;
  if (tags.size === 0) index.tags.delete(digest);
}
