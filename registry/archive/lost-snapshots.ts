/** Which snapshots of a backup cannot be restored any more, since what they need has gone bad in it or is not there. */
import { CodedError } from '../../errors/errors.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import { namesIn, readFileIfPresent } from '../disk/durable-file.ts';
import { parseTagFile } from '../disk/tag-file.ts';
import { type BackupLayout, type ContentKind, snapshotOfFile } from './backup-layout.ts';
import { type ContentNeeds, contentNeeds } from './content-needs.ts';
import { readSnapshotFile } from './snapshot-file.ts';
import type { SnapshotLine } from './snapshot-line.ts';
import { type Needing, whoNeeds } from './who-needs.ts';

export interface LostSnapshot {
  readonly snapshot: string;
  /** What is wrong with the snapshot's own file; undefined when that is whole. */
  readonly why: string | undefined;
  /** What it needs and the backup has no more; the first of them where they are many. */
  readonly missing: readonly (Needing & { readonly repository: RepositoryName; readonly digest: Digest })[];
}

export interface LostSnapshotsInit {
  readonly layout: BackupLayout;
  /** Whether the backup has the bytes, and they are those of the digest. */
  readonly isWhole: (kind: ContentKind, digest: Digest, sizeBytes: number) => Promise<boolean>;
  readonly signal: AbortSignal;
}

/** Missing content that is told for one snapshot. */
const missingToldMax = 50;

/** The lost ones among all of the backup, the oldest first. */
export async function findLostSnapshots(init: LostSnapshotsInit): Promise<readonly LostSnapshot[]> {
  const lost: LostSnapshot[] = [];
  for (const snapshot of (await namesIn(init.layout.snapshots)).flatMap((name) => snapshotOfFile(name) ?? []).sort()) {
    const missing: LostSnapshot['missing'][number][] = [];
    try {
      for await (const repository of repositoriesOf(init.layout.snapshot(snapshot))) {
        init.signal.throwIfAborted();
        for (const one of await missingOf(init, repository)) if (missing.length < missingToldMax) missing.push(one);
      }
      if (missing.length > 0) lost.push({ snapshot, why: undefined, missing });
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== 'BACKUP_DAMAGED') throw error;
      lost.push({ snapshot, why: error.message, missing });
    }
  }
  return lost;
}

type Line<Kind extends SnapshotLine['kind']> = Extract<SnapshotLine, { kind: Kind }>;

interface RepositoryLines {
  readonly name: RepositoryName;
  readonly tags: Map<string, Digest>;
  readonly manifests: Line<'manifest'>[];
  readonly blobs: Line<'blob'>[];
}

async function* repositoriesOf(path: string): AsyncIterable<RepositoryLines> {
  let repository: RepositoryLines | undefined;
  for await (const line of readSnapshotFile(path)) {
    if (line.kind === 'repository') {
      if (repository !== undefined) yield repository;
      repository = { name: line.name, tags: new Map(), manifests: [], blobs: [] };
    }
    if (line.kind === 'manifest') repository?.manifests.push(line);
    if (line.kind === 'blob') repository?.blobs.push(line);
    if (line.kind !== 'record' || line.directory !== '_tags') continue;
    const digest = parseTagFile(line.text, 'tag')?.digest;
    if (digest !== undefined) repository?.tags.set(line.name, digest);
  }
  if (repository !== undefined) yield repository;
}

async function missingOf(
  { layout, isWhole }: LostSnapshotsInit,
  { name, tags, manifests, blobs }: RepositoryLines,
): Promise<LostSnapshot['missing']> {
  const missing = new Set<Digest>();
  for (const { digest, sizeBytes } of manifests) {
    if (!(await isWhole('manifests', digest, sizeBytes))) missing.add(digest);
  }
  for (const { digest, sizeBytes } of blobs) if (!(await isWhole('content', digest, sizeBytes))) missing.add(digest);
  if (missing.size === 0) return [];
  const needs = new Map<Digest, ContentNeeds>();
  for (const { digest, mediaType } of manifests) {
    const bytes = missing.has(digest) ? undefined : await readFileIfPresent(layout.bytesOf('manifests', digest));
    if (bytes !== undefined) needs.set(digest, contentNeeds({ digest, mediaType, bytes }));
  }
  return [...whoNeeds(missing, needs, tags)].map(([digest, needing]) => ({ repository: name, digest, ...needing }));
}
