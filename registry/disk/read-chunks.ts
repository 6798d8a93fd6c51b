/** Reading a file for somebody who sends it on: in large pieces, the next one while this one is on its way. */
import type { FileHandle } from 'node:fs/promises';

/**
 * Read at once: large enough that system calls and changes of thread do not show, small enough that a processor's cache
 * holds it from the file to the connection.
 */
const chunkBytes = 512 * 1024;

/** Buffers that wait for their next reader: memory that is used again need not be asked for and cleared again. */
const idleBuffersMax = 32;
const idleBuffers: Buffer[] = [];

/**
 * What readers may hold in large pieces, all together. A client that takes nothing holds two of them for as long as it is
 * borne with, and anybody who may pull can be thousands of such clients: beyond this each new one gets small pieces.
 */
const lentBytesMax = 128 * 1024 * 1024;
const smallChunkBytes = 32 * 1024;
let lentBytes = 0;

function borrow(): Buffer {
  const isPlenty = lentBytes + chunkBytes <= lentBytesMax;
  const buffer =
    (isPlenty ? idleBuffers.pop() : undefined) ?? Buffer.allocUnsafeSlow(isPlenty ? chunkBytes : smallChunkBytes);
  lentBytes += buffer.length;
  return buffer;
}

/**
 * Bytes `start` to `end` of the file, both included. A chunk holds until the next one is asked for. The handle is closed
 * as soon as the last one is read, and by `return` before that. A file that is shorter ends early.
 */
export function readChunks(handle: FileHandle, start: number, end: number): AsyncIterableIterator<Uint8Array> {
  let position = start;
  let ahead: Promise<Uint8Array> | undefined;
  let buffers: Buffer[] = [];
  let borrowedBytes = 0;
  let handleClosed: Promise<void> | undefined;
  let closed: Promise<void> | undefined;

  function closeHandle(): Promise<void> {
    handleClosed ??= handle.close();
    return handleClosed;
  }

  /** The next chunk; when there is none, the file is let go while the last one is on its way. */
  function read(): Promise<Uint8Array> | undefined {
    if (position > end) {
      closeHandle().catch(() => undefined);
      return undefined;
    }
    const buffer = buffers.pop() ?? borrowOne();
    const lengthBytes = Math.min(buffer.length, end + 1 - position);
    const reading = fill(handle, buffer, lengthBytes, position);
    position += lengthBytes;
    // Whoever asks for the chunk learns of the failure; one that nobody asks for is nobody's.
    reading.catch(() => undefined);
    return reading;
  }

  function borrowOne(): Buffer {
    const buffer = borrow();
    borrowedBytes += buffer.length;
    return buffer;
  }

  async function close(): Promise<void> {
    await ahead?.catch(() => undefined);
    lentBytes -= borrowedBytes;
    borrowedBytes = 0;
    await closeHandle();
    for (const buffer of buffers) {
      if (buffer.length === chunkBytes && idleBuffers.length < idleBuffersMax) idleBuffers.push(buffer);
    }
    buffers = [];
  }

  let current: Uint8Array | undefined;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (closed !== undefined) return { done: true, value: undefined };
      if (current !== undefined) buffers.push(Buffer.from(current.buffer));
      current = undefined;
      const reading = ahead ?? read();
      ahead = undefined;
      try {
        current = await reading;
      } catch (error) {
        await this.return?.();
        throw error;
      }
      if (current === undefined || current.length === 0) return this.return?.() ?? { done: true, value: undefined };
      ahead = read();
      return { done: false, value: current };
    },
    async return() {
      closed ??= close();
      await closed;
      return { done: true, value: undefined };
    },
  };
}

/** The bytes from the position on, fewer only where the file ends. */
async function fill(handle: FileHandle, buffer: Buffer, lengthBytes: number, position: number): Promise<Uint8Array> {
  let filled = 0;
  while (filled < lengthBytes) {
    const { bytesRead } = await handle.read(buffer, filled, lengthBytes - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
