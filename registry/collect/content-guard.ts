/**
 * Keeps clients and the collector out of each other's way: whoever is told that content is here, or makes something that
 * needs it, shares the content's lock and begins its lease; whoever collects it holds the lock alone and looks at the
 * lease once more. Either the client comes first and the content stays, or it goes first and the client is told so.
 *
 * Locks are always taken in the same order: repository, digests sorted, tags sorted.
 */
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { KeyedLock } from '../disk/keyed-lock.ts';
import type { LeaseMark, Leases } from './leases.ts';

/** What is collected only if nobody was told of it for so long, nor at all since the mark. */
export interface LeaseTerms {
  readonly graceMs: number;
  readonly mark: LeaseMark;
}

/** What may begin a lease, and ends with whether it does: content that is not there is leased to nobody. */
export type Told<Result> = (result: Result) => boolean;

export interface ContentGuard {
  /** Tells a client of content in a repository. */
  telling<Result>(place: ContentPlace, work: () => Promise<Result>, told: Told<Result>): Promise<Result>;
  /** Puts content into a repository. */
  linking<Result>(place: ContentPlace, work: () => Promise<Result>, told: Told<Result>): Promise<Result>;
  /** Writes into a repository what needs these manifests and blobs, once it has found that they are there. */
  naming<Result>(
    repository: RepositoryName,
    digests: readonly Digest[],
    work: () => Promise<Result>,
    told: Told<Result>,
  ): Promise<Result>;
  /** Takes something out of a repository while nobody else writes to it. */
  removing<Result>(repository: RepositoryName, work: () => Promise<Result>): Promise<Result>;
  /** Takes a manifest out of a repository; undefined, and no work, when the terms are not met. */
  collectingManifest<Result>(
    place: ContentPlace,
    terms: LeaseTerms,
    work: () => Promise<Result>,
  ): Promise<Result | undefined>;
  /** Takes a blob out of a repository, on the same terms. */
  collectingBlob<Result>(
    place: ContentPlace,
    terms: LeaseTerms,
    work: () => Promise<Result>,
  ): Promise<Result | undefined>;
  /** Takes away content that no repository has; undefined, and no work, when one was given it since the mark. */
  collectingContent<Result>(digest: Digest, mark: LeaseMark, work: () => Promise<Result>): Promise<Result | undefined>;
  /** Brings content back while nobody else looks at it. */
  bringingBack<Result>(digest: Digest, work: () => Promise<Result>): Promise<Result>;
}

/** A manifest or blob where clients see it. */
export interface ContentPlace {
  readonly repository: RepositoryName;
  readonly digest: Digest;
}

/** The guard that these locks and leases make. */
export function openContentGuard(locks: KeyedLock, leases: Leases): ContentGuard {
  function sharedAll<Result>(digests: readonly Digest[], work: () => Promise<Result>, at = 0): Promise<Result> {
    const digest = digests[at];
    return digest === undefined ? work() : locks.shared(contentKey(digest), () => sharedAll(digests, work, at + 1));
  }

  /** The terms are looked at before the lock as well, so that nobody waits for the sake of what stays anyway. */
  async function collecting<Result>(
    digest: Digest,
    isFree: () => boolean,
    work: () => Promise<Result>,
  ): Promise<Result | undefined> {
    if (!isFree()) return undefined;
    return locks.exclusive(contentKey(digest), async () => (isFree() ? work() : undefined));
  }

  function isFree(place: ContentPlace, { graceMs, mark }: LeaseTerms): boolean {
    const key = leaseKey(place);
    return leases.ageMs(key) >= graceMs && !leases.touchedSince(key, mark);
  }

  return {
    telling: (place, work, told) =>
      locks.shared(contentKey(place.digest), async () => {
        const result = await work();
        if (told(result)) leases.touch(leaseKey(place));
        return result;
      }),
    linking: (place, work, told) =>
      locks.shared(place.repository, () =>
        locks.shared(contentKey(place.digest), async () => {
          const result = await work();
          if (!told(result)) return result;
          leases.touch(leaseKey(place));
          leases.touch(place.digest);
          return result;
        }),
      ),
    naming: (repository, digests, work, told) =>
      locks.shared(repository, () =>
        sharedAll([...new Set(digests)].sort(), async () => {
          const result = await work();
          if (!told(result)) return result;
          for (const digest of digests) leases.touch(leaseKey({ repository, digest }));
          return result;
        }),
      ),
    removing: (repository, work) => locks.exclusive(repository, work),
    async collectingManifest(place, terms, work) {
      if (!isFree(place, terms)) return undefined;
      return locks.exclusive(place.repository, () => collecting(place.digest, () => isFree(place, terms), work));
    },
    async collectingBlob(place, terms, work) {
      if (!isFree(place, terms)) return undefined;
      return locks.shared(place.repository, () => collecting(place.digest, () => isFree(place, terms), work));
    },
    collectingContent: (digest, mark, work) => collecting(digest, () => !leases.touchedSince(digest, mark), work),
    bringingBack: (digest, work) => locks.exclusive(contentKey(digest), work),
  };
}

/** The lease of content in a repository. */
export function leaseKey({ repository, digest }: ContentPlace): string {
  return `${repository}@${digest}`;
}

/** Whoever was given something was told that it is there. */
export function isPresent(found: unknown): boolean {
  return found !== undefined;
}

/** Its space keeps it apart from the names of repositories and of tags, some of which read as digests. */
function contentKey(digest: Digest): string {
  return `content ${digest}`;
}
