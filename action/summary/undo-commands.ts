/** The commands that point moved tags back at what they named before. */
import type { Digest } from '../../oci/spec/digest.ts';
import { placeName } from '../../release/places/place-name.ts';
import type { PlaceOutcome } from '../../release/release-outcome.ts';

/** One command for each digest that tags of the repository were moved from. Exact tags are not among them. */
export function undoCommands({ place, tags }: PlaceOutcome): readonly string[] {
  const image = placeName(place);
  const tagsFrom = new Map<Digest, string[]>();
  for (const { tag, kind, change, from } of tags) {
    if (kind === 'exact' || change !== 'moved' || from === undefined) continue;
    tagsFrom.set(from, [...(tagsFrom.get(from) ?? []), tag]);
  }
  return [...tagsFrom].map(
    ([digest, names]) =>
      `npx registry-action copy ${image}@${digest} ${image} ${names.map((tag) => `--tag ${tag}`).join(' ')}`,
  );
}
