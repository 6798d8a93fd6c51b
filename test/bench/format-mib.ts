/** Memory as the reports write it. */
import { roundTo } from './spread.ts';

/** `104.3 MiB`. */
export function formatMib(bytes: number): string {
  return `${roundTo(bytes / 1024 ** 2, 1)} MiB`;
}
