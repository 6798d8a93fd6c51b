/** Turns, so that nobody is always first. */

/** The names from another one on. */
export function rotate<Name>(all: readonly Name[], by: number): readonly Name[] {
  const start = by % all.length;
  return [...all.slice(start), ...all.slice(0, start)];
}
