/** Patterns of git refs: `refs/heads/main`, `refs/tags/v*`, `refs/heads/release/**`. */

/** Whether the ref has the form: `*` stands for anything without a slash, `**` for anything, all else for itself. */
export function matchesRefPattern(ref: string, pattern: string): boolean {
  let reached: readonly boolean[] = [true];
  for (const part of pattern.split(/(\*+)/)) {
    if (part === '') continue;
    reached = part.startsWith('*') ? afterStar(ref, reached, part.length > 1) : afterText(ref, reached, part);
  }
  return reached[ref.length] === true;
}

/** Where the ref may be read on from after the text, given where it may be before: no way is tried twice. */
function afterText(ref: string, reached: readonly boolean[], text: string): readonly boolean[] {
  const next = Array<boolean>(ref.length + 1).fill(false);
  for (const [at, isReached] of reached.entries()) {
    if (isReached && ref.startsWith(text, at)) next[at + text.length] = true;
  }
  return next;
}

function afterStar(ref: string, reached: readonly boolean[], crossesSlashes: boolean): readonly boolean[] {
  const next: boolean[] = [];
  for (let at = 0; at <= ref.length; at++) {
    const goesOn = next[at - 1] === true && (crossesSlashes || ref[at - 1] !== '/');
    next.push(goesOn || reached[at] === true);
  }
  return next;
}
