/** Progress of copies from their events: bytes moved of the bytes that must move, and what became of blobs. */
import { countCopies } from '../oci/copy/copy-count.ts';
import type { CopyEvent } from '../oci/copy/copy-event.ts';
import { openProgress } from './progress.ts';
import { formatBlobCount } from './render/blob-count.ts';
import type { Shell } from './shell.ts';

/** A bar for all copies of one command. */
export interface CopyProgress {
  /** A listener for the events of one more copy. */
  follow(): (event: CopyEvent) => void;
  /** Takes the bar away, so that something can be printed; it comes back with the next event. */
  close(): void;
}

/** The bar on stderr; the caller closes it. */
export function copyProgress(shell: Shell, label: string): CopyProgress {
  const progress = openProgress(shell.stderr, shell.now);
  const { bytes, blobs, follow } = countCopies();
  return {
    follow() {
      const count = follow();
      return (event) => {
        count(event);
        progress.show({ label, bytesDone: bytes.done, bytesTotal: bytes.total, note: formatBlobCount(blobs) });
      };
    },
    close: () => progress.close(),
  };
}

/** Progress that nobody wants to see. */
export const noProgress: CopyProgress = { follow: () => () => undefined, close: () => undefined };
