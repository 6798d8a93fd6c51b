/** What a release reports while it runs. */
import type { CopyEvent } from '../oci/copy/copy-event.ts';
import type { Digest } from '../oci/spec/digest.ts';
import type { BuilderName } from './builders/builder.ts';
import type { PlaceOutcome, TagOutcome } from './release-outcome.ts';
import type { ImagePlace } from './release-request.ts';

export type ReleaseEvent =
  /** A registry was looked at: what the exact tag names there. */
  | { readonly kind: 'looked'; readonly place: ImagePlace; readonly found: Digest | undefined }
  | { readonly kind: 'building'; readonly builder: BuilderName }
  /** A line of the builder's. */
  | { readonly kind: 'build-output'; readonly line: string }
  | { readonly kind: 'built'; readonly digest: Digest; readonly tookMs: number }
  | { readonly kind: 'copying'; readonly event: CopyEvent }
  /** The content is there, by its digest. */
  | { readonly kind: 'placed'; readonly place: ImagePlace; readonly digest: Digest }
  | { readonly kind: 'tagged'; readonly place: ImagePlace; readonly tag: TagOutcome }
  | { readonly kind: 'finished'; readonly outcome: PlaceOutcome };
