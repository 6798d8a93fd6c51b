/** Cutting a sorted listing into pages. Spec: distribution-spec v1.1.1, "Listing Tags". */
import { firstNotBefore } from '../first-not-before.ts';
import { type Answer, refusal } from './answer.ts';
import { onlyValue } from './request-target.ts';

/** Entries of one answer at most, whatever is asked for (CVE-2023-2253); the rest is behind the link. */
export const pageEntriesMax = 1_000;

export interface PageRequest {
  readonly entriesMax: number;
  /** The page begins after this entry, which need not exist. */
  readonly last: string | undefined;
}

export interface Page<Entry> {
  readonly entries: readonly Entry[];
  /** Whether more entries follow. */
  readonly more: boolean;
}

/** What `n` and `last` ask for, or the refusal of a malformed `n`. */
export function parsePageRequest(query: URLSearchParams): PageRequest | Answer {
  const last = onlyValue(query, 'last');
  if (!query.has('n')) return { entriesMax: pageEntriesMax, last };
  const text = onlyValue(query, 'n') ?? '';
  if (!/^\d+$/.test(text))
    return refusal(400, 'PAGINATION_NUMBER_INVALID', 'n is not a number', { detail: { n: text } });
  return { entriesMax: Math.min(Number(text), pageEntriesMax), last };
}

/** The page of a sorted listing. A page of nothing has nothing behind it, or a client would ask for ever. */
export function cutPage<Entry extends string>(
  sorted: readonly Entry[],
  { entriesMax, last }: PageRequest,
): Page<Entry> {
  // No text lies between one and the same with NUL behind it.
  const start = last === undefined ? 0 : firstNotBefore(sorted, `${last}\0`);
  const entries = sorted.slice(start, start + entriesMax);
  return { entries, more: entries.length > 0 && start + entries.length < sorted.length };
}

/** The header that leads to the next page. Spec: RFC 8288, "Web Linking". */
export function linkToNext(path: string, parameters: Readonly<Record<string, string>>): Record<string, string> {
  return { link: `<${path}?${new URLSearchParams(parameters)}>; rel="next"` };
}
