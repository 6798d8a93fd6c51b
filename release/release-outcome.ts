/** What became of a release, as data: outputs, summary and command line tell it from this alone. */
import type { RungHold } from '../core/ladder.ts';
import type { Digest } from '../oci/spec/digest.ts';
import type { Platform } from '../oci/spec/platform.ts';
import type { Tag } from '../oci/spec/tag.ts';
import type { BuilderName, BuildWarning } from './builders/builder.ts';
import type { ImagePlace, ReleaseSubject, Revision } from './release-request.ts';

export interface ReleaseOutcome {
  readonly subject: ReleaseSubject;
  readonly revision: Revision;
  /** Undefined when nothing was built and nothing was there: a dry run. */
  readonly digest: Digest | undefined;
  readonly origin: ImageOrigin;
  readonly platforms: readonly PlatformDigest[];
  /** One for each image of the request, in its order; empty when nothing was to be pushed. */
  readonly places: readonly PlaceOutcome[];
  readonly warnings: readonly ReleaseWarning[];
  readonly isDryRun: boolean;
}

/** Where the image came from. */
export type ImageOrigin =
  | {
      readonly kind: 'built';
      readonly builder: BuilderName;
      readonly tookMs: number;
      readonly warnings: readonly BuildWarning[];
    }
  /** The version was published from this commit already. */
  | { readonly kind: 'reused'; readonly from: ImagePlace }
  /** An index of images that were pushed before, or one that was named by its digest. */
  | { readonly kind: 'merged' | 'given' }
  | { readonly kind: 'planned' };

export interface PlatformDigest {
  readonly platform: Platform;
  readonly digest: Digest;
}

/** What became of one repository. */
export interface PlaceOutcome {
  readonly place: ImagePlace;
  /**
   * `content-only`: the image is there by its digest, and by its exact tag unless the version turned out to be taken
   * somewhere; tags that float were left alone because a required registry failed.
   */
  readonly status: 'done' | 'content-only' | 'failed' | 'planned';
  readonly tags: readonly TagOutcome[];
  readonly held: readonly RungHold[];
  readonly error: PlaceError | undefined;
}

/** What became of a tag, or would. */
export interface TagOutcome {
  readonly tag: Tag;
  readonly kind: 'exact' | 'float' | 'ref';
  readonly change: 'created' | 'moved' | 'unchanged';
  /** Before; undefined when it was absent. */
  readonly from: Digest | undefined;
  /** Undefined in the plan of an image that is not built yet. */
  readonly to: Digest | undefined;
}

export interface PlaceError {
  readonly code: string;
  readonly message: string;
  readonly wayOut: string;
}

export interface ReleaseWarning {
  /** Stable; in kebab-case. */
  readonly code: string;
  readonly message: string;
}
