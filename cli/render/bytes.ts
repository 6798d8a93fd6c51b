/** Sizes for people, in powers of ten as container tools show them. */

const units = ['kB', 'MB', 'GB', 'TB'] as const;

/** A size with three digits or so: `512 B`, `1.9 MB`, `23 GB`. */
export function formatBytes(sizeBytes: number): string {
  if (sizeBytes < 1000) return `${sizeBytes} B`;
  let value = sizeBytes;
  let unit = 'B';
  for (const next of units) {
    if (value < 999.5) break;
    value /= 1000;
    unit = next;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}
