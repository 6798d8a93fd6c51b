/** Where a backup goes: a directory that grows with every snapshot, or one tar file. */
import type { Digest } from '../../oci/spec/digest.ts';
import type { LostSnapshot } from './lost-snapshots.ts';
import type { SnapshotLine } from './snapshot-line.ts';

/** What became of content that was offered; `present`: an earlier snapshot brought it. */
export type OfferedContent = 'present' | 'linked' | 'copied' | 'damaged';

export interface BackupSink {
  /** Takes the file's bytes in, unless they are there; `damaged` when they are not those of the digest. */
  offerFile(digest: Digest, sizeBytes: number, source: string): Promise<OfferedContent>;
  /** Takes in a manifest's bytes, which the caller has verified. */
  offerManifest(digest: Digest, bytes: Uint8Array): Promise<OfferedContent>;
  write(line: Exclude<SnapshotLine, { kind: 'end' }>): Promise<void>;
  /** Makes the snapshot valid: all of it is durable, and from now on it is what a restore takes. */
  finish(): Promise<void>;
  /** After the finish: the snapshots that can be restored no more. None where nobody asked to verify them. */
  findLost(): Promise<readonly LostSnapshot[]>;
  /** Lets go of what is open. Without a finish before it, what was there is as valid as ever. */
  close(): Promise<void>;
}
