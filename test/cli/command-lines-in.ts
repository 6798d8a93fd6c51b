/** Command lines of ours in a text: pages and helps show them as people type them. */

/** What ends in a backslash, or is folded as YAML does behind `>-`, goes on in the next line. */
const folded = /^( *)(?:- )?(?:\w+: )?>-\n((?:\1 +\S[^\n]*\n)+)/gm;

/** Ours, wherever in the line: behind a dash, a key, a pipe or the quote of another language. */
const ours = /(?:^|[\s'"])registry-action ((?:release|copy|tags|promote|rollback|status)\b[^\n]*)$/gm;

/**
 * The words behind `registry-action`, of every command line in the text. Quotes are taken off as a shell does, as far as
 * pages use them; variables stay as they are written.
 */
export function commandLinesIn(text: string): readonly (readonly string[])[] {
  const lines = text
    .replaceAll(/\\\n\s*/g, ' ')
    .replaceAll(folded, (_, indent: string, body: string) => `${indent}${body.trim().replaceAll(/\s*\n\s*/g, ' ')}\n`);
  return [...lines.matchAll(ours)].map(([found, words = '']) =>
    wordsIn(found.startsWith("'") ? words.replace(/'$/, '') : words),
  );
}

/** A word is bare, or in quotes, or both in a row; what follows `<`, `>`, `|`, `&&` or `||` is another program's. */
function wordsIn(line: string): readonly string[] {
  const [own = ''] = line.split(/\s(?:<|>|\||&&|\|\|)\s/);
  return [...own.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replaceAll(/["']/g, ''));
}
