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
  return {
    get done() {
      return done;
    },
    get total() {
      return total;
    },
    follow() {
      const started = new Map<string, number>();
      return (event) => {
        const { digest, size } = event.descriptor;
        switch (event.kind) {
          case 'started':
            if (!started.has(digest)) total += size;
            started.set(digest, size);
            break;
          case 'progressed':
            done += event.bytes;
            break;
          case 'copied':
          case 'skipped':
            break;
          case 'mounted':
          case 'present':
            total -= started.get(digest) ?? 0;
            started.delete(digest);
            break;
        }
      };
    },
  };
}
