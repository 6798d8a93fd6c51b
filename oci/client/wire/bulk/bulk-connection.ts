/** One connection that is read into memory of its own. */
import type { OnReadOpts, Socket } from 'node:net';
import { setImmediate } from 'node:timers';
import { openConnector, type TlsTrust } from '../connector.ts';
import { openReadBuffer } from './read-buffer.ts';
import { hungUp } from './wire-error.ts';

/** A connection, with or without TLS. */
export interface BulkConnection {
  write(text: string): void;
  /**
   * The next bytes, lent until the next call; undefined when the other side has ended.
   * @throws what broke the connection, or what it was destroyed with.
   */
  read(): Promise<Uint8Array | undefined>;
  /** Nothing is expected; it does not keep the process alive. `onSign` is told when anything comes all the same. */
  rest(onSign: () => void): void;
  /** Whether it may be used after a rest: nothing has come, and it has not ended. */
  wake(): boolean;
  /** What waits is lost, and a read under way fails. */
  destroy(error?: Error): void;
  /** Resolves when it is gone. */
  readonly closed: Promise<void>;
}

/**
 * The connection stops reading while so much waits. What comes under TLS after that is already decrypted, 64 KiB at most,
 * and has room.
 */
const waitingSizeBytesMax = 256 * 1024;

/**
 * A new connection to the origin of the URL.
 *
 * Node gives every read fresh memory: at the speed of a disk its pages, cold caches and their collection cost twice what
 * is done with the bytes. So this one reads into memory that is used over and over.
 */
export async function openBulkConnection(trust: TlsTrust, url: URL): Promise<BulkConnection> {
  const buffer = openReadBuffer();
  let reader: PromiseWithResolvers<Uint8Array | undefined> | undefined;
  let ending: { readonly error: Error | undefined } | undefined;
  let isPaused = false;
  let isDestroyed = false;
  let onSign: (() => void) | undefined;

  function serve(): void {
    if (reader === undefined) return;
    const piece = isDestroyed ? undefined : buffer.take();
    if (piece !== undefined) reader.resolve(piece);
    else if (ending === undefined) return;
    else if (ending.error === undefined) reader.resolve(undefined);
    else reader.reject(ending.error);
    reader = undefined;
    readOn();
  }

  // TLS comes in records of 16 KiB: those of one moment are given out together.
  const serveSoon = url.protocol === 'https:' ? onceATurn(serve) : serve;

  function readOn(): void {
    if (!isPaused || buffer.waitingSizeBytes() >= waitingSizeBytesMax) return;
    isPaused = false;
    socket.resume();
  }

  function end(error?: Error): void {
    ending ??= { error };
    onSign?.();
    serveSoon();
  }

  const onread: OnReadOpts = {
    buffer: () => buffer.room(),
    callback(sizeBytes) {
      buffer.wrote(sizeBytes);
      onSign?.();
      serveSoon();
      isPaused = buffer.waitingSizeBytes() >= waitingSizeBytesMax;
      return !isPaused;
    },
  };
  const socket = await connect(trust, url, onread);
  socket.on('end', () => end());
  socket.on('error', end);
  socket.on('close', () => end(hungUp()));
  // It may have ended before anybody listened.
  if (socket.destroyed) end(socket.errored ?? hungUp());

  return {
    closed: new Promise((resolve) => (socket.closed ? resolve() : socket.on('close', () => resolve()))),
    write: (text) => void socket.write(text, 'latin1'),
    read() {
      reader = Promise.withResolvers();
      const { promise } = reader;
      serve();
      return promise;
    },
    rest(listener) {
      onSign = listener;
      socket.unref();
      if (buffer.waitingSizeBytes() > 0 || ending !== undefined) listener();
    },
    wake() {
      onSign = undefined;
      socket.ref();
      return ending === undefined && buffer.waitingSizeBytes() === 0;
    },
    destroy(error = hungUp()) {
      if (isDestroyed) return;
      isDestroyed = true;
      ending = { error };
      socket.destroy();
      serve();
    },
  };
}

async function connect(trust: TlsTrust, url: URL, onread: OnReadOpts): Promise<Socket> {
  const { protocol, host, port } = url;
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  return await new Promise((resolve, reject) => {
    openConnector(trust, onread)({ protocol, host, hostname, port }, (...[error, socket]) => {
      if (error !== null) reject(error);
      else resolve(socket);
    });
  });
}

/** The work as it is done once, however often it is called for in one turn of the event loop. */
function onceATurn(work: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      work();
    });
  };
}
