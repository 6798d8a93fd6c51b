/** What a place of an image is called. */
import type { ImagePlace } from '../release-request.ts';

/** `registry/repository`. */
export function placeName({ registry, repository }: ImagePlace): string {
  return `${registry}/${repository}`;
}
