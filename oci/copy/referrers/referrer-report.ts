/** What became of the referrers of an image when it was copied. */
import type { ErrorCode } from '../../../errors/catalogue.ts';
import type { Descriptor } from '../../spec/descriptor.ts';
import type { Digest } from '../../spec/digest.ts';
import type { Tag } from '../../spec/tag.ts';

/** How a referrer was found: in its repository's own list, in one that clients keep, or by the name cosign gives. */
export type ReferrerDoor = 'api' | 'fallback-tag' | 'cosign-tag';

/** A manifest that points at the subject. */
export interface FoundReferrer {
  readonly subject: Digest;
  readonly door: ReferrerDoor;
  /** As listed: its type, digest and size; what else it says may be wrong. */
  readonly descriptor: Descriptor;
  /** The tag it is kept under, when that is how it was found. */
  readonly tag?: Tag;
}

/** What could not be carried, and why. */
export interface FailedReferrer {
  readonly subject: Digest;
  /** Undefined when the referrers of the subject could not even be listed. */
  readonly referrer?: FoundReferrer;
  readonly code: ErrorCode;
  readonly message: string;
}

/** Every subject that was given, and every referrer that was found, is in one of the lists. */
export interface ReferrerReport {
  /** Copied, and listed at the target now. */
  readonly carried: readonly FoundReferrer[];
  /** The target had them. */
  readonly present: readonly FoundReferrer[];
  /** Of the subjects given, those without any referrer at the source. */
  readonly absent: readonly Digest[];
  readonly failed: readonly FailedReferrer[];
}
