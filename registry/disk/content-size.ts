/** How many bytes all content has. */
import { join } from 'node:path';
import type { DiskLayout } from './disk-layout.ts';
import { directoriesIn, fileSizeBytes, namesIn } from './durable-file.ts';

/** Bytes of all blobs, each counted once however many repositories have it. Looks at every file, one directory at a time. */
export async function readContentBytes(layout: Pick<DiskLayout, 'content'>): Promise<number> {
  let bytes = 0;
  for (const algorithm of await directoriesIn(layout.content)) {
    for (const some of await directoriesIn(join(layout.content, algorithm))) {
      const directory = join(layout.content, algorithm, some);
      const sizes = await Promise.all((await namesIn(directory)).map((name) => fileSizeBytes(join(directory, name))));
      bytes += sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
    }
  }
  return bytes;
}
