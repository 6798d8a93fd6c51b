/** The tables of a page. */

/**
 * The rows of the first table under the heading, each as its cells; without the head, and without rows that are titles
 * within the table. As many cells as the head has.
 */
export function rowsUnder(page: string, heading: string): readonly (readonly string[] & { readonly 0: string })[] {
  const [, section] = page.split(`\n## ${heading}\n`);
  if (section === undefined) throw new Error(`no such heading: ${heading}`);
  const lines = section.split('\n## ')[0]?.split('\n') ?? [];
  const first = lines.findIndex((line) => line.startsWith('|'));
  const length = lines.slice(first).findIndex((line) => !line.startsWith('|'));
  const rows = lines.slice(first, length === -1 ? undefined : first + length).map(cellsOf);
  return rows.slice(2).filter(([cell]) => !cell.startsWith('**'));
}

function cellsOf(line: string): readonly string[] & { readonly 0: string } {
  const [, first = '', ...others] = line.split('|').map((cell) => cell.trim());
  return [first, ...others.slice(0, -1)];
}
