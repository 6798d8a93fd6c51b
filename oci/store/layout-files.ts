/** The files of an OCI image layout that is a directory. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { ByteStream } from '../copy/target.ts';
import { layoutBlobPath, layoutIndexPath } from './layout-directory.ts';
import type { LayoutFiles } from './layout-source.ts';
import { readOptionalSize } from './optional-file.ts';

/** The directory's files; that it is a layout is for the caller to know. */
export function layoutFiles(directory: string): LayoutFiles {
  return {
    name: directory,
    readIndex: () => readFile(layoutIndexPath(directory)),
    sizeOf: (digest) => readOptionalSize(layoutBlobPath(directory, digest)),
    open: (digest) => readChunks(layoutBlobPath(directory, digest)),
  };
}

/** Opened when the iteration begins, so that a stream nobody reads holds no file open. */
async function* readChunks(path: string): ByteStream {
  yield* createReadStream(path);
}
