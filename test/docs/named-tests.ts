/** Tests that a page names: a file, and titles of tests, groups or cases in it. */
import { listFiles, readText } from '../repository-files.ts';

export interface NamedTest {
  readonly file: string;
  readonly title: string;
}

const files = new Set(listFiles());

/** The tests that the cell of a table names, files apart by semicolons: `test/a.test.ts`: “title”, “title”. */
export function namedTestsIn(cell: string): readonly NamedTest[] {
  return cell.split('; ').flatMap((part) => {
    const [, file = ''] = /^`(test\/[^`]+)`: /.exec(part) ?? [];
    return [...part.matchAll(/“([^”]+)”/g)].map(([, title = '']) => ({ file, title }));
  });
}

/** Whether the file is there and has such a title. */
export function hasNamedTest({ file, title }: NamedTest): boolean {
  if (!files.has(file)) return false;
  const text = readText(file);
  return ["'", '"', '`'].some((quote) => text.includes(`${quote}${title}${quote}`));
}
