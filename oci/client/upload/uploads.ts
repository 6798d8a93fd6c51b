/** Writing the blobs of one repository. */
import { AccessError, RegistryError, TransportError } from '../../../errors/errors.ts';
import type { ByteStream } from '../../copy/target.ts';
import type { Descriptor } from '../../spec/descriptor.ts';
import { hasBlob } from '../blob-presence.ts';
import type { MountMemory } from '../mount-memory.ts';
import { mountAnonymously } from '../mounts.ts';
import type { UploadWay } from '../quirks.ts';
import type { Remote } from '../remote.ts';
import { backoffDelayMs } from '../wire/retry.ts';
import { openChunkReader } from './chunk-reader.ts';
import type { Outcome, Setback } from './outcome.ts';
import { openOutgoingBlob } from './outgoing-blob.ts';
import { sendInChunks } from './send-chunks.ts';
import { sendInPatch, sendInPut, type Whole } from './send-whole.ts';
import type { RefusedWay, UploadStrategy } from './strategy.ts';
import type { Transfer } from './transfer.ts';
import { cancelUpload, openUpload, type WaitingSessions } from './upload-session.ts';

/** How often a blob is sent one way at most. Each time is a new session and the source from its beginning. */
const uploadAttemptsMax = 4;

/** What the uploads to one registry have in common. */
export interface Uploads {
  readonly waiting: WaitingSessions;
  readonly strategy: UploadStrategy;
  readonly mounts: MountMemory;
  /** Larger blobs are sent as streams. */
  readonly wholeSizeBytesMax: number;
}

/**
 * Stores the blob, by one POST and one PUT of all its bytes unless the registry is known to want it otherwise, or says
 * so. Asks nothing first; to spare the bytes of a blob that may be there, ask `hasBlob`. When it fails part way the
 * registry is asked whether it has the blob, and the bytes are sent again from a new `open`.
 *
 * Spec: distribution-spec v1.1.1, "POST then PUT".
 * @throws IntegrityError DIGEST_MISMATCH when the source's bytes are not what the descriptor says; and what the source throws.
 */
export async function pushBlob(
  remote: Remote,
  uploads: Uploads,
  descriptor: Descriptor,
  open: () => Promise<ByteStream>,
  signal?: AbortSignal,
): Promise<void> {
  const { strategy } = uploads;
  const refused: (RefusedWay & { readonly error: Error })[] = [];
  let way = strategy.wayFor(descriptor.size, refused) ?? 'put';
  let attempt = 1;
  for (;;) {
    const outcome = await upload(remote, uploads, { descriptor, open, way, attempt }, signal);
    switch (outcome.kind) {
      case 'stored':
        return strategy.learn(descriptor.size, refused);
      case 'refused': {
        refused.push({ way, status: outcome.status, error: outcome.error });
        const next = strategy.wayFor(descriptor.size, refused);
        // The first way is the usual one, so its refusal says most.
        if (next === undefined) throw refused[0]?.error ?? outcome.error;
        way = next;
        attempt = 1;
        break;
      }
      case 'setback':
        if (attempt === uploadAttemptsMax) throw outcome.error;
        attempt += 1;
        await remote.exchange.timing.sleep(outcome.delayMs, signal);
    }
  }
}

interface Attempt {
  readonly descriptor: Descriptor;
  readonly open: () => Promise<ByteStream>;
  readonly way: UploadWay;
  readonly attempt: number;
}

/** One attempt, which leaves no session behind that can be cancelled. What cannot be helped is thrown. */
async function upload(
  remote: Remote,
  uploads: Uploads,
  { descriptor, open, way, attempt }: Attempt,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const asked = { operation: 'push blob', subject: `${remote.name}@${descriptor.digest}` };
  const { waiting, mounts, strategy } = uploads;
  const left = waiting.take(remote.repository, descriptor.digest);
  const mounted =
    left === undefined && attempt === 1 ? await mountAnonymously(remote, mounts, descriptor, signal) : undefined;
  if (mounted === 'mounted') return { kind: 'stored' };
  const session = left ?? mounted ?? (await openUpload(remote, asked, signal));
  const transfer: Transfer = { remote, strategy, descriptor, asked, session, attempt, isCommitting: false };
  const isStream = way !== 'chunks' && descriptor.size > uploads.wholeSizeBytesMax;
  const opening = isStream ? openStreamed : openBuffered;
  const outcome = await send(transfer, opening(transfer, way, open, signal), signal);
  // Old zots answer such a mount with a location that leads nowhere (zot #573).
  if (session === mounted && isSessionLost(outcome)) mounts.endAnonymousMount('refused');
  return await settle(transfer, outcome, signal);
}

function isSessionLost(outcome: Outcome): boolean {
  return outcome.kind === 'setback' && !outcome.isSessionLeft;
}

async function send(transfer: Transfer, sending: Sending, signal: AbortSignal | undefined): Promise<Outcome> {
  try {
    return await sending.send();
  } catch (error) {
    const failure = sending.failure();
    const cause = failure === undefined ? error : failure.cause;
    const setback = signal?.aborted ? undefined : setbackOf(cause, failure !== undefined, sending, transfer);
    if (setback !== undefined) return setback;
    await cancelUpload(transfer.remote, transfer.session);
    throw cause;
  } finally {
    await sending.close();
  }
}

/** Asks for the blob where it may be stored all the same; else leaves no session behind that can be cancelled. */
async function settle(transfer: Transfer, outcome: Outcome, signal: AbortSignal | undefined): Promise<Outcome> {
  const { remote, session, descriptor } = transfer;
  if (outcome.kind === 'stored') return outcome;
  const mayBeStored = outcome.kind === 'setback' && outcome.mayBeStored;
  const cancel = () => (isSessionLost(outcome) ? undefined : cancelUpload(remote, session));
  try {
    if (mayBeStored && (await hasBlob(remote, descriptor, signal))) return { kind: 'stored' };
  } catch (error) {
    await cancel();
    throw error;
  }
  await cancel();
  return outcome;
}

interface Sending {
  /** What goes out is gone when it was sent; else the request itself is repeated where that helps. */
  readonly isStream: boolean;
  send(): Promise<Outcome>;
  failure(): { readonly cause: unknown } | undefined;
  close(): Promise<void>;
}

type OpenSending = (
  transfer: Transfer,
  way: UploadWay,
  open: () => Promise<ByteStream>,
  signal: AbortSignal | undefined,
) => Sending;

/** In pieces that are in memory when they are sent: all of a small blob, or chunk by chunk. */
const openBuffered: OpenSending = (transfer, way, open, signal) => {
  const { remote, descriptor } = transfer;
  const reader = openChunkReader(remote, descriptor, open, signal);
  return {
    isStream: false,
    async send() {
      if (way === 'chunks') return await sendInChunks(transfer, reader);
      const whole = { body: await reader.read(descriptor.size), signal: reader.signal };
      return await reader.minding(() => sendWhole(transfer, way, whole));
    },
    failure: () => reader.sourceFailure(),
    close: () => reader.close(),
  };
};

/** As it is read. */
const openStreamed: OpenSending = (transfer, way, open, signal) => {
  const outgoing = openOutgoingBlob(transfer.remote, transfer.descriptor, open, signal);
  return {
    isStream: true,
    send: () => sendWhole(transfer, way, outgoing),
    failure: () => outgoing.sourceFailure(),
    close: async () => {},
  };
};

function sendWhole(transfer: Transfer, way: UploadWay, whole: Whole): Promise<Outcome> {
  return way === 'patch' ? sendInPatch(transfer, whole) : sendInPut(transfer, whole);
}

/** What to make of an attempt that came to no answer, or to one that says to sign in; undefined when it is final. */
function setbackOf(error: unknown, isSources: boolean, { isStream }: Sending, transfer: Transfer): Setback | undefined {
  const { attempt, isCommitting, remote } = transfer;
  const kind = 'setback';
  const delayMs = backoffDelayMs(attempt, remote.exchange.timing);
  if (error instanceof TransportError) {
    return { kind, error, mayBeStored: isCommitting && !isSources, isSessionLeft: true, delayMs };
  }
  if (isSources) {
    const passes = error instanceof RegistryError && error.retryable;
    return passes ? { kind, error, mayBeStored: false, isSessionLeft: true, delayMs } : undefined;
  }
  // The token ended on the way; the exchange has another by now, but the bytes are gone.
  const ended = isStream && attempt === 1 && error instanceof AccessError && !error.signedIn;
  return ended ? { kind, error, mayBeStored: false, isSessionLeft: true, delayMs: 0 } : undefined;
}
