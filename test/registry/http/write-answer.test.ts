/** Answers that are read while they are written. */
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, test } from 'vitest';
import { writeAnswer } from '../../../registry/http/write-answer.ts';

let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
});

interface Download {
  readonly reply: IncomingMessage;
  /** What the writer said of it. */
  readonly whole: Promise<boolean>;
}

/** Begins to read what the server writes of the stream. */
async function download(stream: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<Download> {
  const { promise: whole, resolve } = Promise.withResolvers<boolean>();
  server = createServer((request, response) =>
    resolve(writeAnswer({ status: 200, headers: {}, body: { stream, sizeBytes } }, request, response, 60_000)),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const [reply] = await once(get({ host: '127.0.0.1', port, agent: false }), 'response');
  return { reply, whole };
}

/** Bytes in use on the heap after everything that nobody needs is gone. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

test('a long download holds no memory for the pieces that went out', async () => {
  const [pieces, pieceBytes] = [20_000, 1_000];
  const held: number[] = [];
  async function* stream(): AsyncIterable<Uint8Array> {
    const piece = Buffer.alloc(pieceBytes);
    for (let at = 0; at < pieces; at += 1) {
      if (at === pieces / 2 || at === pieces - 1) held.push(heapBytes());
      yield piece;
    }
  }
  const { reply, whole } = await download(stream(), pieces * pieceBytes);
  for await (const _ of reply);
  expect(await whole).toBe(true);
  const [half = 0, end = 0] = held;
  expect((end - half) / (pieces / 2)).toBeLessThan(50);
});

test('a client that goes away while the next piece is being read ends the reading', async () => {
  const gone = Promise.withResolvers<void>();
  let ended = false;
  async function* stream(): AsyncIterable<Uint8Array> {
    try {
      yield Buffer.alloc(10);
      await gone.promise;
      yield Buffer.alloc(10);
      yield Buffer.alloc(10);
    } finally {
      ended = true;
    }
  }
  const { reply, whole } = await download(stream(), 30);
  const connections = () => new Promise<number>((resolve) => server?.getConnections((_, count) => resolve(count)));
  reply.on('error', () => undefined).destroy();
  await expect.poll(connections).toBe(0);
  gone.resolve();
  expect([await whole, ended]).toEqual([false, true]);
});

test('a stream that is shorter than was told cuts the connection', async () => {
  async function* stream(): AsyncIterable<Uint8Array> {
    yield Buffer.alloc(10);
  }
  const { reply, whole } = await download(stream(), 30);
  await expect(reply.toArray()).rejects.toThrow('aborted');
  expect(await whole).toBe(false);
});
