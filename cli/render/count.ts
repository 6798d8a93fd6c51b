/** Numbers of things, in words. */

/** `1 tag`, `2 tags`; things whose plural is not made by an s bring it along. */
export function countOf(count: number, thing: string, things = `${thing}s`): string {
  return `${count} ${count === 1 ? thing : things}`;
}
