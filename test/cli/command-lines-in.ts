/** Command lines of ours in a text: pages and helps show them as people type them. */

/**
 * The words behind `registry-action` of every line that begins with it, after any `- `, `$ `, `npx ` and variables of its
 * own. A backslash at the end of a line joins the next to it. Quotes and variables are read as a shell does, as far as
 * pages use them: `$NAME` stays as it is.
 */
export function commandLinesIn(text: string): readonly (readonly string[])[] {
  const joined = text.replaceAll(/\\\n\s*/g, ' ');
  const line = /^[^\S\n]*(?:- )?(?:\$ )?(?:sh ')?(?:command: )?(?:npx )?registry-action ([^\n]*)$/gm;
  return [...joined.matchAll(line)].map(([, words = '']) => wordsIn(words.replace(/'$/, (end) => end)));
}

/** A word is bare, or in quotes, or both in a row; what follows `<`, `>`, `|`, `&&` or `||` is another program's. */
function wordsIn(line: string): readonly string[] {
  const [own = ''] = line.split(/\s(?:<|>|\||&&|\|\|)\s/);
  return [...own.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replaceAll(/["']/g, ''));
}
