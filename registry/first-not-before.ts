/** Finding a place in sorted names: by halving, because listings are long and asked for often. */

/** Position of the first name, from `from` on, that does not come before the text; the length when all of them do. */
export function firstNotBefore(sorted: readonly string[], text: string, from = 0): number {
  let [low, high] = [from, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') < text) low = middle + 1;
    else high = middle;
  }
  return low;
}
