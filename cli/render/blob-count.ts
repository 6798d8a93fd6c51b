/** How far a copy is in blobs, in words. */
import type { BlobCount } from '../../oci/copy/copy-count.ts';

/** `5 of 12 blobs, 2 mounted, 1 there already`; what did not happen is not told, and nothing of no blobs. */
export function formatBlobCount({ total, copied, mounted, present, skipped }: BlobCount): string {
  if (total + skipped === 0) return '';
  const done = `${copied + mounted + present} of ${total} ${total === 1 ? 'blob' : 'blobs'}`;
  const parts = [
    ...(mounted > 0 ? [`${mounted} mounted`] : []),
    ...(present > 0 ? [`${present} there already`] : []),
    ...(skipped > 0 ? [`${skipped} left out`] : []),
  ];
  return [done, ...parts].join(', ');
}
