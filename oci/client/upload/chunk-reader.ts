/** A blob read in chunks, each held in memory until the registry has it. */
import type { ByteStream } from '../../copy/target.ts';
import type { Descriptor } from '../../spec/descriptor.ts';
import type { Remote } from '../remote.ts';
import { abortable } from '../wire/abortable.ts';
import { stalled } from '../wire/transport-failure.ts';
import { openWatchdog } from '../wire/watchdog.ts';
import { wrongSize } from './outgoing-blob.ts';

/** The source of one chunked upload. */
export interface ChunkReader {
  /**
   * So many bytes, fewer only at the end. The bytes are the reader's: the next call writes over them.
   * @throws what the source throws; IntegrityError DIGEST_MISMATCH when it has more or fewer bytes than the descriptor says.
   */
  read(sizeBytesMax: number): Promise<Uint8Array>;
  /** Aborts when the caller does, and when either end stands still. */
  readonly signal: AbortSignal;
  /** Runs the work, in which the registry must not stand still. */
  minding<Result>(work: () => Promise<Result>): Promise<Result>;
  /** What the source threw, in a box; undefined when it is not to blame. */
  sourceFailure(): { readonly cause: unknown } | undefined;
  /** Ends the source, wherever it is. */
  close(): Promise<void>;
}

/** A reader that opens the source with the first read. */
export function openChunkReader(
  remote: Remote,
  descriptor: Descriptor,
  open: () => Promise<ByteStream>,
  signal: AbortSignal | undefined,
): ChunkReader {
  const { endpoint, timing } = remote.exchange;
  const stall = new AbortController();
  const combined = signal === undefined ? stall.signal : AbortSignal.any([signal, stall.signal]);
  let source: AsyncIterator<Uint8Array> | undefined;
  let rest: Uint8Array = new Uint8Array(0);
  let buffer: Uint8Array = new Uint8Array(0);
  let readBytes = 0;
  let failure: { readonly cause: unknown } | undefined;

  const barkAfter = (limitMs: number, what: string) =>
    openWatchdog(limitMs, () => stall.abort(stalled(endpoint.registry, what, limitMs)));

  const pull = async (): Promise<boolean> => {
    const next = await source?.next();
    if (next === undefined || next.done === true) return false;
    rest = next.value;
    return true;
  };

  /** Fills the buffer as far as the source goes. */
  const fill = async (wanted: number): Promise<void> => {
    // Opening may have to wait for its turn; whoever opens has limits of its own.
    source ??= (await abortable(open(), combined))[Symbol.asyncIterator]();
    const watchdog = barkAfter(timing.stallMs, 'the source sent nothing');
    try {
      for (let filled = 0; filled < wanted; ) {
        watchdog.feed();
        if (rest.length === 0 && !(await abortable(pull(), combined))) {
          throw wrongSize(descriptor, remote.name, `${readBytes} of ${descriptor.size}`);
        }
        const taken = rest.subarray(0, wanted - filled);
        buffer.set(taken, filled);
        rest = rest.subarray(taken.length);
        filled += taken.length;
        readBytes += taken.length;
      }
      // The source's end is where it says whether the digest was right, and more than the size is wrong as well.
      while (readBytes === descriptor.size && rest.length === 0 && (await abortable(pull(), combined))) watchdog.feed();
      if (readBytes === descriptor.size && rest.length > 0) {
        throw wrongSize(descriptor, remote.name, `more than ${descriptor.size}`);
      }
    } finally {
      watchdog.close();
    }
  };

  return {
    async read(sizeBytesMax) {
      const wanted = Math.min(sizeBytesMax, descriptor.size - readBytes);
      if (buffer.length < wanted) buffer = Buffer.allocUnsafe(wanted);
      try {
        await fill(wanted);
      } catch (cause) {
        failure = { cause };
        throw cause;
      }
      return buffer.subarray(0, wanted);
    },
    signal: combined,
    async minding(work) {
      const watchdog = barkAfter(timing.commitMs, 'the registry took nothing');
      try {
        watchdog.feed();
        return await work();
      } finally {
        watchdog.close();
      }
    },
    sourceFailure: () => failure,
    async close() {
      // What a source says at its early end changes nothing any more.
      const ended = source?.return?.().catch(() => {});
      // One that stands still ends when it moves again, and nobody waits for that.
      if (!combined.aborted) await ended;
    },
  };
}
