/** One upload session: sending bytes to it, asking where it stands, finishing and cancelling it. */
import { type DigestAlgorithm, digestAlgorithm } from '../../oci/spec/digest.ts';
import { callerOf } from '../access/caller.ts';
import { type Answer, emptyAnswer, refusal } from '../http/answer.ts';
import { type ContentRange, parseContentRange } from '../http/content-range.ts';
import type { Exchange, Operations } from '../http/exchange.ts';
import type { UploadRoute } from '../http/route.ts';
import type { UploadSession } from './upload-session.ts';
import { alone, digestInvalid, digestParameter, finishUpload, progressHeaders, uploadProgress } from './uploads.ts';

/** What `/v2/<name>/blobs/uploads/<id>` answers. */
export function uploadOperations(route: UploadRoute): Operations {
  return {
    GET: { verb: 'push', answer: (exchange) => readProgress(route, exchange) },
    PATCH: { verb: 'push', answer: (exchange) => onSession(route, exchange, sendChunk) },
    PUT: { verb: 'push', answer: (exchange) => onSession(route, exchange, sendLastChunk) },
    DELETE: { verb: 'push', answer: (exchange) => onSession(route, exchange, cancel) },
  };
}

type SessionWork = (session: UploadSession, exchange: Exchange) => Promise<Answer>;

/** Spec: distribution-spec v1.1.1, "Pushing a blob in chunks". */
async function readProgress(route: UploadRoute, exchange: Exchange): Promise<Answer> {
  const session = findSession(route, exchange);
  return session === undefined ? uploadUnknown() : uploadProgress(204, session);
}

function findSession({ id, repository }: UploadRoute, { sessions, session }: Exchange): UploadSession | undefined {
  return sessions.find(id, repository, callerOf(session));
}

async function onSession(route: UploadRoute, exchange: Exchange, work: SessionWork): Promise<Answer> {
  const session = findSession(route, exchange);
  return session === undefined ? uploadUnknown() : alone(session, () => work(session, exchange));
}

/** Without Content-Range the body is a stream. Spec: distribution-spec v1.1.1, "Pushing a blob in chunks". */
async function sendChunk(session: UploadSession, exchange: Exchange): Promise<Answer> {
  return (await append(session, exchange, undefined)) ?? uploadProgress(202, session);
}

/** The body may be the whole blob, the last chunk, or nothing. */
async function sendLastChunk(session: UploadSession, exchange: Exchange): Promise<Answer> {
  const digest = digestParameter(exchange.query, 'digest');
  if (digest === undefined) return digestInvalid(exchange.query, 'digest');
  const refused = await append(session, exchange, digestAlgorithm(digest));
  return refused ?? finishUpload(session, digest, exchange);
}

async function cancel(session: UploadSession, { sessions }: Exchange): Promise<Answer> {
  sessions.remove(session);
  await session.discard();
  return emptyAnswer(204);
}

/** Adds the body to the session; the refusal when it is not the chunk that comes next. */
async function append(
  session: UploadSession,
  { body, headers }: Exchange,
  algorithm: DigestAlgorithm | undefined,
): Promise<Answer | undefined> {
  const header = headers['content-range'];
  if (header === undefined) {
    await session.append(body.chunks(), algorithm);
    return undefined;
  }
  const range = parseContentRange(header);
  if (range === undefined) return chunkRefused(400, 'the chunk’s Content-Range is malformed', session);
  if (range.start !== session.sizeBytes) return chunkRefused(416, 'the chunk does not follow the last one', session);
  if (body.declaredBytes !== undefined && body.declaredBytes !== range.lengthBytes) return wrongLength(session);
  const rest = await appendAtMost(session, body.chunks(), range, algorithm);
  return rest === 0 ? undefined : wrongLength(session);
}

/** Adds no more than the range has room for; returns the bytes by which the body was short, negative when it was long. */
async function appendAtMost(
  session: UploadSession,
  chunks: AsyncIterable<Uint8Array>,
  { lengthBytes }: ContentRange,
  algorithm: DigestAlgorithm | undefined,
): Promise<number> {
  let rest = lengthBytes;
  async function* bounded(): AsyncIterable<Uint8Array> {
    for await (const chunk of chunks) {
      const room = rest;
      rest -= chunk.length;
      yield rest < 0 ? chunk.subarray(0, room) : chunk;
      if (rest < 0) return;
    }
  }
  await session.append(bounded(), algorithm);
  return rest;
}

/** The session survives a wrong chunk: the client sees where it stands, and goes on from there. */
function chunkRefused(status: 400 | 416, message: string, session: UploadSession): Answer {
  return refusal(status, 'BLOB_UPLOAD_INVALID', message, { headers: progressHeaders(session) });
}

function wrongLength(session: UploadSession): Answer {
  return refusal(400, 'SIZE_INVALID', 'the chunk is not as long as its Content-Range', {
    headers: progressHeaders(session),
  });
}

function uploadUnknown(): Answer {
  return refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'upload unknown to this repository');
}
