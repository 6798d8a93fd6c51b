/** What a registry says it has stored. */
import { IntegrityError } from '../../errors/errors.ts';
import { type Digest, digestAlgorithm, isDigest } from '../spec/digest.ts';
import type { Answer } from './wire/answer.ts';
import type { Asked } from './wire/refusal.ts';

/** The digest the registry tells. Spec: distribution-spec v1.1.1, "Legacy Docker support HTTP headers". */
export function digestIn(answer: Answer, header = 'docker-content-digest'): Digest | undefined {
  const digest = answer.header(header) ?? '';
  return isDigest(digest) ? digest : undefined;
}

/**
 * The registry's digest of what it stored is the one that was asked for; of another algorithm it says nothing.
 * @throws IntegrityError DIGEST_MISMATCH.
 */
export function assertStored(answer: Answer, digest: Digest, asked: Asked): void {
  const stored = digestIn(answer);
  if (stored === undefined || stored === digest || digestAlgorithm(stored) !== digestAlgorithm(digest)) return;
  throw new IntegrityError({
    code: 'DIGEST_MISMATCH',
    message: `registry stored other bytes: ${stored} for ${digest}: ${asked.operation} ${asked.subject}`,
  });
}
