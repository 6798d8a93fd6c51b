/** What became of a release: references on stdout, all that people want to know on stderr. */
import { placeName } from '../../release/places/place-name.ts';
import type { PlaceOutcome, ReleaseOutcome } from '../../release/release-outcome.ts';
import { printable } from '../render/width.ts';
import { printFailure } from '../report-failure.ts';
import type { Shell } from '../shell.ts';
import { originText, renderOutcome } from './render-release.ts';

/** What of it is told where. */
export interface ReleaseTelling {
  /** stdout is for a document, which is written elsewhere. */
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Tells it. Of a dry run the table is what was asked for, and stands on stdout. */
export function tellRelease(shell: Shell, outcome: ReleaseOutcome, { json, quiet }: ReleaseTelling): void {
  tellWarnings(shell, outcome);
  if (!quiet) tellTable(shell, outcome, json);
  for (const { place, error } of outcome.places) {
    if (error === undefined) continue;
    printFailure(shell, { ...error, message: `${placeName(place)}: ${error.message}` });
  }
  if (!json && !outcome.isDryRun)
    shell.stdout.write(
      referenceLines(outcome)
        .map((line) => `${line}\n`)
        .join(''),
    );
  if (outcome.isDryRun) shell.stderr.write('dry run: nothing was built or written\n');
}

function tellTable(shell: Shell, outcome: ReleaseOutcome, json: boolean): void {
  const output = outcome.isDryRun && !json ? shell.stdout : shell.stderr;
  const digest = outcome.digest === undefined ? '' : `${outcome.digest}, `;
  shell.stderr.write(`${printable(digest + originText(outcome))}\n\n`);
  output.write(renderOutcome(outcome, output.look()));
}

function tellWarnings(shell: Shell, { warnings, origin }: ReleaseOutcome): void {
  for (const { message } of warnings) warn(shell, message);
  if (origin.kind !== 'built') return;
  for (const { message, file, line, url } of origin.warnings) {
    const place = [file, line].filter((part) => part !== undefined).join(':');
    warn(shell, [place, message, url].filter((part) => part).join(': '));
  }
}

/** A line that begins with `warning:`. */
export function warn(shell: Shell, message: string): void {
  shell.stderr.write(`${shell.stderr.look().palette.yellow('warning:')} ${printable(message)}\n`);
}

/** `registry/repository:tag@digest` for each tag that names the image now; without tags, and without a push, less of it. */
function referenceLines({ places, digest }: ReleaseOutcome): readonly string[] {
  if (digest === undefined) return [];
  const there = places.filter(isThere);
  if (places.length === 0) return [digest];
  return there.flatMap(({ place, tags }) => {
    const names = tags.filter(({ to }) => to === digest).map(({ tag }) => `:${tag}`);
    return (names.length === 0 ? [''] : names).map((tag) => `${placeName(place)}${tag}@${digest}`);
  });
}

function isThere({ status }: PlaceOutcome): boolean {
  return status === 'done' || status === 'content-only';
}
