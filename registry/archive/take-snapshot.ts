/** A snapshot of a data directory, while it serves or while it does not. */
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import { dataSchema } from '../disk/data-directory.ts';
import type { DiskLayout } from '../disk/disk-layout.ts';
import { fileSizeBytes, readFileIfPresent } from '../disk/durable-file.ts';
import { backupSchema } from './backup-layout.ts';
import type { BackupSink, OfferedContent } from './backup-sink.ts';
import type { LostSnapshot } from './lost-snapshots.ts';
import { type ReadRepository, readRepository } from './read-repository.ts';
import { digestsIn, type RepositoryPlace, repositoriesIn } from './repositories-in.ts';
import type { besideFiles } from './snapshot-line.ts';
import { whoNeeds } from './who-needs.ts';

export interface SnapshotInit {
  readonly layout: DiskLayout;
  readonly sink: BackupSink;
  /** Epoch milliseconds. */
  readonly takenAt: number;
  /** Paths of the files beside the registry's directory that go along. */
  readonly beside: Readonly<Partial<Record<(typeof besideFiles)[number], string>>>;
  readonly signal: AbortSignal;
}

export interface SnapshotReport {
  readonly repositories: number;
  readonly tags: number;
  readonly manifests: number;
  /** Blobs and manifests, each once. */
  readonly contents: number;
  /** What this run brought: files, and bytes that were written, linked ones not counted. */
  readonly newFiles: number;
  readonly linkedFiles: number;
  readonly copiedBytes: number;
  /** Content that tags or manifests of the registry need and that is not there, or is damaged. */
  readonly gaps: readonly SnapshotGap[];
  /** Paths of files whose bytes are not what they should be; they are not in the snapshot. */
  readonly damaged: readonly string[];
  /** Snapshots of the same backup that can be restored no more. */
  readonly lost: readonly LostSnapshot[];
}

export interface SnapshotGap {
  readonly repository: RepositoryName;
  readonly digest: Digest;
  readonly tags: readonly string[];
  /** The manifests that name it, those without a tag as well. */
  readonly manifests: readonly Digest[];
}

/** Writes all that the registry holds into the sink, and finishes it. */
export async function takeSnapshot({ layout, sink, takenAt, beside, signal }: SnapshotInit): Promise<SnapshotReport> {
  const tally = openTally();
  await sink.write({ kind: 'snapshot', schema: backupSchema, dataSchema, takenAt: new Date(takenAt).toISOString() });
  for (const [name, path] of Object.entries(beside)) {
    const content = await readFileIfPresent(path);
    if (content !== undefined) await sink.write({ kind: 'file', name, text: content.toString('utf8') });
  }
  for await (const place of repositoriesIn(layout.repositories)) {
    signal.throwIfAborted();
    const read = await readRepository({
      layout,
      place,
      onManifest: async ({ digest, bytes }) =>
        tally.offered(digest, bytes.length, await sink.offerManifest(digest, bytes)),
    });
    const blobs = await offerBlobs({ layout, sink, place, read, tally, signal });
    await writeRepository(sink, place.name, read, blobs, tally);
  }
  await sink.finish();
  return { ...tally.report(), lost: await sink.findLost() };
}

interface OfferedBlobs {
  readonly sizes: ReadonlyMap<Digest, number>;
  readonly missing: ReadonlySet<Digest>;
}

interface BlobsInit extends Pick<SnapshotInit, 'layout' | 'sink' | 'signal'> {
  readonly place: RepositoryPlace;
  readonly read: ReadRepository;
  readonly tally: Tally;
}

/** Takes in the blobs that the repository may read and those that its manifests need, which are nearly always the same. */
async function offerBlobs({ layout, sink, place, read, tally, signal }: BlobsInit): Promise<OfferedBlobs> {
  const needed = new Set([...read.manifests.values()].flatMap(({ blobs }) => blobs));
  const linked = await Array.fromAsync(digestsIn(`${place.directory}/_blobs`));
  const sizes = new Map<Digest, number>();
  const missing = new Set<Digest>();
  for (const digest of new Set([...needed, ...linked])) {
    signal.throwIfAborted();
    const path = layout.contentOf(digest);
    const sizeBytes = await fileSizeBytes(path);
    const outcome = sizeBytes === undefined ? undefined : await sink.offerFile(digest, sizeBytes, path);
    if (sizeBytes !== undefined && outcome !== undefined && outcome !== 'damaged') {
      sizes.set(digest, sizeBytes);
      tally.offered(digest, sizeBytes, outcome);
      continue;
    }
    if (outcome === 'damaged') tally.damaged(path);
    if (needed.has(digest)) missing.add(digest);
  }
  return { sizes, missing };
}

async function writeRepository(
  sink: BackupSink,
  name: RepositoryName,
  { records, tags, manifests, missing, damaged }: ReadRepository,
  blobs: OfferedBlobs,
  tally: Tally,
): Promise<void> {
  await sink.write({ kind: 'repository', name });
  for (const record of records) await sink.write({ kind: 'record', ...record });
  for (const [digest, { sizeBytes, mediaType }] of manifests) {
    await sink.write({ kind: 'manifest', digest, sizeBytes, mediaType });
  }
  for (const [digest, sizeBytes] of blobs.sizes) await sink.write({ kind: 'blob', digest, sizeBytes });
  const dangling = [...tags.values()].filter((digest) => !manifests.has(digest));
  const absent = new Set([...missing, ...blobs.missing, ...dangling]);
  for (const [digest, needing] of whoNeeds(absent, manifests, tags)) {
    await sink.write({ kind: 'gap', digest, tags: needing.tags });
    tally.gap({ repository: name, digest, ...needing });
  }
  for (const path of damaged) tally.damaged(path);
  tally.repository(tags.size, manifests.size);
}

interface Tally {
  offered(digest: Digest, sizeBytes: number, outcome: OfferedContent): void;
  damaged(path: string): void;
  gap(gap: SnapshotGap): void;
  repository(tags: number, manifests: number): void;
  report(): Omit<SnapshotReport, 'lost'>;
}

function openTally(): Tally {
  const contents = new Set<Digest>();
  const damaged = new Set<string>();
  const gaps: SnapshotGap[] = [];
  const counts = { repositories: 0, tags: 0, manifests: 0, newFiles: 0, linkedFiles: 0, copiedBytes: 0 };
  return {
    offered(digest, sizeBytes, outcome) {
      contents.add(digest);
      if (outcome === 'copied' || outcome === 'linked') counts.newFiles += 1;
      if (outcome === 'linked') counts.linkedFiles += 1;
      if (outcome === 'copied') counts.copiedBytes += sizeBytes;
    },
    damaged: (path) => void damaged.add(path),
    gap: (gap) => void gaps.push(gap),
    repository(tags, manifests) {
      counts.repositories += 1;
      counts.tags += tags;
      counts.manifests += manifests;
    },
    report: () => ({ ...counts, contents: contents.size, gaps, damaged: [...damaged] }),
  };
}
