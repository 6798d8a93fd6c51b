/** How content is compressed, by how it begins. */

export type Compression = 'gzip' | 'zstd' | 'none';

/** Read from the first four bytes. Spec: RFC 1952, section 2.3.1; RFC 8878, section 3.1.1. */
export function compressionOf(beginning: Uint8Array): Compression {
  const [first, second, third, fourth] = beginning;
  if (first === 0x1f && second === 0x8b) return 'gzip';
  if (first === 0x28 && second === 0xb5 && third === 0x2f && fourth === 0xfd) return 'zstd';
  return 'none';
}
