/** Digests: the names of exact bytes. */
import { InputError } from '../../errors/errors.ts';

declare const digestBrand: unique symbol;

/** `algorithm:hex` of exact bytes, with a registered algorithm and the right number of lower-case digits. */
export type Digest = string & { readonly [digestBrand]: true };

/** The registered algorithms. Spec: image-spec v1.1.1, "Registered algorithms". */
export type DigestAlgorithm = 'sha256' | 'sha512';

const digestGrammar = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

/** Length of what people are shown of a digest; never enough to identify content by. */
const shortDigestChars = 12;

/** Whether the text is a digest of a registered algorithm. Spec: image-spec v1.1.1, "Digests". */
export function isDigest(text: string): text is Digest {
  return digestGrammar.test(text);
}

/**
 * The text as a digest.
 * @throws InputError DIGEST_INVALID.
 */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new InputError({ code: 'DIGEST_INVALID', message: `not a digest: ${JSON.stringify(text)}` });
}

/** The algorithm the digest was made with. */
export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The digits after the colon. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** The first 12 hexadecimal digits, for people to read. */
export function shortDigest(digest: Digest): string {
  return digestHex(digest).slice(0, shortDigestChars);
}
