/** The one thing that the tools of buildah's family keep outside the storage they are given: a cache of blobs they have seen. */
import { rm, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** For root its place is fixed; for others it follows XDG_DATA_HOME. Spec: containers/image, "blobinfocache.DefaultCache". */
const cacheFiles = [
  '/var/lib/containers/cache/blob-info-cache-v1.boltdb',
  '/var/lib/containers/cache/blob-info-cache-v1.sqlite',
];

/** What the work returns; then the caches are removed that were not there before it. */
export async function withoutForeignCache<Result>(work: () => Promise<Result>): Promise<Result> {
  const absentFiles = await absentOf(cacheFiles);
  const directories = [...new Set(cacheFiles.map((file) => dirname(file)))];
  const absentDirectories = await absentOf(directories);
  try {
    return await work();
  } finally {
    for (const file of absentFiles) await rm(file, { force: true }).catch(() => undefined);
    // Removed only when empty: rmdir refuses otherwise.
    for (const directory of absentDirectories) await rmdir(directory).catch(() => undefined);
  }
}

async function absentOf(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
  return paths.filter((_, index) => found[index] === undefined);
}
