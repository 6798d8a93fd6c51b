/** One attempt to send a blob: what its parts have in common. */
import type { Descriptor } from '../../spec/descriptor.ts';
import type { Remote } from '../remote.ts';
import { sendingMs } from '../sign-in/sending-time.ts';
import { assertStored } from '../stored-digest.ts';
import type { Answer } from '../wire/answer.ts';
import { type Asked, brokenAnswer } from '../wire/refusal.ts';
import { backoffDelayMs } from '../wire/retry.ts';
import type { Method } from '../wire/transport.ts';
import { isTaken, type Outcome, readUploadRefusal } from './outcome.ts';
import type { OutgoingBlob } from './outgoing-blob.ts';
import type { UploadStrategy } from './strategy.ts';
import { commitUrl, type UploadSession } from './upload-session.ts';

/** One attempt. */
export interface Transfer {
  readonly remote: Remote;
  readonly strategy: UploadStrategy;
  readonly descriptor: Descriptor;
  readonly asked: Asked;
  readonly session: UploadSession;
  /** Counted from 1. */
  readonly attempt: number;
  /** The request that may store the blob has begun. */
  isCommitting: boolean;
}

/** Bytes of a blob, all or some, with what is said of them. */
export interface Part {
  readonly sizeBytes: number;
  /** None when there are no bytes. */
  readonly body?: OutgoingBlob['body'] | Uint8Array | undefined;
  readonly signal: AbortSignal;
  /** Offset of the first byte, where the part is sent as a chunk. */
  readonly start?: number;
}

/**
 * Sends the part, and what `read` makes of the answer; in one attempt, with a limit for who takes long over bytes.
 * The range of a chunk is inclusive and has no unit in front, unlike elsewhere in HTTP.
 * Spec: distribution-spec v1.1.1, "Pushing a blob in chunks".
 */
export async function sendPart<T>(
  transfer: Transfer,
  method: Method,
  url: URL,
  part: Part,
  read: (answer: Answer) => Promise<T>,
): Promise<T> {
  const { remote, asked } = transfer;
  const { sizeBytes, body, signal, start } = part;
  const headers = {
    'content-type': 'application/octet-stream',
    'content-length': String(sizeBytes),
    ...(start === undefined ? {} : { 'content-range': `${start}-${start + sizeBytes - 1}` }),
  };
  return await remote.exchange.send(
    {
      method,
      url,
      asked,
      scopes: remote.push,
      headers,
      ...(body === undefined || sizeBytes === 0 ? {} : { body }),
      attempts: 'once',
      // All of a blob goes where its session is, and no further, whether it is a stream or in memory.
      ...(start === undefined && sizeBytes > 0 ? { redirects: 'report' as const } : {}),
      goodForMs: sendingMs(sizeBytes),
      answerMs: remote.exchange.timing.commitMs,
      signal,
    },
    read,
  );
}

/** The PUT that ends an upload, with the bytes that are left. Spec: distribution-spec v1.1.1, "POST then PUT". */
export async function commitUpload(transfer: Transfer, part: Part): Promise<Outcome> {
  const { remote, session, descriptor, asked, attempt } = transfer;
  const { timing } = remote.exchange;
  transfer.isCommitting = true;
  return await sendPart(transfer, 'PUT', commitUrl(session, descriptor.digest), part, async (answer) => {
    if (answer.status === 202) return unsettled(answer, transfer);
    if (isTaken(answer)) {
      assertStored(answer, descriptor.digest, asked);
      return { kind: 'stored' };
    }
    return await readUploadRefusal(answer, asked, { timing, attempt, mayBeStored: true });
  });
}

/** It has the bytes, and does not say that they are a blob: who looks will know. */
function unsettled(answer: Answer, { asked, remote, attempt }: Transfer): Outcome {
  const error = brokenAnswer(answer, asked, '202 to the end of an upload');
  const delayMs = backoffDelayMs(attempt, remote.exchange.timing);
  return { kind: 'setback', error, mayBeStored: true, isSessionLeft: true, delayMs };
}

/**
 * How many bytes the registry says it has; undefined when it does not say.
 * Spec: distribution-spec v1.1.1, "Pushing a blob in chunks".
 */
export function readOffset(answer: Answer): number | undefined {
  const [, start, end] = /^(?:bytes[= ])?(\d{1,15})-(\d{1,15})$/.exec(answer.header('range')?.trim() ?? '') ?? [];
  if (start !== '0' || end === undefined) return undefined;
  // Inclusive, so that no byte cannot be said: `0-0` is what registries write then, and one byte is never all of a chunk.
  return end === '0' ? 0 : Number(end) + 1;
}
