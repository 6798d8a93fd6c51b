/**
 * Where everything lies in a backup.
 *
 * ```
 * backup.json  backup.lock
 * temporary/                                whatever is being written; emptied by the next run
 * content/sha256/ab/<hex>                   bytes of blobs, once for all repositories and all snapshots
 * manifests/sha256/ab/<hex>                 bytes of manifests, likewise
 * snapshots/2026-11-30T03-30-00.000Z.jsonl  what the registry held at that time: tags, and what is where
 * ```
 * Content never changes, so a snapshot after the first adds only files that are new.
 */
import { join } from 'node:path';
import { type Digest, digestAlgorithm, digestHex } from '../../oci/spec/digest.ts';

/** Bytes that are named by their digest. */
export type ContentKind = 'content' | 'manifests';

export interface BackupLayout {
  readonly root: string;
  readonly lock: string;
  readonly head: string;
  readonly temporary: string;
  readonly snapshots: string;
  snapshot(name: string): string;
  bytesOf(kind: ContentKind, digest: Digest): string;
}

/** Version of a backup's layout; raised when an older program could not restore what a newer one wrote. */
export const backupSchema = 1;

/** What backup.json says. */
export const backupHead = `${JSON.stringify({ format: 'registry-action-backup', schema: backupSchema })}\n`;

const snapshotSuffix = '.jsonl';
const snapshotGrammar = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z$/;

/** Leading digits that choose the directory, so that none holds all content. */
const fanOutChars = 2;

/** The paths below the backup's root. */
export function backupLayout(root: string): BackupLayout {
  const snapshots = join(root, 'snapshots');
  return {
    root,
    lock: join(root, 'backup.lock'),
    head: join(root, 'backup.json'),
    temporary: join(root, 'temporary'),
    snapshots,
    snapshot: (name) => join(snapshots, `${name}${snapshotSuffix}`),
    bytesOf: (kind, digest) =>
      join(root, kind, digestAlgorithm(digest), digestHex(digest).slice(0, fanOutChars), digestHex(digest)),
  };
}

/** The name of a snapshot of that time: sorted by name they are sorted by time. */
export function snapshotName(epochMs: number): string {
  return new Date(epochMs).toISOString().replaceAll(':', '-');
}

/** The snapshot that a file in the directory of snapshots is; undefined when it is none. */
export function snapshotOfFile(fileName: string): string | undefined {
  const name = fileName.endsWith(snapshotSuffix) ? fileName.slice(0, -snapshotSuffix.length) : '';
  return isSnapshotName(name) ? name : undefined;
}

/** Whether a snapshot may have the name. */
export function isSnapshotName(text: string): boolean {
  return snapshotGrammar.test(text);
}
