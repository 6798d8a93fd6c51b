/** Rows of the summary's table: what became of each tag of one repository. */
import type { RungHold } from '../../core/ladder.ts';
import { holdReasons } from '../../release/outputs/hold-reasons.ts';
import { placeName } from '../../release/places/place-name.ts';
import type { PlaceOutcome, TagOutcome } from '../../release/release-outcome.ts';
import { code, digestCode, plainText } from './markdown.ts';

/** Image, tag, what became of it, digest. The image stands in the first of its rows alone. */
export function tagRows({ place, status, tags, held, error }: PlaceOutcome): readonly (readonly string[])[] {
  const rows = [...tags.map((tag) => tagRow(tag, status)), ...held.map(heldRow)];
  if (status === 'content-only') rows.push(['', '**floating tags left alone**: the release failed elsewhere', '']);
  if (status === 'failed') rows.push(['', `**failed**: ${code(error?.code ?? 'unknown')}`, '']);
  return rows.map((cells, at) => [at === 0 ? code(placeName(place)) : '', ...cells]);
}

function tagRow({ tag, change, from, to }: TagOutcome, status: PlaceOutcome['status']): readonly string[] {
  const digest = to === undefined ? '' : digestCode(to);
  const isPlan = status === 'planned';
  switch (change) {
    case 'created':
      return [code(tag), isPlan ? 'would be created' : '**created**', digest];
    case 'moved': {
      const was = from === undefined ? '' : ` from ${digestCode(from)}`;
      return [code(tag), `${isPlan ? 'would move' : '**moved**'}${was}`, digest];
    }
    case 'unchanged':
      return [code(tag), 'unchanged', digest];
  }
}

function heldRow({ tag, reason, heldAt }: RungHold): readonly string[] {
  const at = heldAt === undefined ? '' : ` at ${plainText(heldAt)}`;
  return [code(tag), `held${at}: ${holdReasons[reason]}`, ''];
}
