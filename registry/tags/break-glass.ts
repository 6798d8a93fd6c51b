/** Asking for what the rules about tags refuse: by a header of its own with a reason, never by accident. */
import type { IncomingHttpHeaders } from 'node:http';
import { isTagReason, tagReasonCharsMax } from '../../core/tag-reason.ts';

/** The reason for breaking glass; its presence is the wish. */
export const breakGlassHeader = 'registry-action-break-glass';

export type BreakGlass =
  | { readonly kind: 'none' }
  | { readonly kind: 'asked'; readonly reason: string }
  | { readonly kind: 'malformed'; readonly why: string };

/** What a request asks for. Text beyond ASCII is UTF-8, as every client on a terminal sends it. */
export function readBreakGlass(headers: IncomingHttpHeaders): BreakGlass {
  const header = headers[breakGlassHeader];
  if (header === undefined) return { kind: 'none' };
  const reason = decodeUtf8(String(header))?.trim();
  if (reason !== undefined && isTagReason(reason)) return { kind: 'asked', reason };
  return {
    kind: 'malformed',
    why: `${breakGlassHeader} is a reason of 1 to ${tagReasonCharsMax} printable characters`,
  };
}

/** Node gives each byte of a header as one character. */
function decodeUtf8(header: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(header, 'latin1'));
  } catch {
    return undefined;
  }
}
