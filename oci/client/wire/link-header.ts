/** `Link` headers: where a listing goes on. */

/** One link: its target in angle brackets, and parameters up to the next comma outside of quotes. */
const link = /\s*<([^>]*)>((?:\s*;\s*[^\s"=;,]+\s*(?:=\s*(?:"[^"]*"|[^\s",;]*))?)*)\s*(?:,|$)/gy;

/** What a header says of the next page. */
export type NextLink =
  | { readonly kind: 'last' }
  | { readonly kind: 'next'; readonly target: string }
  | { readonly kind: 'broken' };

/**
 * The link with `rel="next"`. A header that cannot be read to its end is `broken`, never `last`: a listing must not
 * seem complete because of it. Spec: RFC 8288, section 3; distribution-spec v1.1.1, "Listing Tags".
 */
export function parseNextLink(header: string | undefined): NextLink {
  if (header === undefined || header.trim() === '') return { kind: 'last' };
  let readTo = 0;
  let next: string | undefined;
  for (const found of header.matchAll(link)) {
    const [whole, target = '', parameters = ''] = found;
    readTo = found.index + whole.length;
    if (next === undefined && isNext(parameters)) next = target;
  }
  if (readTo < header.trimEnd().length) return { kind: 'broken' };
  return next === undefined ? { kind: 'last' } : { kind: 'next', target: next };
}

/** `rel` holds one relation or several, separated by spaces. */
function isNext(parameters: string): boolean {
  const [, quoted, plain] = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))/i.exec(parameters) ?? [];
  return (quoted ?? plain ?? '').toLowerCase().split(/\s+/).includes('next');
}
