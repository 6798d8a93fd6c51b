/** The licences of the packages in a bundle, as the page that goes with it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The page for the packages that the files are of; files of ours are passed over. Paths are from the root. */
export function renderLicences(root: string, files: readonly string[]): string {
  const packages = [...new Set(files.flatMap((file) => packageOf(root, file) ?? []))].map((directory) => {
    const { name, version, license } = parsePackage(readFileSync(join(root, directory, 'package.json'), 'utf8'));
    return { title: `${name} ${version} (${license})`, text: licenceText(join(root, directory)) };
  });
  const sections = new Map(packages.map(({ title, text }) => [title, text]));
  const rule = '-'.repeat(78);
  return [...sections]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([title, text]) => `${title}\n${rule}\n\n${text}\n`)
    .join('\n');
}

/** The innermost package that the file is of; esbuild writes paths with slashes and a namespace before some. */
function packageOf(root: string, file: string): string | undefined {
  if (!file.includes('node_modules/') || file.includes(':')) return undefined;
  for (let directory = dirname(file); directory.includes('node_modules'); directory = dirname(directory)) {
    const path = join(root, directory, 'package.json');
    // Some packages have folders with a package.json that only says of what sort their modules are.
    if (existsSync(path) && 'version' in JSON.parse(readFileSync(path, 'utf8'))) return directory;
  }
  throw new Error(`${file} is of no package`);
}

interface Package {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

function parsePackage(text: string): Package {
  const { name, version, license } = JSON.parse(text) as Partial<Package>;
  if (name === undefined || version === undefined || typeof license !== 'string') {
    throw new Error(`a package does not say its licence: ${name}`);
  }
  return { name, version, license };
}

/** The texts of the package's licence and notice files. */
function licenceText(directory: string): string {
  const names = readdirSync(directory)
    .filter((name) => /^(licen[cs]e|notice|copying)(\.|-|$)/i.test(name))
    .sort();
  if (names.length === 0) return 'The package has no file with its licence; the name above is from its package.json.';
  return names.map((name) => readFileSync(join(directory, name), 'utf8').replaceAll('\r\n', '\n').trim()).join('\n\n');
}
