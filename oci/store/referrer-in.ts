/** Whether a stored manifest points at another one. */
import { IntegrityError } from '../../errors/errors.ts';
import type { FetchedManifest } from '../copy/target.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import type { Digest } from '../spec/digest.ts';
import { type Manifest, parseManifest } from '../spec/manifest.ts';
import { referrerDescriptor } from '../spec/referrer.ts';

/** The manifest's entry among the subject's referrers; undefined when it is none, of this or (without one) of any subject. */
export function referrerIn({ descriptor, bytes }: FetchedManifest, subject?: Digest): Descriptor | undefined {
  const manifest = parsedOrUndefined(bytes, descriptor.mediaType);
  if (manifest?.subject === undefined) return undefined;
  if (subject !== undefined && manifest.subject.digest !== subject) return undefined;
  return referrerDescriptor(manifest, descriptor);
}

/** A store takes manifests it cannot read. */
function parsedOrUndefined(bytes: Uint8Array, mediaType: string): Manifest | undefined {
  try {
    return parseManifest(bytes, mediaType);
  } catch (error) {
    if (error instanceof IntegrityError) return undefined;
    throw error;
  }
}
