/** Fences: how our registry refuses a tag write by a lane that a newer command has overtaken. */
import type { Answer } from './wire/answer.ts';

/** Counter of the lane token that writes a tag, in a request; of the highest that has, in an answer. In decimal. */
export const fenceHeader = 'registry-action-fence';

/** `{ fence }`, or `{}` where the registry keeps none: a field to spread. */
export function parseFence(answer: Answer): { readonly fence?: number } {
  const written = answer.header(fenceHeader) ?? '';
  return /^\d{1,15}$/.test(written) ? { fence: Number(written) } : {};
}
