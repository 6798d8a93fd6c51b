/** Lists as people write them into one text: by line, or by comma too. */
import { InputError } from '../../errors/errors.ts';
import type { NamedValue } from '../builders/builder.ts';

/** Space, separators, and lines that are a comment. */
const betweenLines = /(?:^[^\S\n]*#[^\n]*|\s)*/my;
const betweenCommas = /(?:^[^\S\n]*#[^\n]*|[\s,])*/my;
/** In quotes everything belongs to the entry; a quote is written twice. */
const quoted = /"((?:[^"]|"")*)"/y;
/** What may stand behind the closing quote. */
const quoteEnd = /[^\S\n]*(?:[\n,]|$)/y;
const plainLine = /[^\n]+/y;
const plainUntilComma = /[^\n,]+/y;

/**
 * The entries of a text, one a line, and with `comma` several in a line, without space around them. Lines that begin
 * with `#` and empty entries are left out. An entry in double quotes may have commas and go over several lines.
 * @throws InputError SETTING_INVALID for a quote that is not closed, or is followed by more.
 */
export function parseEntries(text: string, { comma }: { readonly comma: boolean }): readonly string[] {
  const lines = text.replaceAll('\r\n', '\n');
  const entries: string[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(lines);
    if (match !== null) at = pattern.lastIndex;
    return match ?? undefined;
  };
  take(comma ? betweenCommas : betweenLines);
  while (at < lines.length) {
    const entry =
      lines[at] === '"' ? unquote(take(quoted), take(quoteEnd)) : take(comma ? plainUntilComma : plainLine)?.[0];
    entries.push((entry ?? '').trim());
    take(comma ? betweenCommas : betweenLines);
  }
  return entries.filter((entry) => entry !== '');
}

/**
 * The `name=value` entries of a text, one a line; a value may have more of `=`.
 * @throws InputError SETTING_INVALID naming the number of the entry, never what it says: it may be a secret.
 */
export function parsePairs(text: string): readonly NamedValue[] {
  return parseEntries(text, { comma: false }).map((entry, index) => {
    const equals = entry.indexOf('=');
    const name = entry.slice(0, Math.max(equals, 0)).trim();
    if (name !== '') return { name, value: entry.slice(equals + 1) };
    throw invalid(
      `entry ${index + 1} is not name=value`,
      'write name=value, one a line; put an entry of several lines in double quotes',
    );
  });
}

function unquote(match: RegExpExecArray | undefined, end: RegExpExecArray | undefined): string {
  if (match === undefined) throw invalid('a quote is not closed', 'end the entry with a double quote');
  if (end === undefined)
    throw invalid('a quote ends within an entry', 'write a double quote inside of double quotes twice');
  return (match[1] ?? '').replaceAll('""', '"');
}

function invalid(message: string, wayOut: string): InputError {
  return new InputError({ code: 'SETTING_INVALID', message, wayOut });
}
