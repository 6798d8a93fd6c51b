/** The image of a release, wherever it is from. */
import type { Source } from '../../oci/copy/target.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import type { ImageOrigin } from '../release-outcome.ts';
import { type ImageReading, readImage } from './read-image.ts';

export interface ObtainedImage extends ImageReading {
  /** Where it is read from. */
  readonly from: Source;
  readonly root: Descriptor;
  readonly origin: ImageOrigin;
}

/** The image of that root, read as far as it says what it is. */
export async function obtained(
  from: Source,
  root: Descriptor,
  origin: ImageOrigin,
  signal: AbortSignal,
): Promise<ObtainedImage> {
  return { ...(await readImage(from, root.digest, signal)), from, root, origin };
}
