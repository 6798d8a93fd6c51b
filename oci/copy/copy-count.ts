/** How far copies are: bytes that have moved of what has to move, and blobs by what became of them. */
import type { Descriptor } from '../spec/descriptor.ts';
import { isManifestType } from '../spec/media-type.ts';
import type { CopyEvent, CopyOutcome } from './copy-event.ts';

/** The count of all copies that are followed. */
export interface CopyCount {
  /** What need not move, because it is there or can be mounted, is not in the total. */
  readonly bytes: { readonly done: number; readonly total: number };
  readonly blobs: BlobCount;
  /** A listener for the events of one more copy. */
  follow(): (event: CopyEvent) => void;
}

/** Distinct blobs of each copy. */
export interface BlobCount extends Readonly<Record<CopyOutcome, number>> {
  /** As far as they are known by now, without those left out. */
  readonly total: number;
  /** Left out, because their makers want them fetched from elsewhere. */
  readonly skipped: number;
}

/** A count of no copy yet. */
export function countCopies(): CopyCount {
  const bytes = { done: 0, total: 0 };
  const blobs = { total: 0, copied: 0, mounted: 0, present: 0, skipped: 0 };
  return {
    bytes,
    blobs,
    follow() {
      const nodes = new Map<string, CountedNode>();
      return (event) => {
        countBytes(bytes, nodes, event);
        if (isBlob(event.descriptor)) countBlobs(blobs, event);
      };
    },
  };
}

/** Of a root that was named by its digest alone no type is known, and every other descriptor has one. */
function isBlob({ mediaType }: Descriptor): boolean {
  return mediaType !== '' && !isManifestType(mediaType);
}

interface CountedNode {
  sizeBytes: number;
  gone: number;
}

function countBytes(bytes: { done: number; total: number }, nodes: Map<string, CountedNode>, event: CopyEvent): void {
  const { digest, size } = event.descriptor;
  const node = nodes.get(digest) ?? { sizeBytes: 0, gone: 0 };
  nodes.set(digest, node);
  switch (event.kind) {
    case 'started':
      // One digest may be a manifest and a blob, and is started as both.
      bytes.total += size;
      node.sizeBytes += size;
      break;
    case 'progressed':
      bytes.done += event.bytes;
      node.gone += event.bytes;
      // A root that was named by its digest alone is started with no size.
      bytes.total += Math.max(0, node.gone - node.sizeBytes);
      node.sizeBytes = Math.max(node.sizeBytes, node.gone);
      break;
    case 'mounted':
    case 'present':
      bytes.total -= node.sizeBytes;
      bytes.done -= node.gone;
      nodes.delete(digest);
      break;
    case 'copied':
    case 'skipped':
      break;
  }
}

function countBlobs(blobs: { total: number } & Record<CopyOutcome | 'skipped', number>, { kind }: CopyEvent): void {
  if (kind === 'progressed') return;
  blobs[kind === 'started' ? 'total' : kind] += 1;
}
