/** The words and flags of a command line in a chat. */

/** One word, or one flag such as `--reason` or `--reason="…"`. */
export type ChatWord =
  | { readonly kind: 'word'; readonly text: string; readonly quoted: boolean }
  /** `value` is undefined where no `=` follows the name. */
  | { readonly kind: 'flag'; readonly name: string; readonly value: QuotedText | undefined };

/** A text, and whether it stood in quotes. */
export interface QuotedText {
  readonly text: string;
  readonly quoted: boolean;
}

/** Characters that do not print, or make what is printed read another way than it is. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const unprintable = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

/** Telephones write two dashes as one long one. */
const flagGrammar = /^(?:--|—|–)([A-Za-z][A-Za-z-]*)(=|(?=\s|$))/;

/** A quoted text up to its end: with marks of any shape, in which a backslash stands before a mark or a backslash. */
const doubleQuoted = /^["“”„]((?:\\["“”„\\]|[^"“”„])*)["“”„](?=\s|$)/;

/** Single quotes are apostrophes as well, so that only whole words or phrases count as quoted. */
const singleQuoted = /^'([^']*)'(?=\s|$)/;

/** The words of a line in order, or why it has none. */
export function splitChatWords(line: string): readonly ChatWord[] | { readonly fault: string } {
  if (unprintable.test(line)) return { fault: 'the line holds characters that do not print' };
  const words: ChatWord[] = [];
  let rest = line.trimStart();
  while (rest !== '') {
    const [flag = '', name, equals] = flagGrammar.exec(rest) ?? [];
    rest = rest.slice(flag.length);
    const read = name !== undefined && equals !== '=' ? { length: 0, value: undefined } : readText(rest);
    if ('fault' in read) return read;
    rest = rest.slice(read.length).trimStart();
    if (name !== undefined) words.push({ kind: 'flag', name, value: read.value });
    else if (read.value !== undefined) words.push({ kind: 'word', ...read.value });
  }
  return words;
}

/** The text in quotes, for a line: what `splitChatWords` reads back as it was. */
export function quoteChatText(text: string): string {
  return `"${text.replace(/["“”„\\]/g, '\\$&')}"`;
}

type ReadText = { readonly length: number; readonly value: QuotedText | undefined } | { readonly fault: string };

/** The text at the beginning of the rest, and how long it is there. */
function readText(rest: string): ReadText {
  const double = doubleQuoted.exec(rest);
  if (double !== null) {
    const text = (double[1] ?? '').replace(/\\(["“”„\\])/g, '$1');
    return { length: double[0].length, value: { text, quoted: true } };
  }
  if (/^["“”„]/.test(rest)) return { fault: 'a quote is not closed, or something follows right behind it' };
  const single = singleQuoted.exec(rest);
  if (single !== null) return { length: single[0].length, value: { text: single[1] ?? '', quoted: true } };
  const [text = ''] = /^\S*/.exec(rest) ?? [];
  return { length: text.length, value: { text, quoted: false } };
}
