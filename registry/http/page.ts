/** Cutting a sorted listing into pages. Spec: distribution-spec v1.1.1, "Listing Tags". */
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
  const start = last === undefined ? 0 : firstAfter(sorted, last);
  const entries = sorted.slice(start, start + entriesMax);
  return { entries, more: entries.length > 0 && start + entries.length < sorted.length };
}

/** The header that leads to the next page. Spec: RFC 8288, "Web Linking". */
export function linkToNext(path: string, parameters: Readonly<Record<string, string>>): Record<string, string> {
  return { link: `<${path}?${new URLSearchParams(parameters)}>; rel="next"` };
}

/** Position of the first entry greater than `last`: halving, because listings are long and pages many. */
function firstAfter(sorted: readonly string[], last: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') <= last) low = middle + 1;
    else high = middle;
  }
  return low;
}
