/** The referrers API of one repository, where the registry has it. */
import { assertReferrerCount } from '../copy/referrers/referrer-limits.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import type { Digest } from '../spec/digest.ts';
import { manifestSizeBytesMax, parseManifest } from '../spec/manifest.ts';
import { mediaTypes } from '../spec/media-type.ts';
import { nextPage } from './listing.ts';
import { type Remote, urlBelow } from './remote.ts';
import type { Answer } from './wire/answer.ts';
import {
  type Asked,
  brokenAnswer,
  readRefusal,
  refusalError,
  repositoryUnknownCodes,
  throwRefusal,
} from './wire/refusal.ts';

/** What stands for a list where there is none: the API is missing for good, or this once it did not answer as one. */
export type NoReferrerList = 'no such API' | 'no answer';

/** Most pages of one listing, so that a registry cannot keep us busy for ever. */
const pagesMax = 1_000;

/** Most redirects within the registry that we follow to the first page. */
const redirectsMax = 3;

interface Page {
  readonly entries: readonly Descriptor[];
  readonly next: URL | undefined;
}

/** The page, or where it is. */
type FirstPage = Page | URL | NoReferrerList;

/**
 * Every referrer of the subject, once, as the registry lists it; or why there is no such list. A page that is no list
 * says on the first request that there is no API, later on it is an error.
 *
 * Spec: distribution-spec v1.1.1, "Listing Referrers".
 * @throws RegistryError rather than end early; IntegrityError MANIFEST_INVALID.
 */
export async function listReferrersByApi(
  remote: Remote,
  subject: Digest,
  signal?: AbortSignal,
): Promise<readonly Descriptor[] | NoReferrerList> {
  const asked = { operation: 'list referrers', subject: `${remote.name}@${subject}` };
  const first = await fetchFirstPage(remote, urlBelow(remote, `referrers/${subject}`), asked, signal);
  if (typeof first === 'string') return first;

  const found = new Map<Digest, Descriptor>();
  const seenPages = new Set<string>();
  for (let page = first; ; ) {
    for (const entry of page.entries) found.set(entry.digest, entry);
    assertReferrerCount(found.size, subject);
    const { next } = page;
    if (next === undefined) return [...found.values()];
    if (seenPages.has(next.href)) throw incomplete(asked, 'a page leads back to an earlier one');
    if (seenPages.size === pagesMax) throw incomplete(asked, `more than ${pagesMax} pages`);
    seenPages.add(next.href);
    page = await fetchPage(remote, next, asked, signal);
  }
}

async function fetchFirstPage(
  remote: Remote,
  url: URL,
  asked: Asked,
  signal: AbortSignal | undefined,
): Promise<Page | NoReferrerList> {
  let at: FirstPage = url;
  for (let redirects = 0; at instanceof URL; redirects += 1) {
    if (redirects > redirectsMax) return 'no such API';
    at = await askFirstPage(remote, at, asked, signal);
  }
  return at;
}

/** A redirect is not followed to another host: GHCR sends whoever asks to a web page that answers 200, or 429. */
async function askFirstPage(
  remote: Remote,
  url: URL,
  asked: Asked,
  signal: AbortSignal | undefined,
): Promise<FirstPage> {
  return await remote.exchange.send<FirstPage>(
    { ...pageRequest(remote, url, asked, signal), redirects: 'report' },
    async (answer) => {
      const { status } = answer;
      if (status === 200) return (await readPage(answer, remote, asked)) ?? 'no such API';
      if (status >= 300 && status < 400) return redirectWithin(answer, remote) ?? 'no such API';
      return await readAbsence(answer, asked);
    },
  );
}

async function fetchPage(remote: Remote, url: URL, asked: Asked, signal: AbortSignal | undefined): Promise<Page> {
  return await remote.exchange.send(pageRequest(remote, url, asked, signal), async (answer) => {
    if (answer.status !== 200) return await throwRefusal(answer, asked);
    const page = await readPage(answer, remote, asked);
    if (page === undefined) throw brokenAnswer(answer, asked, 'a page that is no index');
    return page;
  });
}

function pageRequest(remote: Remote, url: URL, asked: Asked, signal: AbortSignal | undefined) {
  const headers = { accept: mediaTypes.ociIndex };
  return { method: 'GET' as const, url, asked, scopes: remote.pull, headers, signal };
}

function redirectWithin(answer: Answer, { exchange }: Remote): URL | undefined {
  const location = answer.header('location');
  const url = location === undefined ? null : URL.parse(location, answer.url.href);
  return url?.origin === exchange.endpoint.url.origin ? url : undefined;
}

/**
 * What a refusal says of the API. A registry that has it never answers 404, unless it means the repository; and a 400
 * may mean this digest alone (Quay).
 */
async function readAbsence(answer: Answer, asked: Asked): Promise<NoReferrerList> {
  const refusal = await readRefusal(answer);
  const { status, specCodes } = refusal;
  if (status === 405) return 'no such API';
  if (status === 404) return specCodes.some((code) => repositoryUnknownCodes.has(code)) ? 'no answer' : 'no such API';
  if (status === 400) return 'no answer';
  throw refusalError(refusal, asked);
}

/** Undefined when the body is no index at all; one that is malformed is an error, since something may be in it. */
async function readPage(answer: Answer, remote: Remote, asked: Asked): Promise<Page | undefined> {
  const bytes = await answer.readBytes(manifestSizeBytesMax);
  if (bytes === undefined) throw brokenAnswer(answer, asked, `a page of more than ${manifestSizeBytesMax} bytes`);
  if (!mayBeIndex(bytes)) return undefined;
  const index = parseManifest(bytes, mediaTypes.ociIndex);
  return { entries: index.kind === 'index' ? index.manifests : [], next: nextPage(answer, remote.exchange, asked) };
}

function mayBeIndex(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && value !== null && 'manifests' in value;
  } catch {
    return false;
  }
}

function incomplete(asked: Asked, why: string): Error {
  return brokenAnswer({ status: 200 }, asked, why);
}
