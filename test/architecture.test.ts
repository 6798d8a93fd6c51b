/** Who may import whom: test/import-rules.ts is the data, this reads the sources. */
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { exceptions, type FolderRule, folderRules, foldersWithoutRules, plainModules } from './import-rules.ts';
import { findCycle, listImports, resolveImport } from './import-scan.ts';
import { codeLines, isCode, listFiles, readText } from './repository-files.ts';

const files = listFiles();
const sources = files
  .filter((path) => isCode(path) && !path.startsWith('test/') && path.includes('/'))
  .map((path) => ({ path, imports: listImports(readText(path)) }));
const rules = folderRules.filter(({ later }) => later === undefined);

describe('the rules', () => {
  test('each rule has files it applies to', () => {
    const idle = rules.filter((rule) => !sources.some(({ path }) => ruleOf(path) === rule));
    expect(idle.map(({ folder }) => `${folder}/ has no files: remove its rule, or mark it as later`)).toEqual([]);
  });

  test('a folder that was to come later has not come', () => {
    const come = folderRules.filter(({ folder, later }) => later && files.some((path) => isIn(path, folder)));
    expect(come.map(({ folder }) => `${folder}/ is there: remove the word later from its rule`)).toEqual([]);
  });

  test('each folder has a rule', () => {
    const known = new Set([...folderRules.map(({ folder }) => folder.split('/')[0]), ...foldersWithoutRules]);
    const folders = new Set(files.filter((path) => path.includes('/')).map((path) => path.split('/')[0] ?? ''));
    const unknown = [...folders].filter((folder) => !known.has(folder));
    expect(unknown.map((folder) => `${folder}/ has no rule: add one to test/import-rules.ts`)).toEqual([]);
  });

  test('each exception is needed', () => {
    const idle = exceptions.flatMap(({ files: named, mayImport, mayTouch }) => {
      return named
        .filter((file) => !targetsOf(file).some((target) => isIn(target, mayImport ?? mayTouch ?? '')))
        .map((file) => `${file} does not use ${mayImport ?? mayTouch}: take it out of its exception`);
    });
    expect(idle).toEqual([]);
  });

  test('ARCHITECTURE.md has them as its table', () => {
    const [, section = ''] = readText('ARCHITECTURE.md').split('## Who may import whom\n');
    const table = section.split('\n## ')[0]?.match(/^\|.*\|$/gm) ?? [];
    expect(table.join('\n')).toBe(renderTable());
  });
});

describe('imports', () => {
  test('each folder imports what it may', () => {
    const breaches = sources.flatMap(({ path, imports }) => {
      const targets = imports.flatMap(({ specifier = '' }) => resolveImport(path, specifier) ?? []);
      const rule = ruleOf(path);
      const allowed = ['errors', ...(rule?.mayImport ?? []), ...exceptionFor(path, 'mayImport')];
      return targets
        .filter((target) => ruleOf(target) !== rule && !allowed.some((folder) => isIn(target, folder)))
        .map((target) => `${path} imports ${target}: ${rule?.folder}/ may import ${sayList(allowed)}`);
    });
    expect(breaches).toEqual([]);
  });

  test('each folder touches the packages and node: modules it may', () => {
    const breaches = sources.flatMap(({ path, imports }) => {
      const rule = ruleOf(path);
      const allowed = [
        ...(rule?.mayTouch ?? []),
        ...(rule?.pure ? [] : plainModules),
        ...exceptionFor(path, 'mayTouch'),
        ...(path.endsWith('/main.ts') ? ['node:process'] : []),
      ];
      return imports
        .flatMap(({ specifier = '' }) => (specifier === '' || specifier.startsWith('.') ? [] : specifier))
        .filter((name) => !allowed.some((one) => isIn(name, one)))
        .map((name) => `${path} touches ${name}: ${rule?.folder}/ may touch ${sayList(allowed)}`);
    });
    expect(breaches).toEqual([]);
  });

  test('each package that is touched is a dependency', () => {
    const { dependencies, devDependencies } = JSON.parse(readText('package.json'));
    const packagesFor = (path: string) =>
      Object.keys(path.startsWith('scripts/') ? { ...dependencies, ...devDependencies } : dependencies);
    const missing = sources
      .flatMap(({ path, imports }) => imports.map(({ specifier = '' }) => ({ path, specifier })))
      .filter(({ specifier }) => /^[a-z@]/.test(specifier) && !specifier.startsWith('node:'))
      .filter(({ path, specifier }) => !packagesFor(path).some((name) => isIn(specifier, name)))
      .map(({ path, specifier }) => `${path} imports ${specifier}: add it to the dependencies in package.json`);
    expect(missing).toEqual([]);
  });

  test('no import is computed, save that of the script which starts the command line', () => {
    const computed = sources
      .filter(({ path }) => path !== 'scripts/registry-action.mjs')
      .filter(({ imports }) => imports.some(({ specifier }) => specifier === undefined))
      .map(({ path }) => `${path} computes an import: name the file`);
    expect(computed).toEqual([]);
  });

  test('no file hands on what another exports', () => {
    const barrels = sources
      .filter(({ imports }) => imports.some(({ handedOn }) => handedOn))
      .map(({ path }) => `${path} exports what it imports: let others import it from where it is`);
    expect(barrels).toEqual([]);
  });

  test('there is no cycle', () => {
    const graph = sources.map(({ path, imports }): [string, string[]] => [
      path,
      imports.flatMap(({ specifier = '' }) => resolveImport(path, specifier) ?? []),
    ]);
    expect(findCycle(new Map(graph))?.join(' -> ')).toBeUndefined();
  });
});

describe('hosts', () => {
  test('only a main.ts reads the environment and the arguments of the process, or ends it', () => {
    const breaches = sources
      .filter(({ path }) => !path.endsWith('/main.ts') && !path.startsWith('scripts/'))
      .flatMap(({ path }) => codeLines(readText(path)).map((one) => ({ path, ...one })))
      .filter(({ line }) =>
        /\bprocess\s*\.\s*(env|argv|exit)\b|\{[^}]*\b(env|argv|exit)\b[^}]*\} = process\b/.test(line),
      )
      .map(({ path, number, line }) => `${path}:${number} ${line.trim()}: let the main.ts pass the value in`);
    expect(breaches).toEqual([]);
  });

  test('core/ and oci/spec/ run in any JavaScript host', async () => {
    const modules = sources.map(({ path }) => path).filter((path) => isIn(path, 'core') || isIn(path, 'oci/spec'));
    const bundle = await build({
      stdin: {
        contents: modules.map((path, index) => `export * as module${index} from './${path}';`).join('\n'),
        resolveDir: join(import.meta.dirname, '..'),
      },
      bundle: true,
      write: false,
      platform: 'browser',
      format: 'iife',
      globalName: 'ours',
      logLevel: 'silent',
    });
    const host = createContext({ TextDecoder, TextEncoder });
    runInContext(bundle.outputFiles[0]?.text ?? '', host);
    const ladder = `ours.module${modules.indexOf('core/ladder.ts')}`;
    const version = `ours.module${modules.indexOf('core/version.ts')}`;
    const move = runInContext(
      `${ladder}.planLadder({ version: ${version}.parseVersion('1.9.1'), existingTags: ['2.0.1'] }).move.map((m) => m.tag).join()`,
      host,
    );
    expect(move).toBe('1.9,1');
  });
});

describe('the scanner', () => {
  test.each([
    ["import { a } from './a.ts';", './a.ts', false],
    ["import type { A } from './a.ts';", './a.ts', false],
    ["import a, { type B } from 'a';", 'a', false],
    ["import * as a from 'a';", 'a', false],
    ["import {\n  a,\n  type B,\n} from '../a.ts';", '../a.ts', false],
    ["import 'a';", 'a', false],
    ["export { a } from './a.ts';", './a.ts', true],
    ["export * from './a.ts';", './a.ts', true],
    ["export type { A } from './a.ts';", './a.ts', true],
    ["const a = await import('./a.ts');", './a.ts', false],
    ['const a = await import(path);', undefined, false],
    ["type A = import('./a.ts').A;", './a.ts', false],
    ["    import('./a.ts'),", './a.ts', false],
    ["const a = require('a');", 'a', false],
    ['const load = createRequire(import.meta.url);', undefined, false],
  ])('%j imports %s', (text, specifier, handedOn) => {
    expect(listImports(text)).toEqual([{ specifier, handedOn }]);
  });

  test.each([
    "// import { a } from 'a';",
    " * import('a')",
    '  import(found: Found): void;',
    "export const from = 'a';",
    "Array.from('a');",
  ])('%j imports nothing', (text) => {
    expect(listImports(text)).toEqual([]);
  });

  test.each([
    [{ a: ['b'], b: ['c'], c: [] }, undefined],
    [{ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }, undefined],
    [{ a: ['b'], b: ['c', 'd'], c: [], d: ['b'] }, ['b', 'd', 'b']],
    [{ a: ['a'] }, ['a', 'a']],
  ])('the cycle of %j is %j', (graph, cycle) => {
    expect(findCycle(new Map(Object.entries(graph)))).toEqual(cycle);
  });
});

/** The rule with the longest folder that the path is in. */
function ruleOf(path: string): FolderRule | undefined {
  return folderRules.filter(({ folder }) => isIn(path, folder)).sort((a, b) => b.folder.length - a.folder.length)[0];
}

/** Whether the path is the folder or file, or below it; the same for packages and their submodules. */
function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function exceptionFor(path: string, kind: 'mayImport' | 'mayTouch'): readonly string[] {
  return exceptions.filter(({ files: named }) => named.includes(path)).flatMap((exception) => exception[kind] ?? []);
}

/** What the file imports: paths from the root for files of ours, names for all else. */
function targetsOf(file: string): readonly string[] {
  const imports = sources.find(({ path }) => path === file)?.imports ?? [];
  return imports.flatMap(({ specifier = '' }) => resolveImport(file, specifier) ?? specifier);
}

function renderTable(): string {
  const rows = folderRules
    .filter(({ folder }) => folder !== 'errors')
    .map(({ folder, mayImport, mayTouch }) => `| ${folder} | ${sayList(mayImport)} | ${sayList(mayTouch)} |`);
  return ['| folder | may import | may touch |', '| --- | --- | --- |', ...rows].join('\n');
}

function sayList(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ');
}
