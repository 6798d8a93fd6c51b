/** A line of text in differently painted pieces, whose width is known before it is painted. */
import type { Paint } from './colour.ts';
import { displayWidth, truncate } from './width.ts';

/** A piece of a line: its text, unpainted, and the paint it gets. */
export interface Segment {
  readonly text: string;
  readonly paint?: Paint;
}

export type Line = readonly Segment[];

/** A line that is one piece. */
export function lineOf(text: string, paint?: Paint): Line {
  return [segmentOf(text, paint)];
}

/** A piece with or without paint. */
export function segmentOf(text: string, paint?: Paint): Segment {
  return paint === undefined ? { text } : { text, paint };
}

export function lineWidth(line: Line): number {
  return line.reduce((width, segment) => width + displayWidth(segment.text), 0);
}

/** The line cut to a width, its pieces keeping their paint. */
export function fitLine(line: Line, width: number, unicode: boolean): Line {
  const fitted: Segment[] = [];
  let left = width;
  for (const segment of line) {
    if (left <= 0) break;
    const text = truncate(segment.text, left, unicode);
    fitted.push({ ...segment, text });
    left -= displayWidth(text);
    if (text !== segment.text) break;
  }
  return fitted;
}

/** The line as it is written, filled up with blanks to a width. */
export function paintLine(line: Line, width = 0): string {
  const text = line.map((segment) => (segment.paint ?? plain)(segment.text)).join('');
  return text + ' '.repeat(Math.max(0, width - lineWidth(line)));
}

function plain(text: string): string {
  return text;
}
