/** The part of a blob that a request asks for. */

export type ByteRange =
  | { readonly kind: 'whole' }
  /** Both ends included. */
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  | { readonly kind: 'unsatisfiable' };

const rangeGrammar = /^bytes=(\d*)-(\d*)$/;

/**
 * What a Range header asks of so many bytes. Several ranges, other units and nonsense are ignored, which the standard
 * allows: the whole is never wrong. A range that ends before it begins is unsatisfiable, as the conformance suite has it.
 *
 * Spec: distribution-spec v1.1.1, "Pulling blobs"; RFC 9110, "Range Requests".
 */
export function parseByteRange(header: string | undefined, sizeBytes: number): ByteRange {
  const [, first, last] = rangeGrammar.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return { kind: 'whole' };
  if (first === '') return part(Math.max(0, sizeBytes - Number(last)), sizeBytes - 1);
  const end = last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  return part(Number(first), end);
}

function part(start: number, end: number): ByteRange {
  return start <= end ? { kind: 'part', start, end } : { kind: 'unsatisfiable' };
}
