/** Listings over several pages: complete, or an error. */

import type { Exchange, RegistryRequest } from './exchange.ts';
import type { Scope } from './sign-in/scope.ts';
import type { Answer } from './wire/answer.ts';
import { parseNextLink } from './wire/link-header.ts';
import { type Asked, brokenAnswer, readRefusal, refusalError, throwRefusal } from './wire/refusal.ts';

/** One kind of listing. */
export interface Listing<T> {
  /** First page, without parameters. */
  readonly url: URL;
  readonly asked: Asked;
  readonly scopes: readonly Scope[];
  /** Name of the list in a page. */
  readonly field: 'tags' | 'repositories';
  readonly isEntry: (text: string) => text is T & string;
  /** Codes of a 404 that mean an empty list. */
  readonly emptyCodes: ReadonlySet<string>;
}

/**
 * Entries asked for per page. ECR refuses more and distribution refuses more in its catalog; whoever refuses as many
 * is asked without a number.
 */
const pageEntries = 1000;

/** Answers to a page size that is too large: distribution's and Quay's. */
const pageTooLargeStatuses: ReadonlySet<number> = new Set([400, 413]);

/** Largest page. Registries that do not page answer with everything: 4 MiB hold some 200 000 tags. */
const pageSizeBytesMax = 8 * 1024 * 1024;

/** Most pages of one listing, so that a registry cannot keep us busy for ever. */
const pagesMax = 2_000;

interface Page<T> {
  readonly entries: readonly T[];
  readonly next: URL | undefined;
  /** Whether it holds as many entries as were asked for, so that there may be more. */
  readonly isFull: boolean;
}

/**
 * Every entry once, in the registry's order. Throws rather than end early: whoever moves a tag after looking at a list
 * must have seen all of it.
 *
 * @throws RegistryError REGISTRY_ANSWER_INVALID for a page that cannot be read, leads to another origin, or back.
 */
export async function* listEntries<T extends string>(
  exchange: Exchange,
  listing: Listing<T>,
  signal?: AbortSignal,
): AsyncIterable<T> {
  const sized = new URL(listing.url);
  sized.searchParams.set('n', String(pageEntries));
  let page = await fetchFirstPage(exchange, listing, sized, signal);
  const seenPages = new Set<string>([sized.href]);
  const seen = new Set<T>();
  for (;;) {
    const fresh = new Set(page.entries.filter((entry) => !seen.has(entry)));
    for (const entry of fresh) seen.add(entry);
    yield* fresh;
    const next = page.next ?? (page.isFull && fresh.size > 0 ? pageAfter(sized, page.entries) : undefined);
    if (next === undefined) return;
    if (seenPages.has(next.href)) throw incomplete(listing, 'a page leads back to an earlier one');
    if (seenPages.size === pagesMax) throw incomplete(listing, `more than ${pagesMax} pages`);
    seenPages.add(next.href);
    page = await fetchPage(exchange, listing, next, signal);
  }
}

/**
 * What comes after a page that is full to the last entry and has no link: registries older than the link page all the
 * same, and those that do not page answer with what is known already.
 */
function pageAfter<T extends string>(sized: URL, entries: readonly T[]): URL {
  const url = new URL(sized);
  url.searchParams.set('last', entries.at(-1) ?? '');
  return url;
}

/** The first page, which alone may be absent, or be refused for the number asked for. */
async function fetchFirstPage<T extends string>(
  exchange: Exchange,
  listing: Listing<T>,
  sized: URL,
  signal: AbortSignal | undefined,
): Promise<Page<T>> {
  const first = await exchange.send<Page<T> | 'too large'>(pageRequest(listing, sized, signal), async (answer) => {
    if (answer.status === 200) return await readPage(answer, exchange, listing);
    return pageTooLargeStatuses.has(answer.status) ? 'too large' : await readAbsence(answer, listing);
  });
  if (first !== 'too large') return first;
  return await exchange.send(pageRequest(listing, listing.url, signal), async (answer) =>
    answer.status === 200 ? await readPage(answer, exchange, listing) : await readAbsence(answer, listing),
  );
}

async function fetchPage<T extends string>(
  exchange: Exchange,
  listing: Listing<T>,
  url: URL,
  signal: AbortSignal | undefined,
): Promise<Page<T>> {
  return await exchange.send(pageRequest(listing, url, signal), async (answer) =>
    answer.status === 200 ? await readPage(answer, exchange, listing) : await throwRefusal(answer, listing.asked),
  );
}

function pageRequest<T>(listing: Listing<T>, url: URL, signal: AbortSignal | undefined): RegistryRequest {
  const { asked, scopes } = listing;
  return { method: 'GET', url, asked, scopes, headers: { accept: 'application/json' }, signal };
}

/** The empty page that a 404 with the right code means; any other refusal is an error. */
async function readAbsence<T>(answer: Answer, listing: Listing<T>): Promise<Page<T>> {
  const refusal = await readRefusal(answer);
  const isEmpty = refusal.status === 404 && refusal.specCodes.some((code) => listing.emptyCodes.has(code));
  if (isEmpty) return { entries: [], next: undefined, isFull: false };
  throw refusalError(refusal, listing.asked);
}

async function readPage<T extends string>(answer: Answer, exchange: Exchange, listing: Listing<T>): Promise<Page<T>> {
  const { asked } = listing;
  const bytes = await answer.readBytes(pageSizeBytesMax);
  if (bytes === undefined) throw brokenAnswer(answer, asked, `a page of more than ${pageSizeBytesMax} bytes`);
  const entries = parseEntries(new TextDecoder().decode(bytes), listing);
  if (entries === undefined) throw brokenAnswer(answer, asked, 'a page that is no list');
  const isFull = entries.length === pageEntries && answer.url.searchParams.get('n') === String(pageEntries);
  return { entries, next: nextPage(answer, exchange, asked), isFull };
}

/** The page's entries, all of the right form; null stands for none, as several registries write it. */
function parseEntries<T extends string>(text: string, listing: Listing<T>): readonly T[] | undefined {
  const entries = parseField(text, listing.field);
  if (entries === null) return [];
  if (!Array.isArray(entries)) return undefined;
  const valid = entries.filter((entry): entry is T => typeof entry === 'string' && listing.isEntry(entry));
  return valid.length === entries.length ? valid : undefined;
}

function parseField(text: string, field: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null
      ? (value as Readonly<Record<string, unknown>>)[field]
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The page after this one; undefined after the last. The registry writes the header, so the authorization goes where it
 * says: only to the registry itself.
 * @throws RegistryError REGISTRY_ANSWER_INVALID.
 */
export function nextPage(answer: Answer, exchange: Exchange, asked: Asked): URL | undefined {
  const next = parseNextLink(answer.header('link'));
  switch (next.kind) {
    case 'last':
      return undefined;
    case 'broken':
      throw brokenAnswer(answer, asked, 'a Link that cannot be read');
    case 'next': {
      const url = URL.parse(next.target, answer.url.href);
      if (url?.origin === exchange.endpoint.url.origin) return url;
      throw brokenAnswer(answer, asked, `a Link to another origin: ${url?.origin ?? 'none'}`);
    }
  }
}

function incomplete<T extends string>(listing: Listing<T>, why: string): Error {
  return brokenAnswer({ status: 200 }, listing.asked, why);
}
