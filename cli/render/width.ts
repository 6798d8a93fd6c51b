/** Width of text on a terminal, and text made safe to print there. */

/** Columns the text takes: wide characters count two, combining marks none. The text must be printable. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (combining.test(character)) continue;
    width += wide.test(character) ? 2 : 1;
  }
  return width;
}

/** The text cut to a width, with an ellipsis where something is missing. */
export function truncate(text: string, width: number, unicode: boolean): string {
  if (displayWidth(text) <= width) return text;
  const ellipsis = unicode ? '…' : '..';
  let kept = '';
  let used = ellipsis.length;
  for (const character of text) {
    used += displayWidth(character);
    if (used > width) break;
    kept += character;
  }
  return kept === '' ? ellipsis.slice(0, Math.max(0, width)) : kept.trimEnd() + ellipsis;
}

/**
 * The text on one line without control characters. Reasons, names and versions come from other people:
 * an escape sequence among them could rewrite the screen of whoever looks.
 */
export function printable(text: string): string {
  return text.replace(lineBreaks, ' ').replace(controls, '\uFFFD');
}

const lineBreaks = /[\t\r\n\u2028\u2029]+/g;

// C0, DEL, C1, and the marks that turn the direction of writing round.
const controls = /[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

const combining = /\p{Mn}|\p{Me}|[\u200B-\u200D]/u;

// East Asian wide and full-width blocks, and the pictographs terminals draw in two columns.
const wide =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1F64F}\u{1F680}-\u{1F6FF}\u{1F900}-\u{1F9FF}\u{20000}-\u{3FFFD}]/u;
