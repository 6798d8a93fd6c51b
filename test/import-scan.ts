/** What a file imports, type-only imports included. */
import { posix } from 'node:path';
import { codeLines } from './repository-files.ts';

export interface Import {
  /** As written; undefined when it is computed, so that nobody can tell. */
  readonly specifier: string | undefined;
  /** Whether it is handed on: `export … from`. */
  readonly handedOn: boolean;
}

/** All imports of a text of code: static, handed on, for effects, dynamic, as a type, and by require. */
export function listImports(text: string): readonly Import[] {
  const statements = text.matchAll(/^(import|export)\s+(?:type\s+)?(?:[\w\s{},*$]*?\bfrom\s+)?['"]([^'"]+)['"]/gm);
  const calls = codeLines(text).flatMap(({ line }) => [
    // A method may be called import: at the start of a line only what names a file is an import.
    ...line.matchAll(/(?<![\w.$])(?<!^\s*)(?:import|require|createRequire)\(\s*(?:['"]([^'"]+)['"])?/g),
    ...line.matchAll(/^\s*import\(\s*['"]([^'"]+)['"]/g),
  ]);
  return [
    ...[...statements].map(([, keyword, specifier]) => ({ specifier, handedOn: keyword === 'export' })),
    ...calls.map(([, specifier]) => ({ specifier, handedOn: false })),
  ];
}

/** Path from the root of what a relative specifier in the file names; undefined for packages and node: modules. */
export function resolveImport(file: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : undefined;
}

/** A path of imports that leads back to its first file; undefined when there is none. */
export function findCycle(imports: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const cleared = new Set<string>();
  for (const start of imports.keys()) {
    const path: string[] = [];
    const left: { readonly file: string; readonly depth: number }[] = [{ file: start, depth: 0 }];
    for (let step = left.pop(); step !== undefined; step = left.pop()) {
      for (const done of path.splice(step.depth)) cleared.add(done);
      if (path.includes(step.file)) return [...path.slice(path.indexOf(step.file)), step.file];
      if (cleared.has(step.file)) continue;
      path.push(step.file);
      for (const file of imports.get(step.file) ?? []) left.push({ file, depth: path.length });
    }
    for (const done of path) cleared.add(done);
  }
  return undefined;
}
