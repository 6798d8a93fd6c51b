/** The manifest in an answer: read no further than its limit, hashed, and of the type it says. */
import { IntegrityError } from '../../errors/errors.ts';
import type { FetchedManifest } from '../copy/target.ts';
import { digestOf } from '../hash.ts';
import { type Digest, digestAlgorithm } from '../spec/digest.ts';
import { manifestSizeBytesMax, parseManifest } from '../spec/manifest.ts';
import { isSchema1Type } from '../spec/media-type.ts';
import { schema1Refused } from '../spec/schema1.ts';
import type { Answer } from './wire/answer.ts';
import type { Asked } from './wire/refusal.ts';

/** Types that servers and proxies give to any document, so that the document itself must tell. */
const vagueTypes: ReadonlySet<string> = new Set(['', 'application/json', 'application/octet-stream', 'text/plain']);

/**
 * The manifest, whose bytes have the expected digest; hashed with sha256 when none is expected.
 * @throws IntegrityError DIGEST_MISMATCH, MANIFEST_TOO_LARGE, MANIFEST_OUTDATED, or MANIFEST_INVALID when neither answer
 * nor document tells a type.
 */
export async function readManifest(
  answer: Answer,
  expected: Digest | undefined,
  asked: Asked,
): Promise<FetchedManifest> {
  const bytes = await answer.readBytes(manifestSizeBytesMax);
  if (bytes === undefined) {
    throw new IntegrityError({
      code: 'MANIFEST_TOO_LARGE',
      message: `manifest of more than ${manifestSizeBytesMax} bytes: ${asked.subject}`,
    });
  }
  const served = answer.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  // Before the digest: that of a signed one is not the digest of its bytes, and would be called damaged.
  if (isSchema1Type(served)) throw schema1Refused(asked.subject);
  const digest = digestOf(bytes, expected === undefined ? 'sha256' : digestAlgorithm(expected));
  if (expected !== undefined && digest !== expected) {
    throw new IntegrityError({
      code: 'DIGEST_MISMATCH',
      message: `manifest does not match its digest: ${asked.subject}: found ${digest}, expected ${expected}`,
    });
  }
  const mediaType = vagueTypes.has(served) ? parseManifest(bytes).mediaType : served;
  return { descriptor: { mediaType, digest, size: bytes.length }, bytes };
}
