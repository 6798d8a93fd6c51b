/** JSON that means the same to every reader: no key twice, no bottomless nesting. */

/** Deepest nesting we read. Manifests need about six levels; more is an attempt to exhaust somebody's stack. */
export const jsonNestingMax = 64;

/**
 * The value of a JSON text. Readers differ in which of two equal keys they take, so a manifest with a key twice could
 * be one image to the scanner and another to the runtime; it is refused.
 * @throws SyntaxError when it is not JSON, names a key twice in one object, or nests deeper than `jsonNestingMax`.
 */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  assertStrict(text);
  return value;
}

/** Walks a text known to be JSON: a string is a key exactly when a colon follows it. */
function assertStrict(text: string): void {
  const tokens = /"(?:[^"\\]|\\.)*"|[[\]{}:]/gs;
  const keysOfOpen: Set<string>[] = [];
  let lastString = '';
  for (const [token] of text.matchAll(tokens)) {
    if (token === '{' || token === '[') {
      keysOfOpen.push(new Set());
      if (keysOfOpen.length > jsonNestingMax) throw new SyntaxError(`nested deeper than ${jsonNestingMax} levels`);
    } else if (token === '}' || token === ']') {
      keysOfOpen.pop();
    } else if (token === ':') {
      addKey(keysOfOpen.at(-1), lastString);
    } else {
      lastString = token;
    }
  }
}

/** `"a"` and its escaped spelling are the same key, so the literal is decoded before it is compared. */
function addKey(keys: Set<string> | undefined, literal: string): void {
  const key = literal.includes('\\') ? String(JSON.parse(literal)) : literal.slice(1, -1);
  if (keys?.has(key)) throw new SyntaxError(`key written twice: ${literal}`);
  keys?.add(key);
}
