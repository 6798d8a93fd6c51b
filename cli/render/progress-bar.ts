/** A progress bar on one line: label, bar, percentage, sizes, speed, a note; it shrinks with the terminal. */
import { formatBytes } from './bytes.ts';
import { glyph } from './glyph.ts';
import type { Look } from './look.ts';
import { displayWidth, truncate } from './width.ts';

export interface ProgressState {
  /** What is going on: `copying`, `promoting web 1.1.0`. */
  readonly label: string;
  readonly bytesDone: number;
  /** Zero when it is not known yet. */
  readonly bytesTotal: number;
  readonly elapsedMs: number;
  /** More to say where there is room for it. */
  readonly note?: string;
}

const barColumnsMax = 30;
const barColumnsMin = 10;

/** No speed is told before so many milliseconds: it would only jump about. */
const rateAfterMs = 500;

/** Kept free for the speed from the beginning, so that the bar does not change its length. */
const rateColumns = '  999 MB/s'.length;

/** The line, without a line break and never wider than the output. */
export function renderProgressBar(state: ProgressState, look: Look): string {
  const columns = (look.columns ?? 80) - 1;
  if (state.bytesTotal === 0) return truncate(state.label, columns, look.unicode);
  const fraction = Math.min(1, state.bytesDone / state.bytesTotal);
  const tails = tailsOf(state, fraction);
  const room = columns - displayWidth(`${state.label} ${tails[1]}`) - rateColumns;
  if (room < barColumnsMin) {
    const line = tails.map((tail) => state.label + tail).find((text) => displayWidth(text) <= columns);
    return line ?? truncate(state.label, columns, look.unicode);
  }
  const width = Math.min(barColumnsMax, room);
  const full = Math.round(fraction * width);
  const bar = glyph('full', look).repeat(full);
  const rest = glyph('vacant', look).repeat(width - full);
  const line = `${state.label} ${bar}${rest}${tails[0]}`;
  const note = state.note ? `  ${state.note}` : '';
  const told = displayWidth(line + note) <= columns ? note : '';
  return `${state.label} ${look.palette.cyan(bar)}${look.palette.dim(rest)}${tails[0]}${look.palette.dim(told)}`;
}

/** What stands behind the bar, from all there is to say down to the percentage. */
function tailsOf(state: ProgressState, fraction: number): readonly [string, string, string] {
  const percentage = ` ${`${Math.floor(fraction * 100)} %`.padStart(5)}`;
  const sizes = `${percentage}  ${formatBytes(state.bytesDone).padStart(6)} of ${formatBytes(state.bytesTotal)}`;
  if (state.elapsedMs < rateAfterMs) return [sizes, sizes, percentage];
  const rate = formatBytes(Math.round((state.bytesDone * 1000) / state.elapsedMs));
  return [`${sizes}  ${rate}/s`, sizes, percentage];
}
