/** A release while it runs, told on stderr: what was found, the builder's own words, and how far the push is. */

import { placeName } from '../../release/places/place-name.ts';
import type { ReleaseEvent } from '../../release/release-event.ts';
import { copyProgress } from '../copy-progress.ts';
import { formatDigest } from '../render/digest.ts';
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';

export interface ReleaseLog {
  tell(event: ReleaseEvent): void;
  /** Takes the bar away. */
  close(): void;
  /** The builder's words that were kept back, for when it failed; none where they were told as they came. */
  keptBack(): readonly string[];
}

/** Lines of the builder that are kept back: what explains a failure stands near the end. */
const keptLinesMax = 1000;

/** The log; with `quiet` it tells nothing. */
export function openReleaseLog(shell: Shell, { quiet }: { readonly quiet: boolean }): ReleaseLog {
  const progress = copyProgress(shell, 'pushing');
  const follow = progress.follow();
  const kept: string[] = [];
  const say = (line: string) => {
    progress.close();
    shell.stderr.write(`${line}\n`);
  };
  const keep = (line: string) => {
    kept.push(printable(line));
    if (kept.length > keptLinesMax) kept.shift();
  };
  return {
    close: () => progress.close(),
    keptBack: () => [...kept],
    tell(event) {
      if (quiet) {
        if (event.kind === 'build-output') keep(event.line);
        return;
      }
      if (event.kind === 'copying') return follow(event.event);
      const { palette } = shell.stderr.look();
      if (event.kind === 'build-output') return say(`  ${palette.dim(printable(event.line))}`);
      const line = lineOf(event);
      if (line !== undefined) say(printable(line));
    },
  };
}

/** What is in the table that is printed at the end is not told twice. */
function lineOf(event: Exclude<ReleaseEvent, { readonly kind: 'copying' | 'build-output' }>): string | undefined {
  switch (event.kind) {
    case 'looked':
      return event.found && `${placeName(event.place)} has the version: ${formatDigest(event.found)}`;
    case 'building':
      return event.builder === 'none' ? undefined : `building with ${event.builder}`;
    case 'placed':
      return `${placeName(event.place)} has the image`;
    case 'built':
    case 'tagged':
    case 'finished':
      return undefined;
  }
}
