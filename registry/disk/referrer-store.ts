/** The index of referrers on disk: per subject a directory, in it the descriptor of each manifest that points at it. */
import { dirname } from 'node:path';
import { type Descriptor, parseDescriptor } from '../../oci/spec/descriptor.ts';
import { type Digest, isDigest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { OnRegistryEvent } from '../registry-event.ts';
import type { DataDirectory } from './data-directory.ts';
import { type DurableDirectories, namesIn, readOrDamaged, removeDurably, writeFileDurably } from './durable-file.ts';
import { readThroughCache } from './read-through-cache.ts';

export interface ReferrerStore {
  /** Ordered by digest, those after `last`. An entry may outlive its manifest; only those that `isThere` are listed. */
  list(listing: ReferrerListing): AsyncIterable<Descriptor>;
  write(repository: RepositoryName, subject: Digest, referrer: Descriptor): Promise<void>;
  remove(repository: RepositoryName, subject: Digest, referrer: Digest): Promise<void>;
}

export interface ReferrerListing {
  readonly repository: RepositoryName;
  readonly subject: Digest;
  readonly last: Digest | undefined;
  readonly isThere: (manifest: Digest) => Promise<boolean>;
  /** The descriptor as the manifest itself tells it, for where the entry is damaged; undefined when it does not. */
  readonly describe: (manifest: Digest) => Promise<Descriptor | undefined>;
}

/** Digests in remembered listings, all subjects together: a long list is read page by page, and sorted once. */
const listedDigestsMax = 300_000;

/** What a listing weighs without its digests: its name is as long as some of them. */
const emptyListingWeight = 10;

/** Entries read at the same time. */
const readAtOnce = 32;

/** The referrers below the directory's repositories. */
export function openReferrerStore(
  { layout, temporaryPath }: DataDirectory,
  directories: DurableDirectories,
  onEvent: OnRegistryEvent,
): ReferrerStore {
  const listings = readThroughCache<readonly Digest[]>({
    weightMax: listedDigestsMax,
    weigh: (digests) => digests.length + emptyListingWeight,
  });

  async function listDigests(repository: RepositoryName, subject: Digest): Promise<readonly Digest[]> {
    const names = await namesIn(layout.referrers(repository, subject));
    return names
      .map((name) => name.replace('-', ':'))
      .filter(isDigest)
      .sort();
  }

  async function read(path: string): Promise<Descriptor | 'absent' | 'damaged'> {
    const content = await readOrDamaged(path);
    if (content === 'absent') return content;
    try {
      return parseDescriptor(JSON.parse(content.toString('utf8')), 'referrer');
    } catch (error) {
      onEvent({ kind: 'record-unreadable', path, why: String(error) });
      return 'damaged';
    }
  }

  return {
    async *list({ repository, subject, last, isThere, describe }) {
      const digests = (await listings.read(keyOf(repository, subject), () => listDigests(repository, subject))) ?? [];
      const behind = last === undefined ? digests : digests.filter((digest) => digest > last);
      const readOne = async (digest: Digest) => {
        const referrer = await read(layout.referrer(repository, subject, digest));
        if (referrer === 'absent' || !(await isThere(digest))) return undefined;
        return referrer === 'damaged' ? describe(digest) : referrer;
      };
      for (let start = 0; start < behind.length; start += readAtOnce) {
        const some = await Promise.all(behind.slice(start, start + readAtOnce).map(readOne));
        for (const referrer of some) if (referrer !== undefined) yield referrer;
      }
    },
    async write(repository, subject, referrer) {
      const path = layout.referrer(repository, subject, referrer.digest);
      await directories.ensure(dirname(path));
      try {
        await writeFileDurably(path, JSON.stringify(referrer), temporaryPath());
      } finally {
        listings.forget(keyOf(repository, subject));
      }
    },
    async remove(repository, subject, referrer) {
      try {
        await removeDurably(layout.referrer(repository, subject, referrer));
      } finally {
        listings.forget(keyOf(repository, subject));
      }
    },
  };
}

function keyOf(repository: RepositoryName, subject: Digest): string {
  return `${repository}@${subject}`;
}
