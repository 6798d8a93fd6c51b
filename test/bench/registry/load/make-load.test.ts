/** The load counts what it must, and fails where an answer is not what it must be. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { freshBlobs } from './fresh-blob.ts';
import type { LoadOrder, LoadWork } from './load-order.ts';
import { makeLoad } from './make-load.ts';

let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function orderFor(work: LoadWork, answer: Answer, change: Partial<LoadOrder> = {}): Promise<LoadOrder> {
  server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const times = { concurrency: 2, durationMs: 0, countMin: 5, countMax: 5 };
  return { host: '127.0.0.1', port, headers: { authorization: 'Basic x' }, work, ...times, ...change };
}

const read = { kind: 'read', method: 'GET', path: '/blob', accept: '*/*', sizeBytes: 100_000 } as const;

test('reads are counted, with the sign-in and the type that is asked for', async () => {
  const asked: (string | undefined)[] = [];
  const order = await orderFor(read, ({ headers }, response) => {
    asked.push(headers.authorization, headers.accept);
    response.writeHead(200, { 'content-length': 100_000 }).end(Buffer.alloc(100_000));
  });
  const outcome = await makeLoad(order);
  expect([outcome.count, outcome.p50Ms > 0, outcome.p99Ms >= outcome.p50Ms]).toEqual([5, true, true]);
  expect(new Set(asked)).toEqual(new Set(['Basic x', '*/*']));
});

test('HEAD has a length and no body', async () => {
  const order = await orderFor({ ...read, method: 'HEAD' }, (_, response) =>
    response.writeHead(200, { 'Content-Length': 100_000 }).end(),
  );
  expect((await makeLoad(order)).count).toBe(5);
});

test.each([
  ['another status', 404, 100_000],
  ['another length', 200, 99_999],
])('%s than is due is a failure', async (_, status, sizeBytes) => {
  const order = await orderFor(read, (_request, response) =>
    response.writeHead(status, { 'content-length': sizeBytes }).end(Buffer.alloc(sizeBytes)),
  );
  await expect(makeLoad(order)).rejects.toThrow(`GET /blob: ${status} with ${sizeBytes} bytes, not 100000`);
});

test('an answer that tells no length is a failure', async () => {
  const order = await orderFor(read, (_request, response) => {
    response.write('a');
    response.end();
  });
  await expect(makeLoad(order)).rejects.toThrow('without a length');
});

test('a connection that is lost is a failure', async () => {
  const order = await orderFor(read, ({ socket }) => socket.destroy());
  await expect(makeLoad(order)).rejects.toThrow();
});

test('every push has bytes of its own, under their digest, at the place it was told', async () => {
  const digests: string[] = [];
  const order = await orderFor({ kind: 'push', repository: 'a/b', sizeBytes: 5_000 }, (request, response) => {
    const created = request.method === 'POST' ? 202 : 201;
    const hash = createHash('sha256');
    request.on('data', (chunk) => hash.update(chunk));
    request.on('end', () => {
      const named = new URL(request.url ?? '', 'http://x').searchParams;
      if (created === 201) digests.push(`${named.get('state')} ${named.get('digest')} sha256:${hash.digest('hex')}`);
      response.writeHead(created, { location: '/v2/up?state=x', 'content-length': 0 }).end();
    });
  });
  const { lastDigest } = await makeLoad(order);
  expect(new Set(digests).size).toBe(5);
  for (const line of digests) expect(line).toMatch(/^x (sha256:\w+) \1$/);
  expect(digests.some((line) => line.includes(lastDigest ?? 'none'))).toBe(true);
});

test('a blob that is smaller than its ending is as small as was asked for', () => {
  const { parts } = freshBlobs(3)();
  expect(Buffer.concat(parts).length).toBe(3);
});
