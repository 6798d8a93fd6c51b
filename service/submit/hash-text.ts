/** The hash that the pure domain is given. */
import { createHash } from 'node:crypto';

/** sha256 of the text's UTF-8 bytes, as `sha256:hex`. */
export function sha256Text(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
