/** The outputs of a release by name, as text. */
import type { ReleaseOutcome } from '../release-outcome.ts';
import { type HeldTag, type ImageResult, type MovedTag, releaseOutputs } from './release-outputs.ts';

/** The outputs of the outcome, each with its text: what has several entries in both of its forms. */
export function outputsOf(outcome: ReleaseOutcome): ReadonlyMap<string, string> {
  const { tags, moved, held, images, ...values } = releaseOutputs(outcome);
  const tagNames = values['tag-names'];
  return new Map([
    ['digest', values.digest],
    ['version', values.version],
    ['tags', tags.join('\n')],
    ['tags-json', JSON.stringify(tags)],
    ['tag-names', tagNames.join('\n')],
    ['tag-names-json', JSON.stringify(tagNames)],
    ['moved', JSON.stringify(moved)],
    ['moved-lines', moved.map(movedLine).join('\n')],
    ['held', JSON.stringify(held)],
    ['held-lines', held.map(heldLine).join('\n')],
    ['images', JSON.stringify(images)],
    ['images-lines', images.flatMap(imageLines).join('\n')],
    ['platforms', JSON.stringify(values.platforms)],
    ['reused', String(values.reused)],
    ['subjects', JSON.stringify(values.subjects)],
    ['metadata', JSON.stringify(values.metadata)],
  ]);
}

function movedLine({ image, tag }: MovedTag): string {
  return `${image}:${tag}`;
}

function heldLine({ image, tag }: HeldTag): string {
  return `${image}:${tag}`;
}

/** The image by its digest, wherever it is now. */
function imageLines({ ref }: ImageResult): readonly string[] {
  return ref === null ? [] : [ref];
}
