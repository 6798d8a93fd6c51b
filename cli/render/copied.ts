/** What a copy did, in one line. */
import { formatSpan } from './age.ts';
import { formatBytes } from './bytes.ts';
import { countOf } from './count.ts';
import { formatDigest } from './digest.ts';
import type { Look } from './look.ts';
import { displayWidth, printable } from './width.ts';

/** A finished copy, as far as it is told. */
export interface CopiedView {
  /** Repository and first tag at the target. */
  readonly place: string;
  readonly digest: string;
  /** Every tag that was asked for; told when there are several. */
  readonly tags: readonly string[];
  /** Digests that tags named before. */
  readonly displaced: readonly string[];
  readonly changed: boolean;
  readonly manifestsCopied: number;
  readonly blobsCopied: number;
  readonly blobsMounted: number;
  readonly blobsPresent: number;
  readonly bytesCopied: number;
  /** Layers left out because they lie elsewhere. */
  readonly skipped: number;
  readonly referrersCarried: number;
  readonly referrersPresent: number;
  readonly referrersFailed: number;
  readonly tookMs: number;
}

/**
 * `place@digest`, two blanks, what was done. Where the line does not fit a terminal the digest is shortened: a line
 * that is broken in two is hard to read, and a longer one can be had with `--quiet` or in a pipe.
 */
export function renderCopied(view: CopiedView, look: Look): string {
  const { palette } = look;
  const done = printable(doneText(view));
  const whole = printable(`${view.place}@${view.digest}`);
  const fits = displayWidth(`${whole}  ${done}`) <= (look.columns ?? Number.POSITIVE_INFINITY);
  const place = fits ? whole : printable(`${view.place}  ${formatDigest(view.digest)}`);
  const paint = view.changed || view.referrersCarried > 0 ? palette.green : palette.dim;
  return `${place}  ${paint(done)}\n`;
}

function doneText(view: CopiedView): string {
  if (!view.changed) return `already so${referrersText(view)}${skippedText(view)}`;
  const tags = view.tags.length > 1 ? `, tags ${view.tags.join(', ')}` : '';
  const moved = view.displaced.length > 0 ? `, moved from ${view.displaced.map(formatDigest).join(', ')}` : '';
  return `${movedText(view)}${referrersText(view)}${skippedText(view)}${tags}${moved}, in ${formatSpan(view.tookMs)}`;
}

/** Content by how it came there; manifests are told of when there was nothing else, because each copy has some. */
function movedText(view: CopiedView): string {
  const { manifestsCopied, blobsCopied, blobsMounted, blobsPresent } = view;
  const size = formatBytes(view.bytesCopied);
  const parts: string[] = [];
  if (blobsCopied > 0) parts.push(`${countOf(blobsCopied, 'blob')} copied (${size})`);
  if (blobsMounted > 0) parts.push(`${parts.length > 0 ? blobsMounted : countOf(blobsMounted, 'blob')} mounted`);
  if (parts.length === 0 && manifestsCopied > 0) parts.push(`${countOf(manifestsCopied, 'manifest')} copied (${size})`);
  if (parts.length === 0) return 'tagged, the content was there already';
  if (blobsPresent > 0) parts.push(`${blobsPresent} there already`);
  return parts.join(', ');
}

function referrersText({ referrersCarried, referrersPresent, referrersFailed }: CopiedView): string {
  const all = referrersCarried + referrersPresent;
  const carried = referrersCarried > 0 ? `, ${countOf(all, 'referrer')} with it` : '';
  return referrersFailed > 0 ? `${carried}, ${countOf(referrersFailed, 'referrer')} not` : carried;
}

function skippedText({ skipped }: CopiedView): string {
  return skipped === 0 ? '' : `, ${countOf(skipped, 'foreign layer')} left out`;
}
