/** A blob on its way to a registry: opened when its turn comes, counted, and watched from both ends. */
import { IntegrityError } from '../../../errors/errors.ts';
import type { ByteStream } from '../../copy/target.ts';
import type { Descriptor } from '../../spec/descriptor.ts';
import type { Remote } from '../remote.ts';
import { stalled } from '../wire/transport-failure.ts';
import { openWatchdog } from '../wire/watchdog.ts';

/** One attempt to send a blob. */
export interface OutgoingBlob {
  readonly body: ByteStream;
  /** Aborts when the caller does, and when either end stands still. */
  readonly signal: AbortSignal;
  /** What the source threw, in a box; undefined when it is not to blame. */
  sourceFailure(): { readonly cause: unknown } | undefined;
}

/**
 * A chunk of this size or more is lent to the connection: with so much waiting in it, the high-water mark of those that
 * undici opens, the next one is asked for only when all is with the system. Of smaller ones several may wait, so each is
 * copied. The registry's digest would find what is sent wrong.
 */
const lentSizeBytesMin = 64 * 1024;

/**
 * The blob as a request body. The source is opened only once the registry takes the first bytes, so it does not wait,
 * and time out, while the request queues for a connection; and no read holds a connection that a write waits for.
 */
export function openOutgoingBlob(
  remote: Remote,
  descriptor: Descriptor,
  open: () => Promise<ByteStream>,
  signal: AbortSignal | undefined,
): OutgoingBlob {
  const { endpoint, timing } = remote.exchange;
  const stall = new AbortController();
  let waitsFor: 'source' | 'registry' = 'source';
  let failure: { readonly cause: unknown } | undefined;

  async function* send(): AsyncGenerator<Uint8Array> {
    const watchdog = openWatchdog(timing.stallMs, () => {
      stall.abort(stalled(endpoint.registry, standstill[waitsFor], timing.stallMs));
    });
    let sizeBytes = 0;
    try {
      // Opening may have to wait for its turn; whoever opens has limits of its own.
      const source = await open();
      watchdog.feed();
      for await (const chunk of source) {
        sizeBytes += chunk.length;
        if (sizeBytes > descriptor.size) throw wrongSize(descriptor, remote.name, `more than ${descriptor.size}`);
        waitsFor = 'registry';
        watchdog.feed();
        if (chunk.length > 0) yield chunk.length < lentSizeBytesMin ? Buffer.from(chunk) : chunk;
        waitsFor = 'source';
        watchdog.feed();
      }
      // Without this the registry would wait for the rest, and we for its answer.
      if (sizeBytes < descriptor.size) throw wrongSize(descriptor, remote.name, `${sizeBytes} of ${descriptor.size}`);
    } catch (cause) {
      // A registry's failure does not come here: the body is left then.
      failure = { cause };
      throw cause;
    } finally {
      // From here on it is the registry's time to commit, which has a limit of its own.
      watchdog.close();
    }
  }

  return {
    body: send(),
    signal: signal === undefined ? stall.signal : AbortSignal.any([signal, stall.signal]),
    sourceFailure: () => failure,
  };
}

const standstill = { source: 'the source sent nothing', registry: 'the registry took nothing' } as const;

/** The error for a source whose bytes are more or fewer than the descriptor says. */
export function wrongSize(descriptor: Descriptor, name: string, found: string): IntegrityError {
  return new IntegrityError({
    code: 'DIGEST_MISMATCH',
    message: `content does not match its size: ${name}@${descriptor.digest}: the source has ${found} bytes`,
  });
}
