/** Markdown for comments, in which text of others says what it says and does nothing: no markup, no address, nobody notified. */

/** Stands between a sign and what it would act on; nobody sees it. */
const nothing = '\u200b';

/** Signs that Markdown reads; a backslash before them takes that away. */
const signs = /[\\`*_{}[\]()#+.!|~^$=:"'-]/g;

/**
 * The text on one line, every sign standing for itself.
 *
 * A backslash or an entity does not keep `@name` from notifying somebody, nor `#1` from becoming a reference: these are
 * looked for in what the markup comes to. So they are taken apart.
 *
 * Spec: GitHub Flavored Markdown 0.29, "Backslash escapes".
 */
export function plainText(text: string): string {
  return oneLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(signs, '\\$&')
    .replaceAll('@', `@${nothing}`)
    .replace(/\\#(?=\d)/g, `\\#${nothing}`)
    .replace(/\bGH(?=\\-\d)/gi, `$&${nothing}`)
    .replace(/\\:(?=\/\/)/g, `\\:${nothing}`)
    .replace(/www(?=\\\.)/gi, `$&${nothing}`);
}

/** Text in which no sign could end the code or the cell that it stands in. */
const harmless = /^[\w.,:;/@+() …-]+$/;

/**
 * The text as code within a line, also of a table: it is shown as it is, and acts on nothing. A back-tick or a bar would
 * have to be told apart from those of the code and of the table, which is done differently here and there; so such a
 * text is written as HTML.
 */
export function codeText(text: string): string {
  const line = oneLine(text);
  if (line === '' || harmless.test(line)) return line === '' ? '' : `\`${line}\``;
  return `<code>${line.replace(/[^\w ]/gu, (sign) => `&#${sign.codePointAt(0)};`)}</code>`;
}

/** Text of several lines as a block of code, in a fence longer than any run of its sign in the text. */
export function codeBlock(text: string, language = ''): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text}\n${fence}`;
}

/** A table; its cells are markup already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** What is folded until somebody looks. */
export function folded(title: string, content: string): string {
  return `<details><summary>${title}</summary>\n\n${content}\n\n</details>`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

/** Line breaks and other space as one space each, what does not print as a sign for that. */
function oneLine(text: string): string {
  return text
    .replace(/[\s\u2028\u2029]+/g, ' ')
    .replace(/[\p{Cc}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, '\ufffd')
    .trim();
}
