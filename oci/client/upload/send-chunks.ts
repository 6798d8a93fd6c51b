/** A blob sent chunk by chunk, going on where the registry says it is. */
import { TransportError } from '../../../errors/errors.ts';
import { brokenAnswer } from '../wire/refusal.ts';
import { backoffDelayMs } from '../wire/retry.ts';
import { mayPass } from '../wire/transport-failure.ts';
import type { ChunkReader } from './chunk-reader.ts';
import { isTaken, type Outcome, readUploadRefusal } from './outcome.ts';
import { commitUpload, readOffset, sendPart, type Transfer } from './transfer.ts';
import { moveSession } from './upload-session.ts';

/** Most requests for one chunk. A chunk shrinks three times at most, so this is about registries that take little. */
const requestsPerChunkMax = 32;

/** How often a chunk is sent again within its session, before all is sent again in a new one. */
const setbacksPerChunkMax = 3;

/** Largest chunk we hold in memory, whatever the registry wants. */
const chunkSizeBytesMax = 64 * 1024 * 1024;

/** What one PATCH came to. */
type Patched =
  | { readonly kind: 'at'; readonly offset: number }
  | { readonly kind: 'too-large' }
  /** Nobody knows how much of it arrived, or the registry is elsewhere than we thought. */
  | { readonly kind: 'astray'; readonly outcome: Outcome; readonly delayMs: number }
  | { readonly kind: 'ended'; readonly outcome: Outcome };

/**
 * All bytes in chunks, then the PUT that ends the upload. Of the blob no more than one chunk is in memory.
 * Spec: distribution-spec v1.1.1, "Pushing a blob in chunks".
 */
export async function sendInChunks(transfer: Transfer, reader: ChunkReader): Promise<Outcome> {
  const { strategy, descriptor, session } = transfer;
  const { signal } = reader;
  for (let start = 0; ; ) {
    const wanted = Math.min(Math.max(strategy.chunkSizeBytes(), session.chunkSizeBytesMin), chunkSizeBytesMax);
    const chunk = await reader.read(wanted);
    const isLast = start + chunk.length === descriptor.size;
    if (isLast && strategy.quirks.lastChunk === 'in-put') {
      const part = { sizeBytes: chunk.length, body: chunk, start, signal };
      return await reader.minding(() => commitUpload(transfer, part));
    }
    const ended = await sendChunk(transfer, reader, chunk, start);
    if (ended !== undefined) return ended;
    start += chunk.length;
    if (isLast) return await reader.minding(() => commitUpload(transfer, { sizeBytes: 0, signal }));
  }
}

/** Sends the chunk, in as many requests as it takes; undefined when the registry has it. */
async function sendChunk(
  transfer: Transfer,
  reader: ChunkReader,
  chunk: Uint8Array,
  start: number,
): Promise<Outcome | undefined> {
  const { strategy, session, asked } = transfer;
  const end = start + chunk.length;
  let setbacks = 0;
  for (let offset = start, requests = 1; offset < end; requests += 1) {
    if (requests > requestsPerChunkMax) throw brokenAnswer({ status: 202 }, asked, 'it takes too little of each chunk');
    const sizeBytes = Math.min(end - offset, Math.max(strategy.chunkSizeBytes(), session.chunkSizeBytesMin));
    const piece = chunk.subarray(offset - start, offset - start + sizeBytes);
    const patched = await reader.minding(() => patch(transfer, piece, offset, reader.signal));
    switch (patched.kind) {
      case 'at':
        if (patched.offset <= offset || patched.offset > end) return strayed(transfer, offset, patched.offset);
        offset = patched.offset;
        break;
      case 'too-large':
        break;
      case 'ended':
        return patched.outcome;
      case 'astray': {
        setbacks += 1;
        const found = setbacks > setbacksPerChunkMax ? undefined : await findOffset(transfer, patched, reader.signal);
        // Where it is right where we began, and refuses to go on, asking again is no use.
        const isStuck = patched.outcome.kind === 'refused' && found === offset;
        if (found === undefined || found < start || found > end || isStuck) return patched.outcome;
        offset = found;
      }
    }
  }
  return undefined;
}

/** What a registry says it has is not behind what was sent: what it does have cannot be told, so a new session it is. */
function strayed({ asked, remote, strategy, attempt }: Transfer, offset: number, told: number): Outcome {
  // ECR, under names by which it is not known, has the bytes and says what it said before.
  if (told <= offset) strategy.distrustRanges();
  return {
    kind: 'setback',
    error: brokenAnswer({ status: 202 }, asked, `it has ${told} bytes, which is not what was sent`),
    mayBeStored: false,
    isSessionLeft: true,
    delayMs: backoffDelayMs(attempt, remote.exchange.timing),
  };
}

async function patch(transfer: Transfer, piece: Uint8Array, offset: number, signal: AbortSignal): Promise<Patched> {
  const { remote, strategy, session, asked, attempt } = transfer;
  const { timing } = remote.exchange;
  const part = { sizeBytes: piece.length, body: piece, start: offset, signal };
  const believed = strategy.believesRanges();
  try {
    return await sendPart<Patched>(transfer, 'PATCH', session.url, part, async (answer) => {
      if (isTaken(answer)) {
        moveSession(session, answer, asked);
        const sentTo = offset + piece.length;
        const told = believed && sentTo > 1 ? readOffset(answer) : undefined;
        return { kind: 'at', offset: told ?? sentTo };
      }
      const outcome = await readUploadRefusal(answer, asked, { timing, attempt, mayBeStored: false });
      const isTooLarge = outcome.kind === 'refused' && outcome.status === 413;
      if (isTooLarge && piece.length > session.chunkSizeBytesMin && strategy.shrinkChunk(piece.length)) {
        return { kind: 'too-large' };
      }
      if (!believed) return { kind: 'ended', outcome };
      if (outcome.kind === 'refused') {
        return outcome.status === 416 ? { kind: 'astray', outcome, delayMs: 0 } : { kind: 'ended', outcome };
      }
      return outcome.isSessionLeft ? { kind: 'astray', outcome, delayMs: outcome.delayMs } : { kind: 'ended', outcome };
    });
  } catch (error) {
    if (signal.aborted || !believed || !(error instanceof TransportError) || !mayPass(error)) throw error;
    const delayMs = backoffDelayMs(attempt, timing);
    const outcome = { kind: 'setback', error, mayBeStored: false, isSessionLeft: true, delayMs } as const;
    return { kind: 'astray', outcome, delayMs };
  }
}

/** Where the registry says the upload stands, after a while. Spec: distribution-spec v1.1.1, "Pushing a blob in chunks". */
async function findOffset(
  { remote, session, asked }: Transfer,
  { delayMs }: { readonly delayMs: number },
  signal: AbortSignal,
): Promise<number | undefined> {
  await remote.exchange.timing.sleep(delayMs, signal);
  const request = { method: 'GET', url: session.url, asked, scopes: remote.push, signal } as const;
  return await remote.exchange.send(request, async (answer) => {
    if (!isTaken(answer)) return undefined;
    moveSession(session, answer, asked);
    return readOffset(answer);
  });
}
