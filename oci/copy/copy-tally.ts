/** What copies count. */

/** Distinct manifests and blobs by what became of them. */
export interface CopyTally {
  manifestsCopied: number;
  manifestsPresent: number;
  blobsCopied: number;
  blobsMounted: number;
  blobsPresent: number;
  /** Of the manifests and blobs copied. */
  bytesCopied: number;
}

/** A tally of nothing. */
export function emptyTally(): CopyTally {
  return { manifestsCopied: 0, manifestsPresent: 0, blobsCopied: 0, blobsMounted: 0, blobsPresent: 0, bytesCopied: 0 };
}
