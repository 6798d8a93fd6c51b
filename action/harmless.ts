/** A line of the log that cannot command the runner. */

/**
 * The line without control characters, and without what makes a command of it. The runner obeys lines that begin with
 * `::`, after any space, and what follows `##[` anywhere in a line; texts of registries and commits come from others.
 */
export function harmless(line: string): string {
  return line
    .replaceAll(/[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, ' ')
    .replaceAll('##[', '# #[')
    .replace(/^(\s*)::/, '$1: :');
}
