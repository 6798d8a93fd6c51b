/** A wire in front of a real HTTP server. */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { openWire } from './open-wire.ts';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

/** Answers every request with the digest of its body; the Location leads back through the wire. */
async function openServer(): Promise<number> {
  const server: Server = createServer((incoming, outgoing) => {
    const hash = createHash('sha256');
    incoming.on('data', (chunk) => hash.update(chunk));
    incoming.on('end', () => outgoing.end(`${hash.digest('hex')} ${incoming.headers.host}`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return (server.address() as AddressInfo).port;
}

async function openCounted(latencyMs: number) {
  const wire = await openWire(await openServer(), latencyMs);
  opened.push(wire);
  return wire;
}

test.each([0, 4])(
  'at %i ms, large bodies pass unchanged in both directions and are counted once',
  async (latencyMs) => {
    const wire = await openCounted(latencyMs);
    const body = randomBytes(8 * 1024 * 1024);
    const url = `http://127.0.0.1:${wire.port}/v2/app/blobs/uploads/1`;
    const answers = await Promise.all(
      ['PUT', 'PATCH', 'PUT'].map(async (method) => (await fetch(url, { method, body })).text()),
    );
    const expected = `${createHash('sha256').update(body).digest('hex')} 127.0.0.1:${wire.port}`;
    expect(answers).toEqual([expected, expected, expected]);
    const { requests, sentBytes } = wire.take();
    expect(requests).toEqual({ 'PUT blob': 2, 'PATCH blob': 1 });
    expect(sentBytes).toBeGreaterThan(3 * body.length);
  },
);

test('what was taken is not counted again', async () => {
  const wire = await openCounted(0);
  await (await fetch(`http://127.0.0.1:${wire.port}/v2/`)).text();
  expect(wire.take()).toMatchObject({ requests: { ping: 1 }, lines: ['GET /v2/'], connections: 1 });
  expect(wire.take()).toMatchObject({ requests: {}, lines: [], connections: 0, sentBytes: 0, receivedBytes: 0 });
});

test('an attempt of TLS is turned away and not counted', async () => {
  const wire = await openCounted(0);
  const socket = connect(wire.port, '127.0.0.1');
  socket.write(Buffer.from([0x16, 0x03, 0x01, 0x0a, 0x0a]));
  expect(await text(socket)).toMatch(/^HTTP\/1.0 400 /);
  expect(wire.take()).toMatchObject({ requests: {}, connections: 0 });
});

test('a client that goes away takes its connection to the registry with it', async () => {
  const wire = await openCounted(0);
  const socket = connect(wire.port, '127.0.0.1');
  socket.write('PUT /v2/app/blobs/uploads/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n');
  await expect.poll(() => wire.open).toBe(2);
  socket.resetAndDestroy();
  await expect.poll(() => wire.open).toBe(0);
});
