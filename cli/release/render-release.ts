/** A release as text: what is meant to be done, and what became of it, registry by registry and tag by tag. */
import { planLadder, type RungHold } from '../../core/ladder.ts';
import { holdReasons } from '../../release/outputs/hold-reasons.ts';
import { placeName } from '../../release/places/place-name.ts';
import type { PlaceOutcome, ReleaseOutcome, TagOutcome } from '../../release/release-outcome.ts';
import type { ImagePlace, ReleaseRequest } from '../../release/release-request.ts';
import { formatSpan } from '../render/age.ts';
import { formatDigest } from '../render/digest.ts';
import { glyph } from '../render/glyph.ts';
import { type Line, lineOf } from '../render/line.ts';
import type { Look } from '../render/look.ts';
import { renderTable } from '../render/table.ts';
import { printable } from '../render/width.ts';

/** What is about to be done, as far as it is known before any registry is asked. Ends with a line break. */
export function renderIntent(request: ReleaseRequest, look: Look): string {
  const { revision, images, build, effects } = request;
  const [first, ...others] = effects.push ? images.map(placeText) : ['nowhere: it is built and not pushed'];
  const source = revision.source === undefined ? '' : ` of ${revision.source}`;
  const rows = [
    ['commit', revision.commit === undefined ? '' : `${revision.commit.slice(0, commitDigits)}${source}`],
    ['image', imageText(build)],
    ['to', first ?? ''],
    ...others.map((place) => ['', place]),
    ['tags', effects.push ? tagsText(request) : ''],
  ].filter(([, text]) => text !== '');
  const body = rows.map(([label = '', text = '']) => [lineOf(`  ${label}`, look.palette.dim), lineOf(printable(text))]);
  return `${look.palette.bold(printable(titleOf(request)))}\n\n${renderTable(body, { ...look, columns: undefined })}\n`;
}

const commitDigits = 12;

/** `release of 1.9.1`, `image of a commit`. */
export function titleOf({ subject }: Pick<ReleaseRequest, 'subject'>): string {
  return subject.kind === 'version' ? `release of ${subject.version.text}` : 'image of a commit';
}

function placeText(place: ImagePlace): string {
  return place.isRequired ? placeName(place) : `${placeName(place)}, which may fail`;
}

function imageText({ ready, builder, context }: ReleaseRequest['build']): string {
  switch (ready?.kind) {
    case undefined:
      return builder === 'auto' ? `built from ${context}` : `built from ${context} by ${builder}`;
    case 'directory':
      return `of the files in ${ready.directory}`;
    case 'layout':
      return `in the layout ${ready.directory}`;
    case 'docker-archive':
      return `in the archive ${ready.path}`;
    case 'digest':
      return ready.reference;
    case 'merge':
      return ready.references.join(', ');
  }
}

/** Of the tags that float it is said which there are, not which will move: registries know that. */
function tagsText({ subject, policy }: ReleaseRequest): string {
  if (subject.kind === 'ref') return subject.tags.join(', ') || 'none, it is pushed by its digest alone';
  const { exact, move } = planLadder({ version: subject.version, existingTags: [], policy: policy.ladder });
  const floats = move.map(({ tag }) => tag).join(', ');
  const others = subject.extraTags.length === 0 ? '' : `; ${subject.extraTags.join(', ')}`;
  return `${exact}${floats === '' ? '' : `, and ${floats} where no higher version has them`}${others}`;
}

/** Every repository with every tag, and what became of it or would. Ends with a line break. */
export function renderOutcome({ places }: Pick<ReleaseOutcome, 'places'>, look: Look): string {
  const rows = places.flatMap((place) => {
    const own = rowsOf(place, look);
    return own.map((row, at): readonly Line[] => [
      lineOf(at === 0 ? printable(placeName(place.place)) : '', look.palette.bold),
      ...row,
    ]);
  });
  return renderTable(rows, { ...look, columns: undefined });
}

function rowsOf(place: PlaceOutcome, look: Look): readonly (readonly Line[])[] {
  const { status, tags, held } = place;
  const rows = [
    ...tags.map((tag) => tagRow(tag, status === 'planned', look)),
    ...held.map((one) => heldRow(one, look)),
  ];
  const end = endRow(place, rows.length === 0, look);
  return end === undefined ? rows : [...rows, end];
}

function tagRow({ tag, change, from }: TagOutcome, isPlan: boolean, look: Look): readonly Line[] {
  const { palette } = look;
  const was = change === 'moved' ? ` from ${formatDigest(from)}` : '';
  const words = {
    created: isPlan ? 'would be created' : 'created',
    moved: `${isPlan ? 'would be moved' : 'moved'}${was}`,
    unchanged: 'unchanged',
  };
  const [sign, paint] =
    change === 'unchanged' ? (['current', palette.dim] as const) : (['right', palette.green] as const);
  return [lineOf(printable(tag)), lineOf(`${glyph(isPlan ? 'arrow' : sign, look)} ${words[change]}`, paint)];
}

function heldRow({ tag, reason, heldAt }: RungHold, look: Look): readonly Line[] {
  const at = heldAt === undefined ? '' : ` at ${printable(heldAt)}`;
  return [
    lineOf(printable(tag)),
    lineOf(`${glyph('held', look)} held${at}: ${holdReasons[reason]}`, look.palette.yellow),
  ];
}

/** What is to be said of the repository as a whole. */
function endRow({ status, place, error }: PlaceOutcome, isAlone: boolean, look: Look): readonly Line[] | undefined {
  const { palette } = look;
  switch (status) {
    case 'failed': {
      const allowed = place.isRequired ? '' : ', which was allowed';
      const text = `${glyph('wrong', look)} failed${allowed}: ${printable(error?.code ?? '')}`;
      return [lineOf(''), lineOf(text, palette.red)];
    }
    case 'content-only':
      return [lineOf(''), lineOf(`${glyph('warning', look)} tags that float were left alone`, palette.yellow)];
    case 'done':
    case 'planned':
      return isAlone ? [lineOf(''), lineOf('by its digest alone', palette.dim)] : undefined;
  }
}

/** Where the image came from, in a phrase. */
export function originText({ origin }: Pick<ReleaseOutcome, 'origin'>): string {
  switch (origin.kind) {
    case 'built':
      return origin.builder === 'none'
        ? `put together in ${formatSpan(origin.tookMs)}`
        : `built by ${origin.builder} in ${formatSpan(origin.tookMs)}`;
    case 'reused':
      return `published before, and taken from ${placeName(origin.from)}: nothing was built`;
    case 'merged':
      return 'merged into one index';
    case 'given':
      return 'taken as it is';
    case 'planned':
      return 'to be built';
  }
}
