/** The place of a chunk in its upload. */

export interface ContentRange {
  readonly start: number;
  readonly lengthBytes: number;
}

/** Not the form of RFC 9110: no unit, no total, both ends included. */
const contentRangeGrammar = /^(\d{1,15})-(\d{1,15})$/;

/** The range in a Content-Range header; undefined when it is malformed. Spec: distribution-spec v1.1.1, "Pushing a blob in chunks". */
export function parseContentRange(header: string): ContentRange | undefined {
  const [, first, last] = contentRangeGrammar.exec(header) ?? [];
  if (first === undefined || last === undefined) return undefined;
  const lengthBytes = Number(last) - Number(first) + 1;
  return lengthBytes > 0 ? { start: Number(first), lengthBytes } : undefined;
}
