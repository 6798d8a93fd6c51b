/** The line that tells of a finished copy. */
import { describe, expect, it } from 'vitest';
import { type CopiedView, renderCopied } from '../../../cli/render/copied.ts';
import { lookOf } from '../test-shell.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const nothing: CopiedView = {
  place: 'eu.example.com/web:1.0',
  digest,
  tags: ['1.0'],
  displaced: [],
  changed: true,
  manifestsCopied: 0,
  blobsCopied: 0,
  blobsMounted: 0,
  blobsPresent: 0,
  bytesCopied: 0,
  skipped: 0,
  referrersCarried: 0,
  referrersPresent: 0,
  referrersFailed: 0,
  tookMs: 1234,
};

describe('a finished copy', () => {
  it.each([
    [{ changed: false }, 'already so'],
    [{ changed: false, skipped: 1 }, 'already so, 1 foreign layer left out'],
    [{}, 'tagged, the content was there already, in 1.2 s'],
    [{ displaced: [digest] }, 'tagged, the content was there already, moved from abababababab, in 1.2 s'],
    [{ blobsCopied: 1, manifestsCopied: 1, bytesCopied: 34_000_000 }, '1 blob copied (34 MB), in 1.2 s'],
    [
      { blobsCopied: 5, manifestsCopied: 2, blobsMounted: 3, blobsPresent: 1, bytesCopied: 1900, skipped: 2 },
      '5 blobs copied (1.9 kB), 3 mounted, 1 there already, 2 foreign layers left out, in 1.2 s',
    ],
    [{ blobsMounted: 3, manifestsCopied: 1, bytesCopied: 700 }, '3 blobs mounted, in 1.2 s'],
    [
      { manifestsCopied: 2, bytesCopied: 700, blobsPresent: 4 },
      '2 manifests copied (700 B), 4 there already, in 1.2 s',
    ],
    [{ changed: false, referrersPresent: 2 }, 'already so'],
    [{ changed: false, referrersCarried: 1, referrersPresent: 2 }, 'already so, 3 referrers with it'],
    [
      { blobsMounted: 1, referrersCarried: 1, referrersFailed: 1 },
      '1 blob mounted, 1 referrer with it, 1 referrer not, in 1.2 s',
    ],
    [{ blobsMounted: 1, tags: ['1.0', 'latest'] }, '1 blob mounted, tags 1.0, latest, in 1.2 s'],
  ])('%j is told as: %s', (changes, told) => {
    const line = renderCopied({ ...nothing, ...changes }, lookOf({ columns: undefined }));
    expect(line).toBe(`eu.example.com/web:1.0@${digest}  ${told}\n`);
  });

  it('shortens its digest where the line would be broken', () => {
    const line = renderCopied({ ...nothing, changed: false }, lookOf({ columns: 80 }));
    expect(line).toBe('eu.example.com/web:1.0  abababababab  already so\n');
  });
});
