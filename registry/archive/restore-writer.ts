/** Writes what a snapshot says into an empty data directory, and finds what of it is damaged. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { IntegrityError } from '../../errors/errors.ts';
import { digestOf } from '../../oci/hash.ts';
import { type Digest, digestAlgorithm } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import { type ManifestNeeds, needsOf } from '../content/manifest-needs.ts';
import { dataSchema } from '../disk/data-directory.ts';
import type { DiskLayout } from '../disk/disk-layout.ts';
import { directoriesIn, fileSizeBytes, readFileIfPresent, syncDirectory } from '../disk/durable-file.ts';
import { formatManifestFile } from '../disk/manifest-file.ts';
import type { BackupLayout } from './backup-layout.ts';
import { placeFile } from './place-file.ts';
import type { SnapshotLine } from './snapshot-line.ts';

export interface RestoreWriter {
  write(repository: RepositoryName | undefined, line: SnapshotLine): Promise<void>;
  /** Files of the backup that are absent or not as they were written, each with why. */
  damaged(): readonly string[];
  /** Makes all of it durable. */
  finish(): Promise<void>;
}

export interface RestoreWriterInit {
  readonly backup: BackupLayout;
  /** Where content of an earlier run may lie, and all else is thrown away. */
  readonly layout: DiskLayout;
  readonly copy: boolean;
  readonly signal: AbortSignal;
}

/** A writer into the layout's directories. */
export async function openRestoreWriter({ backup, layout, copy, signal }: RestoreWriterInit): Promise<RestoreWriter> {
  for (const path of [layout.repositories, layout.temporary]) {
    await rm(path, { recursive: true, force: true });
    await mkdir(path, { mode: 0o700 });
  }
  await rm(layout.schema, { force: true });
  await writeFlushed(layout.schema, `${JSON.stringify({ schema: dataSchema })}\n`);
  const damaged = new Map<string, string>();
  const contents = new Map<Digest, Promise<void>>();
  const made = new Map<string, Promise<unknown>>();

  async function ensure(directory: string): Promise<void> {
    const making = made.get(directory) ?? mkdir(directory, { recursive: true, mode: 0o700 });
    made.set(directory, making);
    await making;
  }

  async function writeNew(path: string, bytes: Uint8Array | string): Promise<void> {
    await ensure(dirname(path));
    await writeFlushed(path, bytes);
  }

  async function bringContent(digest: Digest, sizeBytes: number): Promise<void> {
    const target = layout.contentOf(digest);
    if ((await fileSizeBytes(target)) === sizeBytes) return;
    const source = backup.bytesOf('content', digest);
    const foundBytes = await fileSizeBytes(source);
    if (foundBytes !== sizeBytes) {
      damaged.set(source, foundBytes === undefined ? 'it is not there' : `it has ${foundBytes} bytes of ${sizeBytes}`);
      return;
    }
    await ensure(dirname(target));
    const temporary = join(layout.temporary, randomUUID());
    const outcome = await placeFile({ source, digest, target, temporary, copy, signal });
    if (outcome === 'damaged') damaged.set(source, 'its bytes are not those of its digest');
  }

  async function writeBlob(repository: RepositoryName, digest: Digest, sizeBytes: number): Promise<void> {
    const bringing = contents.get(digest) ?? bringContent(digest, sizeBytes);
    contents.set(digest, bringing);
    await bringing;
    await writeNew(layout.blobLink(repository, digest), '');
  }

  async function writeManifest(repository: RepositoryName, digest: Digest, mediaType: string): Promise<void> {
    const source = backup.bytesOf('manifests', digest);
    const bytes = await readFileIfPresent(source);
    if (bytes === undefined || digestOf(bytes, digestAlgorithm(digest)) !== digest) {
      damaged.set(source, bytes === undefined ? 'it is not there' : 'its bytes are not those of its digest');
      return;
    }
    const { manifest, referrer } = parseStored(digest, mediaType, bytes);
    await writeNew(layout.manifest(repository, digest), formatManifestFile(manifest));
    if (manifest.subject === undefined || referrer === undefined) return;
    await writeNew(layout.referrer(repository, manifest.subject, digest), JSON.stringify(referrer));
  }

  return {
    async write(repository, line) {
      if (repository === undefined) return;
      if (line.kind === 'record') {
        await writeNew(join(layout.repositories, repository, line.directory, line.name), line.text);
      }
      if (line.kind === 'manifest') await writeManifest(repository, line.digest, line.mediaType);
      if (line.kind === 'blob') await writeBlob(repository, line.digest, line.sizeBytes);
    },
    damaged: () => [...damaged].map(([path, why]) => `${path}: ${why}`),
    finish: () => syncTree(layout.root),
  };
}

/** What no version of ours understands is kept as it was: its digest is right, so it is what the registry had. */
function parseStored(
  digest: Digest,
  mediaType: string,
  bytes: Uint8Array,
): Pick<ManifestNeeds, 'manifest' | 'referrer'> {
  try {
    return needsOf({ digest, bytes }, mediaType);
  } catch (error) {
    if (error instanceof IntegrityError) return { manifest: { digest, mediaType, bytes } };
    throw error;
  }
}

/** Not under a temporary name: nobody reads the directory before all of it is there. Its entries are flushed at the end. */
async function writeFlushed(path: string, bytes: Uint8Array | string): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    // An empty file is all name.
    if (bytes.length > 0) await handle.datasync();
  } finally {
    await handle.close();
  }
}

async function syncTree(directory: string): Promise<void> {
  for (const name of await directoriesIn(directory)) await syncTree(join(directory, name));
  await syncDirectory(directory);
}
