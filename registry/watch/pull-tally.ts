/** Pulls of one second, added up: a fleet that pulls one image is one entry of the journal, not a thousand. */
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Journal } from './journal.ts';

export interface PullTally {
  add(repository: RepositoryName, digest: Digest): void;
  /** Tells what was added so far, and nothing more. */
  close(): void;
}

/** How long pulls are added up. */
export const tallyMs = 1_000;

/** Manifests told of in one second; of more the journal says nothing. Their counts are kept all the same. */
const manifestsPerTallyMax = 500;

interface Tallied {
  readonly repository: RepositoryName;
  readonly digest: Digest;
  count: number;
}

/** Adds up pulls, and tells the journal of them each second. */
export function openPullTally(journal: Pick<Journal, 'add'>, now: () => number): PullTally {
  const tallied = new Map<string, Tallied>();
  let timer: NodeJS.Timeout | undefined;

  function tell(): void {
    clearTimeout(timer);
    timer = undefined;
    const at = now();
    for (const { repository, digest, count } of tallied.values()) {
      journal.add({ kind: 'pull', at, repository, fields: { digest, count } });
    }
    tallied.clear();
  }

  return {
    add(repository, digest) {
      const key = `${repository}@${digest}`;
      const known = tallied.get(key);
      if (known !== undefined) known.count += 1;
      else if (tallied.size < manifestsPerTallyMax) tallied.set(key, { repository, digest, count: 1 });
      timer ??= setTimeout(tell, tallyMs).unref();
    },
    close: tell,
  };
}
