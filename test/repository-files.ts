/** The files of this repository, for the tests that read it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Paths of all files, from the root, with slashes, in alphabetical order; what .gitignore names is left out. */
export function listFiles(): readonly string[] {
  const ignored = ['.git', ...readText('.gitignore').split('\n')].map((line) => line.replace(/^\/|\/$/g, ''));
  const paths: string[] = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !ignored.includes(entry.name)) folders.push(path);
      if (entry.isFile() && !/\.(log|tgz)$/.test(path)) paths.push(path);
    }
  }
  return paths.sort();
}

/** The file's text; the path is from the root. */
export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Whether the path is code of ours. */
export function isCode(path: string): boolean {
  return /\.(ts|mjs)$/.test(path);
}

/** Whether the path is of the test suite or of a tool's configuration, where other rules hold. */
export function isTest(path: string): boolean {
  return path.startsWith('test/') || path.endsWith('.config.ts');
}

/** The code's lines with their numbers, without those that are comments. */
export function codeLines(text: string): readonly { readonly number: number; readonly line: string }[] {
  return text
    .split('\n')
    .map((line, index) => ({ number: index + 1, line }))
    .filter(({ line }) => !/^\s*(\/\/|\/\*|\*)/.test(line));
}
