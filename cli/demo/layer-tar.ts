/** A layer from files: the same bytes for the same files, wherever and whenever it is made. */
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { DemoFile } from './demo-file.ts';

/** One moment for every file, so that the digest tells content alone. */
const epoch = new Date(0);

/** The tar of the files and the directories above them, in order of their paths. Spec: image-spec v1.1.1, "Image Layer Filesystem Changeset". */
export async function layerTar(files: readonly DemoFile[]): Promise<Uint8Array> {
  const layer = pack();
  const owned = { mtime: epoch, uid: 0, gid: 0, uname: '', gname: '' };
  for (const directory of directoriesOf(files)) {
    layer.entry({ ...owned, name: `${directory}/`, type: 'directory', mode: 0o755 });
  }
  for (const file of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    layer.entry({ ...owned, name: relative(file.path), mode: file.mode }, Buffer.from(file.bytes));
  }
  layer.finalize();
  return buffer(layer);
}

/** Every directory above a file, parents first. */
function directoriesOf(files: readonly DemoFile[]): readonly string[] {
  const directories = files.flatMap((file) => {
    const parts = relative(file.path).split('/').slice(0, -1);
    return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  });
  return [...new Set(directories)].toSorted();
}

function relative(path: string): string {
  return path.replace(/^\/+/, '');
}
