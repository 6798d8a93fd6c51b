/** How far copies are, in bytes: what has moved of what has to move. */
import type { CopyEvent } from './copy-event.ts';

/** The bytes of all copies that are followed. */
export interface CopiedBytes {
  readonly done: number;
  readonly total: number;
  /** A listener for the events of one more copy. */
  follow(): (event: CopyEvent) => void;
}

/** Bytes of no copy yet. What need not move, because it is there or can be mounted, is taken out of the total. */
export function countCopiedBytes(): CopiedBytes {
  let done = 0;
  let total = 0;

  function follow(): (event: CopyEvent) => void {
    const nodes = new Map<string, { sizeBytes: number; gone: number }>();
    return (event) => {
      const { digest, size } = event.descriptor;
      const node = nodes.get(digest) ?? { sizeBytes: 0, gone: 0 };
      nodes.set(digest, node);
      switch (event.kind) {
        case 'started':
          // One digest may be a manifest and a blob, and is started as both.
          total += size;
          node.sizeBytes += size;
          break;
        case 'progressed':
          done += event.bytes;
          node.gone += event.bytes;
          // A root that was named by its digest alone is started with no size.
          total += Math.max(0, node.gone - node.sizeBytes);
          node.sizeBytes = Math.max(node.sizeBytes, node.gone);
          break;
        case 'mounted':
        case 'present':
          total -= node.sizeBytes;
          done -= node.gone;
          nodes.delete(digest);
          break;
        case 'copied':
        case 'skipped':
          break;
      }
    };
  }

  return {
    get done() {
      return done;
    },
    get total() {
      return total;
    },
    follow,
  };
}
