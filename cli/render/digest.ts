/** Digests and versions as people read them. */

const shownDigits = 12;

/** The first twelve digits of a digest; an empty text for none. */
export function formatDigest(digest: string | undefined): string {
  if (digest === undefined) return '';
  const hex = digest.slice(digest.indexOf(':') + 1);
  return hex.slice(0, shownDigits);
}

/** `1.1.0 (9f86d081884c)`, or what there is of it; `nothing` when there is neither. */
export function formatRelease(version: string | undefined, digest: string | undefined): string {
  if (digest === undefined) return version ?? 'nothing';
  return version === undefined ? formatDigest(digest) : `${version} (${formatDigest(digest)})`;
}
