/** One answer with the bytes of a blob: from its beginning, or from where an earlier answer broke off. */
import { NotFoundError } from '../../errors/errors.ts';
import type { ByteStream } from '../copy/target.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import { type Remote, urlBelow } from './remote.ts';
import type { Answer } from './wire/answer.ts';
import { type Asked, brokenAnswer, throwRefusal } from './wire/refusal.ts';

/** A run of a blob's bytes that is on its way. */
export interface BlobPart {
  readonly bytes: ByteStream;
  /** Position of the first byte. */
  readonly offset: number;
  /** How large the registry says the whole blob is; undefined when it does not say. */
  readonly totalSize: number | undefined;
  /** The registry's name for exactly these bytes, where it is a strong one. */
  readonly etag: string | undefined;
}

/** Where to go on. */
interface Missing {
  readonly offset: number;
  readonly etag: string | undefined;
}

/** The answer to a request for the rest: without bytes when the registry says that there is nothing more to serve. */
export type BlobRest = BlobPart | { readonly bytes: undefined; readonly totalSize: number | undefined };

/**
 * The part of a body's limit to stand still that a blob is given: whoever passes its bytes on watches for as long, and is to
 * see the resumption instead.
 */
const stallShare = 0.5;

/**
 * The blob from its beginning; repeated until the answer begins, not afterwards.
 *
 * Spec: distribution-spec v1.1.1, "Pulling blobs".
 * @throws NotFoundError BLOB_UNKNOWN.
 */
export async function fetchBlobWhole(remote: Remote, descriptor: Descriptor, signal?: AbortSignal): Promise<BlobPart> {
  const asked = askedOf(remote, descriptor);
  return await remote.exchange.send(
    {
      method: 'GET',
      url: blobUrl(remote, descriptor),
      asked,
      scopes: remote.pull,
      answerSizeBytes: descriptor.size,
      signal,
    },
    async (answer) => (answer.status === 200 ? wholeOf(answer, remote) : await throwAbsence(answer, asked)),
  );
}

/**
 * The blob from the offset on, or all of it where the registry does not serve ranges; one attempt.
 *
 * Asked of the registry, wherever it redirected the first time: addresses at its storage are good for minutes only.
 *
 * Spec: distribution-spec v1.1.1, "Pulling blobs"; RFC 9110, sections 13.1.5 and 14.
 * @throws RegistryError REGISTRY_ANSWER_INVALID for a range that was not asked for; NotFoundError BLOB_UNKNOWN.
 */
export async function fetchBlobRest(
  remote: Remote,
  descriptor: Descriptor,
  missing: Missing,
  signal?: AbortSignal,
): Promise<BlobRest> {
  const asked = askedOf(remote, descriptor);
  const { offset, etag } = missing;
  const headers = { range: `bytes=${offset}-`, ...(etag === undefined ? {} : { 'if-range': etag }) };
  return await remote.exchange.send(
    {
      method: 'GET',
      url: blobUrl(remote, descriptor),
      asked,
      scopes: remote.pull,
      headers,
      attempts: 'once',
      answerSizeBytes: descriptor.size - offset,
      signal,
    },
    async (answer) => {
      if (answer.status === 200) return wholeOf(answer, remote);
      if (answer.status === 206) return restOf(answer, remote, offset, asked);
      if (answer.status === 416) return { bytes: undefined, totalSize: rangeIn(answer)?.totalSize };
      return await throwAbsence(answer, asked);
    },
  );
}

function wholeOf(answer: Answer, remote: Remote): BlobPart {
  return { bytes: takeWatched(answer, remote), offset: 0, totalSize: lengthIn(answer), etag: strongEtagIn(answer) };
}

function restOf(answer: Answer, remote: Remote, offset: number, asked: Asked): BlobPart {
  const range = rangeIn(answer);
  if (range?.first !== offset) throw brokenAnswer(answer, asked, `another range than from byte ${offset}`);
  return {
    bytes: takeWatched(answer, remote),
    offset,
    totalSize: range.totalSize,
    etag: strongEtagIn(answer),
  };
}

function takeWatched(answer: Answer, remote: Remote): ByteStream {
  return answer.take(remote.exchange.timing.stallMs * stallShare);
}

async function throwAbsence(answer: Answer, asked: Asked): Promise<never> {
  if (answer.status !== 404) return await throwRefusal(answer, asked);
  throw new NotFoundError({ code: 'BLOB_UNKNOWN', message: `blob not found: ${asked.subject}` });
}

function lengthIn(answer: Answer): number | undefined {
  const written = answer.header('content-length') ?? '';
  return /^\d{1,15}$/.test(written) ? Number(written) : undefined;
}

/** Spec: RFC 9110, section 14.4. */
function rangeIn(
  answer: Answer,
): { readonly first: number | undefined; readonly totalSize: number | undefined } | undefined {
  const range = /^bytes (?:(\d{1,15})-\d{1,15}|\*)\/(?:(\d{1,15})|\*)$/i.exec(answer.header('content-range') ?? '');
  if (range === null) return undefined;
  const [, first, total] = range;
  return { first: parseCount(first), totalSize: parseCount(total) };
}

function parseCount(written: string | undefined): number | undefined {
  return written === undefined ? undefined : Number(written);
}

/** A weak one may stand for other bytes, so it must not guard a range. Spec: RFC 9110, section 13.1.5. */
function strongEtagIn(answer: Answer): string | undefined {
  const etag = answer.header('etag') ?? '';
  return /^"[\x21\x23-\x7e]{1,256}"$/.test(etag) ? etag : undefined;
}

function blobUrl(remote: Remote, descriptor: Descriptor): URL {
  return urlBelow(remote, `blobs/${descriptor.digest}`);
}

function askedOf(remote: Remote, descriptor: Descriptor): Asked {
  return { operation: 'fetch blob', subject: `${remote.name}@${descriptor.digest}` };
}
