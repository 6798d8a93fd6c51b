/** Beginning an upload, or making one needless by mounting. */
import { type Digest, digestAlgorithm, isDigest } from '../../oci/spec/digest.ts';
import { isRepositoryName, type RepositoryName } from '../../oci/spec/repository-name.ts';
import { mayIn } from '../access/authorize.ts';
import { callerOf } from '../access/caller.ts';
import { coversScopes, scopeOfVerb } from '../access/token-scope.ts';
import { type Answer, emptyAnswer, refusal } from '../http/answer.ts';
import type { Exchange, Operations } from '../http/exchange.ts';
import { onlyValue } from '../http/request-target.ts';
import type { UploadsRoute } from '../http/route.ts';
import { findMountSource } from './mount-source.ts';
import type { UploadSession } from './upload-session.ts';

/** What `/v2/<name>/blobs/uploads/` answers. */
export function uploadsOperations(route: UploadsRoute): Operations {
  return { POST: { verb: 'push', answer: (exchange) => beginUpload(route, exchange) } };
}

/** Spec: distribution-spec v1.1.1, "Pushing blobs" and "Mounting a blob from another repository". */
async function beginUpload(route: UploadsRoute, exchange: Exchange): Promise<Answer> {
  if (exchange.query.has('mount')) return mountBlob(route, exchange);
  if (exchange.query.has('digest')) return pushAtOnce(route, exchange);
  return openSession(route, exchange);
}

/**
 * Mounting is declined with an ordinary session: when the source lacks the blob, when the caller may not read it, when
 * nothing that he may read has it. All look the same, so nobody learns what lies where he may not look.
 */
async function mountBlob(route: UploadsRoute, exchange: Exchange): Promise<Answer> {
  const { storage, actor, query, onEvent } = exchange;
  const { repository } = route;
  const digest = digestParameter(query, 'mount');
  if (digest === undefined) return digestInvalid(query, 'mount');
  const source = await readableSource(exchange, digest, repository);
  if (source === undefined || !(await storage.mountBlob(digest, source, repository))) {
    return openSession(route, exchange);
  }
  onEvent({ kind: 'blob-mounted', content: { repository, digest, actor: actor.name } });
  return blobCreated(repository, digest);
}

/** The source that the caller names, or one that has the blob if he names none; undefined unless he may read it. */
async function readableSource(
  { storage, actor, session, query }: Exchange,
  digest: Digest,
  target: RepositoryName,
): Promise<RepositoryName | undefined> {
  const isFor = (repository: RepositoryName) =>
    session.scope === undefined || coversScopes(session.scope, [scopeOfVerb('pull', repository)]);
  const mayRead = (repository: RepositoryName) => mayIn(actor, 'pull', repository) && isFor(repository);
  if (!query.has('from')) return findMountSource(storage, { digest, target, mayRead });
  const source = onlyValue(query, 'from') ?? '';
  return isRepositoryName(source) && mayRead(source) ? source : undefined;
}

/** Spec: distribution-spec v1.1.1, "Single POST". */
async function pushAtOnce(route: UploadsRoute, exchange: Exchange): Promise<Answer> {
  const { sessions, body, query } = exchange;
  const digest = digestParameter(query, 'digest');
  if (digest === undefined) return digestInvalid(query, 'digest');
  const session = await sessions.open(route.repository, callerOf(exchange.session), digestAlgorithm(digest));
  if (session === undefined) return tooManySessions();
  try {
    return await alone(session, async () => {
      await session.append(body.chunks());
      return await finishUpload(session, digest, exchange);
    });
  } finally {
    sessions.remove(session);
    await session.discard();
  }
}

/** A client that will name the content by its sha512 may say so. Spec: distribution-spec main (after v1.1.1), "Pushing blobs". */
async function openSession({ repository }: UploadsRoute, exchange: Exchange): Promise<Answer> {
  const { sessions, query } = exchange;
  const algorithm = onlyValue(query, 'digest-algorithm') ?? 'sha256';
  if (algorithm !== 'sha256' && algorithm !== 'sha512') {
    return refusal(400, 'DIGEST_INVALID', 'not a digest algorithm', { detail: { algorithm } });
  }
  const session = await sessions.open(repository, callerOf(exchange.session), algorithm);
  return session === undefined ? tooManySessions() : uploadProgress(202, session);
}

/**
 * Two requests at once on one session could only mix their bytes: the second is sent away. While one is at it, the session
 * is none that nobody goes on with, however long it takes.
 */
export async function alone(session: UploadSession, work: () => Promise<Answer>): Promise<Answer> {
  const answer = await session.exclusively(work);
  return (
    answer ??
    refusal(409, 'BLOB_UPLOAD_INVALID', 'another request is using this upload', { headers: progressHeaders(session) })
  );
}

/** Turns the session into a blob, if the digest is right. */
export async function finishUpload(session: UploadSession, digest: Digest, exchange: Exchange): Promise<Answer> {
  const { repository } = session;
  exchange.sessions.remove(session);
  const matches = await session.finish(digest);
  if (!matches) return refusal(400, 'DIGEST_INVALID', 'the content is not that of the digest', { detail: { digest } });
  exchange.onEvent({ kind: 'blob-pushed', content: { repository, digest, actor: exchange.actor.name } });
  return blobCreated(repository, digest);
}

/** Where the upload stands. Spec: distribution-spec v1.1.1, "Pushing a blob in chunks". */
export function uploadProgress(status: 202 | 204, session: UploadSession): Answer {
  return emptyAnswer(status, progressHeaders(session));
}

/** The range is inclusive, so an empty upload cannot be said; `0-0` is what every registry writes. */
export function progressHeaders(session: UploadSession): Record<string, string> {
  return {
    location: `/v2/${session.repository}/blobs/uploads/${session.id}`,
    range: `0-${Math.max(0, session.sizeBytes - 1)}`,
    'docker-upload-uuid': session.id,
  };
}

/** The digest in a query parameter; undefined when it is missing, malformed or given twice. */
export function digestParameter(query: URLSearchParams, name: string): Digest | undefined {
  const text = onlyValue(query, name) ?? '';
  return isDigest(text) ? text : undefined;
}

/** The refusal of a digest parameter. */
export function digestInvalid(query: URLSearchParams, name: string): Answer {
  return refusal(400, 'DIGEST_INVALID', `one ${name} parameter with a sha256 or sha512 digest is needed`, {
    detail: { [name]: query.getAll(name) },
  });
}

function blobCreated(repository: string, digest: Digest): Answer {
  return emptyAnswer(201, { location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest });
}

function tooManySessions(): Answer {
  return refusal(429, 'TOOMANYREQUESTS', 'too many uploads are open: finish or cancel some', {
    headers: { 'retry-after': '60' },
  });
}
