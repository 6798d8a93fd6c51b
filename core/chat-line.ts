/** Which line of a comment may be a command: the first one that is the author's own words. */

/** A fence that is open: only a run of the same character, and no shorter one, closes it. */
interface Fence {
  readonly mark: string;
  readonly length: number;
}

/** Where the reading of a comment is. */
interface Reading {
  readonly fence: Fence | undefined;
  /** Inside `<!--`, which nobody sees. */
  readonly hidden: boolean;
  /** Behind a quoted line, where lines go on being quoted until an empty one. */
  readonly quoted: boolean;
}

/**
 * The first line that is neither empty nor code, quoted or hidden, without the space around it; undefined when there is
 * none. What others said, and what is shown as an example, must not act.
 *
 * Spec: CommonMark 0.31.2, "Fenced code blocks".
 */
export function firstOwnLine(comment: string): string | undefined {
  let reading: Reading = { fence: undefined, hidden: false, quoted: false };
  for (const line of comment.split(/\r\n|\r|\n/)) {
    const { own, next } = readLine(line, reading);
    if (own !== undefined) return own;
    reading = next;
  }
  return undefined;
}

function readLine(line: string, reading: Reading): { readonly own?: string; readonly next: Reading } {
  if (reading.fence !== undefined) {
    return { next: isClosed(line, reading.fence) ? { ...reading, fence: undefined } : reading };
  }
  const { text, hidden } = withoutHidden(line, reading.hidden);
  const plain = { fence: undefined, hidden, quoted: false };
  if (text.trim() === '') return { next: reading.hidden || hidden ? { ...plain, quoted: reading.quoted } : plain };
  if (/^ {0,3}>/.test(text)) return { next: { ...plain, quoted: true } };
  const fence = fenceOf(text);
  if (fence !== undefined) return { next: { ...plain, fence } };
  if (reading.quoted) return { next: { ...plain, quoted: true } };
  // Nothing stands before it, so the indentation makes it code.
  if (/^(?: {4}| {0,3}\t)/.test(text)) return { next: plain };
  return { own: text.trim(), next: plain };
}

function fenceOf(text: string): Fence | undefined {
  const [, run = ''] = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/.exec(text) ?? [];
  return run === '' ? undefined : { mark: run.charAt(0), length: run.length };
}

function isClosed(line: string, { mark, length }: Fence): boolean {
  const run = line.replace(/^ {0,3}/, '').trimEnd();
  return run.length >= length && run === mark.repeat(run.length);
}

/** The line without its hidden parts, and whether one goes on behind it. */
function withoutHidden(line: string, hiddenBefore: boolean): { readonly text: string; readonly hidden: boolean } {
  let text = '';
  let at = 0;
  for (let hidden = hiddenBefore; ; hidden = !hidden) {
    const mark = hidden ? '-->' : '<!--';
    const end = line.indexOf(mark, at);
    if (!hidden) text += line.slice(at, end < 0 ? undefined : end);
    if (end < 0) return { text, hidden };
    at = end + mark.length;
  }
}
