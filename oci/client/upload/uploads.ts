/** Writing the blobs of one repository. */
import { AccessError, IntegrityError, RegistryError, TransportError } from '../../../errors/errors.ts';
import type { ByteStream } from '../../copy/target.ts';
import type { Descriptor } from '../../spec/descriptor.ts';
import { hasBlob } from '../blobs.ts';
import type { Remote } from '../remote.ts';
import type { Answer } from '../wire/answer.ts';
import { type Asked, isPassingStatus, type Refusal, readRefusal, refusalError } from '../wire/refusal.ts';
import { backoffDelayMs, repeatDelayMs } from '../wire/retry.ts';
import { openOutgoingBlob } from './outgoing-blob.ts';
import { cancelUpload, commitUrl, openUpload, type WaitingSessions } from './upload-session.ts';

/** How often a blob is sent at most. Each time is a new session and the source from its beginning. */
const uploadAttemptsMax = 4;

/** Codes that mean the session is gone, not that the blob is unwelcome. */
const sessionLostCodes: ReadonlySet<string> = new Set(['BLOB_UPLOAD_INVALID', 'BLOB_UPLOAD_UNKNOWN']);

/** An attempt that failed in a way another may not. */
interface Setback {
  readonly error: Error;
  /** The registry may have stored the blob all the same: it is asked before the bytes are sent again. */
  readonly mayBeStored: boolean;
  readonly delayMs: number;
}

/**
 * Stores the blob: one POST, then one PUT of all its bytes. Asks nothing first; to spare the bytes of a blob that may
 * be there, ask `hasBlob`. When it fails part way the registry is asked whether it has the blob, and the bytes are
 * sent again from a new `open`.
 *
 * Spec: distribution-spec v1.1.1, "POST then PUT".
 * @throws IntegrityError DIGEST_MISMATCH when the source's bytes are not what the descriptor says; and what the source throws.
 */
export async function pushBlob(
  remote: Remote,
  waiting: WaitingSessions,
  descriptor: Descriptor,
  open: () => Promise<ByteStream>,
  signal?: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const setback = await upload(remote, waiting, descriptor, open, attempt, signal);
    if (setback === undefined) return;
    if (setback.mayBeStored && (await hasBlob(remote, descriptor, signal))) return;
    if (attempt === uploadAttemptsMax) throw setback.error;
    await remote.exchange.timing.sleep(setback.delayMs, signal);
  }
}

/** One attempt; undefined when the blob is stored. What cannot be helped is thrown. */
async function upload(
  remote: Remote,
  waiting: WaitingSessions,
  descriptor: Descriptor,
  open: () => Promise<ByteStream>,
  attempt: number,
  signal: AbortSignal | undefined,
): Promise<Setback | undefined> {
  const asked = { operation: 'push blob', subject: `${remote.name}@${descriptor.digest}` };
  const session = waiting.take(remote.repository, descriptor.digest) ?? (await openUpload(remote, asked, signal));
  const outgoing = openOutgoingBlob(remote, descriptor, open, signal);
  let setback: Setback | undefined;
  try {
    setback = await remote.exchange.send(
      {
        method: 'PUT',
        url: commitUrl(session, descriptor.digest),
        asked,
        scopes: remote.push,
        headers: { 'content-type': 'application/octet-stream', 'content-length': String(descriptor.size) },
        ...(descriptor.size === 0 ? {} : { body: outgoing.body }),
        attempts: 'once',
        answerMs: remote.exchange.timing.commitMs,
        signal: outgoing.signal,
      },
      (answer) => readCommit(answer, remote, asked, attempt),
    );
  } catch (error) {
    const source = outgoing.sourceFailure();
    const cause = source === undefined ? error : source.cause;
    setback = signal?.aborted ? undefined : setbackOf(cause, source !== undefined, remote, attempt);
    if (setback === undefined) {
      await cancelUpload(remote, session);
      throw cause;
    }
  }
  if (setback?.mayBeStored === false) await cancelUpload(remote, session);
  return setback;
}

async function readCommit(answer: Answer, remote: Remote, asked: Asked, attempt: number): Promise<Setback | undefined> {
  if (answer.status === 201 || answer.status === 200 || answer.status === 204) return undefined;
  const { timing } = remote.exchange;
  const passingDelayMs = repeatDelayMs(answer, attempt, timing);
  const refusal = await readRefusal(answer);
  const error = commitError(refusal, asked);
  if (passingDelayMs !== undefined) {
    return { error, mayBeStored: refusal.status !== 429, delayMs: passingDelayMs };
  }
  if (isPassingStatus(refusal.status) || !isSessionLost(refusal)) throw error;
  // GHCR commits slowly, then says the session is unknown when asked again, though the blob is there (jib #4301).
  return { error, mayBeStored: true, delayMs: backoffDelayMs(attempt, timing) };
}

function commitError(refusal: Refusal, asked: Asked): Error {
  if (!refusal.specCodes.includes('DIGEST_INVALID')) return refusalError(refusal, asked);
  return new IntegrityError({
    code: 'DIGEST_MISMATCH',
    message: `registry found other bytes than the digest says: ${asked.operation} ${asked.subject}`,
  });
}

/** A bare 404 too: the repository took the POST a moment ago, so it is the session that is not found. */
function isSessionLost(refusal: Refusal): boolean {
  const { status, specCodes } = refusal;
  return specCodes.some((code) => sessionLostCodes.has(code)) || (status === 404 && specCodes.length === 0);
}

/** What to make of an attempt that came to no answer, or to one that says to sign in; undefined when it is final. */
function setbackOf(error: unknown, isSources: boolean, remote: Remote, attempt: number): Setback | undefined {
  const delayMs = backoffDelayMs(attempt, remote.exchange.timing);
  if (error instanceof TransportError) return { error, mayBeStored: !isSources, delayMs };
  if (isSources) {
    return error instanceof RegistryError && error.retryable ? { error, mayBeStored: false, delayMs } : undefined;
  }
  // The token ended on the way; the exchange has another by now, but the bytes are gone.
  const ended = attempt === 1 && error instanceof AccessError && !error.signedIn;
  return ended ? { error, mayBeStored: false, delayMs: 0 } : undefined;
}
