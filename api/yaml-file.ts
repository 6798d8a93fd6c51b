/** A YAML text as plain values, with the line of each key for messages. */
import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { ConfigProblem, KeyPath } from './config-problem.ts';

/** Largest configuration we read: a thousand apps take a tenth of it. */
export const configSizeBytesMax = 1024 * 1024;

/** Most aliases that are expanded: more is a file made to exhaust memory. */
const aliasesMax = 100;

/** Most syntax faults reported of one file: after the first few, the rest are consequences. */
const syntaxProblemsMax = 10;

/** A YAML text that was read. */
export interface YamlFile {
  readonly value: unknown;
  /** Syntax faults; `value` is undefined when there are any. */
  readonly problems: readonly (ConfigProblem & { readonly line: number })[];
  /** Line of the key at the path, or of its nearest parent that is there. Counted from 1. */
  lineOf(path: KeyPath): number;
}

/** Reads a YAML text. Messages name the kind of fault and its line, never the text: it may hold a secret. */
export function readYaml(text: string): YamlFile {
  const lines = new LineCounter();
  if (new TextEncoder().encode(text).length > configSizeBytesMax) {
    return broken([{ path: [], line: 1, message: `larger than ${configSizeBytesMax} bytes` }]);
  }
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const problems = document.errors.slice(0, syntaxProblemsMax).map((error) => ({
    path: [],
    line: lines.linePos(error.pos[0]).line,
    message: syntaxMessages[error.code] ?? `not valid YAML (${error.code.toLowerCase().replaceAll('_', ' ')})`,
  }));
  if (problems.length > 0) return broken(problems);
  const value = plainValue(document);
  if (value === unreadable) return broken([{ path: [], line: 1, message: aliasMessage }]);
  return {
    value,
    problems: [],
    lineOf: (path) => lines.linePos(offsetOf(document.contents, path)).line,
  };
}

const unreadable = Symbol('unreadable');
const aliasMessage = 'an alias names no anchor, or expands without end: write the value out';

/** The document as plain values, or `unreadable` when its aliases do not resolve. */
function plainValue(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: aliasesMax });
  } catch {
    return unreadable;
  }
}

function broken(problems: YamlFile['problems']): YamlFile {
  return { value: undefined, problems, lineOf: () => 1 };
}

const syntaxMessages: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'a key is written twice',
  TAB_AS_INDENT: 'indented with a tab: YAML takes spaces only',
  BAD_INDENT: 'wrongly indented, or a bracket is not closed',
  BAD_SCALAR_START: 'a text that begins with a special character must stand in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'two keys in one line: put the value in quotes, or the second key on a line of its own',
  MISSING_CHAR: 'a quote, bracket, comma or colon is missing',
  MULTIPLE_DOCS: 'more than one document in the file',
};

/** Offset of the last key of the path that is there. */
function offsetOf(root: Node | null, path: KeyPath): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((each) => isScalar(each.key) && String(each.key.value) === String(key));
      if (!isPair(pair) || !isScalar(pair.key)) return offset;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
    } else return offset;
  }
  return offset;
}
