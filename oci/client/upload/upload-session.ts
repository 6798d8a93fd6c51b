/** Upload sessions: where a registry expects the bytes of a blob. */
import type { Digest } from '../../spec/digest.ts';
import type { RepositoryName } from '../../spec/repository-name.ts';
import { type Remote, urlBelow } from '../remote.ts';
import type { Answer } from '../wire/answer.ts';
import { resolveLocation } from '../wire/redirect.ts';
import { type Asked, throwRefusal } from '../wire/refusal.ts';

/** One upload that a registry has begun for us. */
export interface UploadSession {
  /** The latest location it gave, used as it is. */
  url: URL;
  /** What it wants each chunk but the last to have at least. */
  readonly chunkSizeBytesMin: number;
}

/** Longest wait for a registry to forget a session; it will by itself, later. */
const cancelMsMax = 3_000;

/** How long after an abort the answer to a POST is waited for: the session that it names could not be ended otherwise. */
export const openingMsMax = 2_000;

/** Sessions kept for the push that follows a mount; the oldest is cancelled first. */
const sessionsMax = 256;

/**
 * Begins an upload; one that is begun when nobody wants it any more is ended.
 * Spec: distribution-spec v1.1.1, "POST then PUT".
 * @throws the signal's reason, among others.
 */
export async function openUpload(remote: Remote, asked: Asked, signal?: AbortSignal): Promise<UploadSession> {
  const url = urlBelow(remote, 'blobs/uploads/');
  // Safe to repeat: a session nobody uses is forgotten by the registry.
  const session = await remote.exchange.send(
    { method: 'POST', url, asked, scopes: remote.push, signal, finishMs: openingMsMax },
    async (answer) => (answer.status === 202 ? readSession(answer, asked) : await throwRefusal(answer, asked)),
  );
  await cancelIfAborted(remote, session, signal);
  return session;
}

/** Ends the session, and throws the signal's reason, when that was aborted while the session was being opened. */
export async function cancelIfAborted(
  remote: Remote,
  session: UploadSession,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!signal?.aborted) return;
  await cancelUpload(remote, session);
  signal.throwIfAborted();
}

/** The session in a 202. Spec: distribution-spec v1.1.1, "Pushing a blob in chunks". */
export function readSession(answer: Answer, asked: Asked): UploadSession {
  const written = answer.header('oci-chunk-min-length') ?? '';
  return { url: resolveLocation(answer, asked), chunkSizeBytesMin: /^\d{1,15}$/.test(written) ? Number(written) : 0 };
}

/**
 * Goes on where the answer to a PATCH says, which many registries change each time; those that say nothing stay put.
 * Spec: distribution-spec v1.1.1, "Pushing a blob in chunks".
 */
export function moveSession(session: UploadSession, answer: Answer, asked: Asked): void {
  if (answer.header('location') !== undefined) session.url = resolveLocation(answer, asked);
}

/**
 * The session's URL for its end. The query of the location is kept to the letter: it holds the registry's state.
 * Spec: distribution-spec v1.1.1, "POST then PUT".
 */
export function commitUrl(session: UploadSession, digest: Digest): URL {
  const url = new URL(session.url);
  url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(digest)}`;
  return url;
}

/**
 * Tells the registry to forget the session, if it cares to; never throws.
 * Spec: distribution-spec main (967efdc), "Cancel a blob upload"; registries have long had it as an extension.
 */
export async function cancelUpload(remote: Remote, session: UploadSession): Promise<void> {
  const asked = { operation: 'cancel upload to', subject: remote.name };
  const signal = AbortSignal.timeout(cancelMsMax);
  await remote.exchange
    .send({ method: 'DELETE', url: session.url, asked, scopes: remote.push, attempts: 'once', signal }, async () => {})
    .catch(() => {});
}

/** Sessions that a registry opened instead of mounting, waiting for the push of the same blob. */
export interface WaitingSessions {
  /** Keeps it until it is taken or cancelled; the signal's abort cancels it as well. */
  keep(remote: Remote, digest: Digest, session: UploadSession, signal?: AbortSignal): Promise<void>;
  take(repository: RepositoryName, digest: Digest): UploadSession | undefined;
  /** Ends the one for the blob, if there is one: no push follows. */
  cancel(repository: RepositoryName, digest: Digest): Promise<void>;
  /** Ends those nobody took. */
  cancelAll(): Promise<void>;
}

interface Waiting {
  readonly remote: Remote;
  readonly session: UploadSession;
  /** Leaves the signal alone. */
  readonly unwatch: () => void;
}

/** No sessions yet; one collection serves all repositories of a client. */
export function openWaitingSessions(): WaitingSessions {
  const waiting = new Map<string, Waiting>();
  const ending = new Set<Promise<void>>();

  const take = (key: string): Waiting | undefined => {
    const entry = waiting.get(key);
    waiting.delete(key);
    entry?.unwatch();
    return entry;
  };
  const cancel = async (key: string | undefined): Promise<void> => {
    const entry = key === undefined ? undefined : take(key);
    if (entry === undefined) return;
    const ended = cancelUpload(entry.remote, entry.session);
    ending.add(ended);
    await ended;
    ending.delete(ended);
  };

  return {
    async keep(remote, digest, session, signal) {
      const key = keyOf(remote.repository, digest);
      const goes = waiting.has(key) ? key : waiting.size < sessionsMax ? undefined : waiting.keys().next().value;
      await cancel(goes);
      const onAbort = () => void cancel(key);
      signal?.addEventListener('abort', onAbort, { once: true });
      waiting.set(key, { remote, session, unwatch: () => signal?.removeEventListener('abort', onAbort) });
      if (signal?.aborted) await cancel(key);
    },
    take: (repository, digest) => take(keyOf(repository, digest))?.session,
    cancel: (repository, digest) => cancel(keyOf(repository, digest)),
    async cancelAll() {
      await Promise.all([...[...waiting.keys()].map(cancel), ...ending]);
    },
  };
}

function keyOf(repository: RepositoryName, digest: Digest): string {
  return `${repository}@${digest}`;
}
