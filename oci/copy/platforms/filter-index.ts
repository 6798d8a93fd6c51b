/** An index with fewer manifests, everything else kept to the byte. */

/**
 * The text of an index without the entries of `manifests` that `isKept` says no to. What stays is cut out of the text
 * as it was written: read and written again it would lose what JSON readers do not keep, such as long numbers.
 *
 * The text must have been parsed as an index before.
 */
export function filterIndex(text: string, isKept: (at: number) => boolean): string {
  const [opening, ...separators] = entryBounds(text);
  const closing = separators.at(-1);
  if (opening === undefined || closing === undefined) return text;
  const entries = separators.map((end, at) => text.slice((separators[at - 1] ?? opening) + 1, end));
  const blanksAtEnd = /\s*$/.exec(entries.at(-1) ?? '')?.[0] ?? '';
  const kept = entries.filter((_, at) => isKept(at)).map((entry) => entry.trimEnd());
  return text.slice(0, opening + 1) + kept.join(',') + blanksAtEnd + text.slice(closing);
}

/** Where the list `manifests` of the outermost object opens, each comma between its entries, and where it closes. */
function entryBounds(text: string): readonly number[] {
  const tokens = /"(?:[^"\\]|\\.)*"|[[\]{}:,]/gs;
  const bounds: number[] = [];
  let depth = 0;
  let lastString = '';
  let isNext = false;
  for (const { 0: token, index } of text.matchAll(tokens)) {
    if (token === '{' || token === '[') depth += 1;
    const isBound = token === ',' || token === ']' || token === '[';
    if (isNext && token === '[' && depth === 2) bounds.push(index);
    else if (bounds.length > 0 && depth === 2 && isBound) bounds.push(index);
    if (bounds.length > 1 && depth === 2 && token === ']') return bounds;
    if (token === '}' || token === ']') depth -= 1;
    isNext = token === ':' && depth === 1 && lastString === 'manifests';
    if (token.startsWith('"')) lastString = String(JSON.parse(token));
  }
  return [];
}
