/** A layer from the files of a directory: the same bytes for the same files, wherever and whenever it is made. */
import { createReadStream, type Stats } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { type Header, type Pack, pack } from 'tar-stream';
import { InputError } from '../../../errors/errors.ts';
import type { ByteStream } from '../../../oci/copy/target.ts';
import type { FoundEntry } from '../context/walk-directory.ts';

/**
 * The tar of the entries in their order, one chunk at a time in memory. All belong to root and are of `modifiedAt`, in
 * epoch milliseconds; links are kept.
 * Spec: image-spec v1.1.1, "Image Layer Filesystem Changeset".
 * @throws InputError BUILD_INPUT_INVALID for what an image cannot hold.
 */
export async function* layerTar(entries: AsyncIterable<FoundEntry>, modifiedAt: number): ByteStream {
  const layer = pack();
  const packing = packAll(layer, entries, new Date(Math.floor(modifiedAt / 1000) * 1000));
  packing.catch((error: Error) => layer.destroy(error));
  try {
    for await (const chunk of layer) if (chunk instanceof Uint8Array) yield chunk;
  } finally {
    layer.destroy();
  }
  await packing;
}

type EntryHeader = Partial<Header> & Pick<Header, 'name'>;

async function packAll(layer: Pack, entries: AsyncIterable<FoundEntry>, mtime: Date): Promise<void> {
  const owned = { mtime, uid: 0, gid: 0, uname: '', gname: '' };
  for await (const entry of entries) {
    const { stats, path } = entry;
    const header: EntryHeader = { ...owned, name: path, mode: modeOf(stats) };
    if (stats.isDirectory()) await addEmpty(layer, { ...header, name: `${path}/`, type: 'directory' });
    else if (stats.isSymbolicLink()) {
      await addEmpty(layer, { ...header, mode: 0o777, type: 'symlink', linkname: await readTarget(entry) });
    } else if (!stats.isFile()) throw unfit(path, 'it is neither file, directory nor link');
    else if (stats.size === 0) await addEmpty(layer, { ...header, type: 'file' });
    else await addFile(layer, { ...header, type: 'file', size: stats.size }, entry.place);
  }
  layer.finalize();
}

function addEmpty(layer: Pack, header: EntryHeader): Promise<void> {
  return new Promise((resolve, reject) => {
    layer.entry(header, new Uint8Array(), (error) => (error ? reject(error) : resolve()));
  });
}

/** No more than the header says, whatever is written to the file meanwhile. */
async function addFile(layer: Pack, header: EntryHeader, place: string): Promise<void> {
  await pipeline(createReadStream(place, { end: (header.size ?? 0) - 1 }), layer.entry(header));
}

const isWindows = process.platform === 'win32';

/**
 * With the bits that tell files from directories, without which tar-stream takes 0 for a mode that is not given.
 * Windows knows no modes; there everything may be run, as in images that container tools build from its directories.
 */
function modeOf(stats: Stats): number {
  return isWindows ? 0o755 : stats.mode;
}

/** Relative to the link, with slashes; one that leads to a drive of this machine leads nowhere in the image. */
async function readTarget({ place, path }: FoundEntry): Promise<string> {
  const target = await readlink(place);
  if (!isWindows) return target;
  if (/^[a-z]:|^\\\\/i.test(target)) throw unfit(path, `it is a link to ${target}`);
  return target.replaceAll('\\', '/');
}

function unfit(path: string, why: string): InputError {
  return new InputError({
    code: 'BUILD_INPUT_INVALID',
    message: `an image cannot hold ${path}: ${why}`,
    wayOut: 'leave it out by a .dockerignore',
  });
}
