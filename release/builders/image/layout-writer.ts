/** Writing an image layout in one go, of content whose digests are not known before: in a directory that does not outlive the release. */
import { createWriteStream } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { streamOf } from '../../../oci/byte-stream.ts';
import type { ByteStream } from '../../../oci/copy/target.ts';
import { createHasher } from '../../../oci/hash.ts';
import type { Descriptor } from '../../../oci/spec/descriptor.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { layoutBlobPath, layoutIndexPath } from '../../../oci/store/layout-directory.ts';

export interface LayoutWriter {
  /** Writes the content, of which one chunk at a time is in memory. Several may be written at once. */
  addBlob(mediaType: string, content: ByteStream): Promise<Descriptor>;
  /** Writes the value as JSON. */
  addDocument(mediaType: string, document: object): Promise<Descriptor>;
  /** Makes the directory a layout with the manifest as its image. */
  finish(root: Descriptor): Promise<void>;
}

/** A layout in the directory, which is made; it counts as one when it is finished. */
export async function openLayoutWriter(directory: string): Promise<LayoutWriter> {
  const blobs = join(directory, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  let count = 0;

  async function addBlob(mediaType: string, content: ByteStream): Promise<Descriptor> {
    count += 1;
    const path = join(blobs, `unfinished-${count}`);
    const hasher = createHasher('sha256');
    let size = 0;
    await pipeline(
      content,
      async function* (chunks: ByteStream) {
        for await (const chunk of chunks) {
          hasher.update(chunk);
          size += chunk.length;
          // A chunk is good until the next one is asked for; the file may take it later.
          yield Buffer.from(chunk);
        }
      },
      createWriteStream(path, { flags: 'wx' }),
    );
    const digest = hasher.digest();
    await rename(path, layoutBlobPath(directory, digest));
    return { mediaType, digest, size };
  }

  return {
    addBlob,
    addDocument: (mediaType, document) => addBlob(mediaType, streamOf(Buffer.from(JSON.stringify(document)))),
    async finish(root) {
      const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [root] };
      await writeFile(layoutIndexPath(directory), JSON.stringify(index));
      await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    },
  };
}
