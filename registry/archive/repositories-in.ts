/** The repositories in a data directory, found by walking: nothing is kept in memory but the way down. */
import { join } from 'node:path';
import { type Digest, isDigest } from '../../oci/spec/digest.ts';
import { isRepositoryName, type RepositoryName } from '../../oci/spec/repository-name.ts';
import { directoriesIn, namesIn } from '../disk/durable-file.ts';

export interface RepositoryPlace {
  readonly name: RepositoryName;
  readonly directory: string;
  /** Names of its directories of records; none where it only has repositories below it. */
  readonly records: readonly string[];
}

/** Every repository with records, below the directory of repositories. */
export async function* repositoriesIn(root: string, name = ''): AsyncIterable<RepositoryPlace> {
  const directory = join(root, name);
  const entries = (await directoriesIn(directory)).toSorted();
  const records = entries.filter((entry) => entry.startsWith('_'));
  if (records.length > 0 && isRepositoryName(name)) yield { name, directory, records };
  for (const entry of entries) {
    if (!entry.startsWith('_')) yield* repositoriesIn(root, name === '' ? entry : `${name}/${entry}`);
  }
}

/** The digests after which files are named in a directory of `<algorithm>/<hex>`. */
export async function* digestsIn(directory: string): AsyncIterable<Digest> {
  for (const algorithm of await directoriesIn(directory)) {
    for (const hex of await namesIn(join(directory, algorithm))) {
      const digest = `${algorithm}:${hex}`;
      if (isDigest(digest)) yield digest;
    }
  }
}
