/**
 * The lane token that travels with a tag write. Registries have no compare-and-swap, so a frozen worker's write may land
 * after a newer one; this registry remembers the highest token that wrote a tag and refuses a lower one.
 */

/** On a manifest PUT by tag: the writer's token. On GET and HEAD of a tag: the highest so far. */
export const fenceHeader = 'registry-action-fence';

/** The token in a header: a decimal number; undefined when malformed. */
export function parseFence(header: string): number | undefined {
  const fence = /^\d{1,16}$/.test(header) ? Number(header) : Number.NaN;
  return Number.isSafeInteger(fence) ? fence : undefined;
}
