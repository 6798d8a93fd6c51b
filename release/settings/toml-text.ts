/** One text of a TOML file, found without reading the rest: enough for the version of a package. */

/**
 * The text at a dotted key such as `package.version`, in single or double quotes on one line; undefined when there is
 * none. What stands in strings of several lines is passed over. Arrays of tables and inline tables are not looked into.
 */
export function readTomlText(text: string, key: string): string | undefined {
  let table = '';
  let openQuotes: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (openQuotes !== undefined) {
      if (line.includes(openQuotes)) openQuotes = undefined;
      continue;
    }
    const header = /^\s*\[(\[?)\s*([^\]]+?)\s*\]/.exec(line);
    if (header !== null) {
      table = header[1] === '' ? plainKey(header[2] ?? '') : '[]';
      continue;
    }
    const [, written = '', value = ''] = /^\s*([\w\s."'-]+?)\s*=\s*(.*)$/.exec(line) ?? [];
    openQuotes = openingQuotes(value);
    if (plainKey(table === '' ? written : `${table}.${written}`) === key) return readQuoted(value);
  }
  return undefined;
}

/** Without quotes and the space around its dots. */
function plainKey(written: string): string {
  return written.replaceAll(/["']/g, '').replaceAll(/\s*\.\s*/g, '.');
}

/** The three quotes of a string that goes on below; undefined when it ends on its line, or is of one line. */
function openingQuotes(value: string): string | undefined {
  const [quotes] = /^("""|''')/.exec(value) ?? [];
  return quotes !== undefined && !value.slice(quotes.length).includes(quotes) ? quotes : undefined;
}

function readQuoted(value: string): string | undefined {
  const [, double, single] = /^(?:"([^"\\]*)"|'([^']*)')/.exec(value) ?? [];
  return double ?? single;
}
