/** The known name somebody probably meant: suggestions for mistyped keys, names and routes. */

/** Longest text that is compared: the distance costs the product of both lengths, and longer ones are no typing errors. */
const comparedCharsMax = 200;

/**
 * The candidate nearest to the text by edits (insert, delete, replace, swap neighbours), or undefined when none is
 * near: at most a third of the longer name may differ. Capitals do not count. Of equals the first wins.
 */
export function nearestName(text: string, candidates: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const longer = Math.max(text.length, candidate.length);
    if (longer > comparedCharsMax) continue;
    const edits = editDistance(text.toLowerCase(), candidate.toLowerCase());
    if (edits > Math.max(1, Math.floor(longer / 3)) || edits >= least || edits >= candidate.length) continue;
    nearest = candidate;
    least = edits;
  }
  return nearest;
}

/** Least number of edits between two texts (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = at(last, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const swapped =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
          ? at(beforeLast, column - 2) + 1
          : Number.POSITIVE_INFINITY;
      current.push(Math.min(at(last, column) + 1, at(current, column - 1) + 1, replaced, swapped));
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
