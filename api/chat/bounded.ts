/** Replies that fit into a comment. */

/** Longest reply: GitHub takes 65536 characters. */
const replyCharsMax = 60_000;

/** The parts as one text. What does not fit is left out from the end, and that is said: what matters most comes first. */
export function bounded(parts: readonly string[]): string {
  const kept: string[] = [];
  let chars = 0;
  for (const part of parts.filter((one) => one !== '')) {
    chars += part.length + 2;
    if (chars > replyCharsMax) return [...kept, '… shortened: the whole of it did not fit into a comment'].join('\n\n');
    kept.push(part);
  }
  return kept.join('\n\n');
}
