/** Where an image goes. */
import type { Tag } from '../spec/tag.ts';
import type { Target } from './target.ts';

/** A repository, and which tags are to name the image there. */
export interface Destination {
  readonly target: Target;
  readonly tags: readonly Tag[];
}
