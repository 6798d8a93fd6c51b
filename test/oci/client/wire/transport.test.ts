/** Requests and connections: each trap of undici that would cost connections, bytes or time. */
import { createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TransportError } from '../../../../errors/errors.ts';
import type { Answer } from '../../../../oci/client/wire/answer.ts';
import { openConnections } from '../../../../oci/client/wire/connections.ts';
import type { Timing } from '../../../../oci/client/wire/timing.ts';
import { sendRequest, type TransportRequest } from '../../../../oci/client/wire/transport.ts';
import { errorOf, testTiming, textOf } from '../fixture.ts';
import { openTranscript } from '../transcript.ts';

type Send = (url: string, request?: Partial<TransportRequest>) => Promise<Answer>;

/** Sends over connections that end with the test. */
function openSender(timing: Timing = testTiming()): Send {
  const connections = openConnections({ ca: undefined, proxy: {} });
  onTestFinished(() => connections.close());
  return (url, request) =>
    sendRequest(connections, timing, {
      method: 'GET',
      url: new URL(url),
      headers: {},
      answerMs: timing.answerMs,
      ...request,
    });
}

/** A server of the bare protocol: writes the text to whoever sends a request. */
async function openRaw(onData: (socket: Socket, connection: number) => void): Promise<string> {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    connections += 1;
    const connection = connections;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', () => onData(socket, connection));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

describe('connections', () => {
  it('serve fifty HEADs, one after the other, by one or two', async () => {
    const server = await openTranscript(Array.from({ length: 50 }, () => ({ request: 'HEAD /' })));
    const send = openSender();
    for (let count = 0; count < 50; count += 1) await (await send(server.url, { method: 'HEAD' })).discard();
    expect(server.connections()).toBeLessThanOrEqual(2);
    expect(server.seen.every(({ headers }) => headers.connection === 'keep-alive')).toBe(true);
  });

  it('serve what follows an answer at once: ten uploads of two requests each by ten', async () => {
    const lines = Array.from({ length: 10 }, () => [
      { request: 'POST /', status: 202 },
      { request: 'PUT /', status: 201 },
    ]);
    const server = await openTranscript(lines.flat());
    const send = openSender();
    await Promise.all(
      lines.map(async () => {
        await (await send(server.url, { method: 'POST' })).discard();
        await (await send(server.url, { method: 'PUT', body: Buffer.from('a blob') })).discard();
      }),
    );
    expect(server.connections()).toBeLessThanOrEqual(10);
  });

  it('are free again when the body of an error is discarded', async () => {
    // Longer than what undici buffers, so that a body left alone would hold its connection.
    const page = `<html>${' '.repeat(100 * 1024)}</html>`;
    const server = await openTranscript(
      Array.from({ length: 20 }, () => ({ request: 'GET /', status: 502, answer: page })),
    );
    const send = openSender();
    for (let count = 0; count < 20; count += 1) await (await send(server.url)).discard();
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  it('are not held by a large body that nobody wants', async () => {
    const large = { request: 'GET /', answer: Buffer.alloc(1024 * 1024) };
    const server = await openTranscript([large, large, large]);
    const send = openSender();
    for (let count = 0; count < 3; count += 1) await (await send(server.url)).discard();
    expect(server.connections()).toBe(3);
  });

  it('are closed when a body is left half way', async () => {
    const closed = Promise.withResolvers<void>();
    const url = await openRaw((socket) => {
      socket.on('close', () => closed.resolve());
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n${'x'.repeat(1000)}`);
    });
    const answer = await openSender()(url);
    for await (const _ of answer.take()) break;
    await closed.promise;
  });

  it('do not hold up a caller who gives up while waiting for one', async () => {
    const server = await openTranscript(
      Array.from({ length: 64 }, () => ({ request: 'GET /', stalls: 'before' as const })),
    );
    const send = openSender();
    const stop = new AbortController();
    const holding = Array.from({ length: 64 }, () => errorOf(send(server.url, { signal: stop.signal })));
    await expect.poll(() => server.seen).toHaveLength(64);
    const queued = new AbortController();
    const waiting = errorOf(send(server.url, { signal: queued.signal }));
    queued.abort(new Error('no longer'));
    expect((await waiting).message).toBe('no longer');
    stop.abort(new Error('enough'));
    await Promise.all(holding);
    expect(server.connections()).toBe(64);
  });

  it('serve requests that come at the same time side by side', async () => {
    const server = await openTranscript(Array.from({ length: 4 }, () => ({ request: 'GET /', answer: 'x' })));
    const send = openSender();
    const answers = await Promise.all(Array.from({ length: 4 }, () => send(server.url)));
    expect(await Promise.all(answers.map((answer) => textOf(answer.take())))).toEqual(['x', 'x', 'x', 'x']);
    expect(server.connections()).toBe(4);
  });
});

describe('an answer', () => {
  it('is any status', async () => {
    const server = await openTranscript([{ request: 'GET /', status: 418 }]);
    expect((await openSender()(server.url)).status).toBe(418);
  });

  it('has its headers by name, several of one name together', async () => {
    const url = await openRaw((socket) => {
      socket.write(
        'HTTP/1.1 401 Unauthorized\r\nwww-authenticate: A\r\nwww-authenticate: B\r\ncontent-length: 0\r\n\r\n',
      );
    });
    const answer = await openSender()(url);
    expect(answer.header('www-authenticate')).toBe('A, B');
    expect(answer.header('location')).toBeUndefined();
  });

  it('is read up to the limit and no further', async () => {
    const server = await openTranscript([
      { request: 'GET /', answer: 'x'.repeat(10) },
      { request: 'GET /', answer: 'x'.repeat(11) },
    ]);
    const send = openSender();
    expect(await (await send(server.url)).readBytes(10)).toHaveLength(10);
    expect(await (await send(server.url)).readBytes(10)).toBeUndefined();
  });

  it('that comes as a trickle is not waited for to its end', async () => {
    const url = await openRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
      const trickle = setInterval(() => socket.write('x'), 5);
      socket.on('close', () => clearInterval(trickle));
    });
    const timing = testTiming();
    const answer = await openSender(timing)(url);
    const reading = errorOf(answer.readBytes(10_000));
    timing.advance(timing.stallMs + 1);
    const error = await reading;
    expect(error).toMatchObject({ fields: { networkCode: 'STALLED' } });
    expect(error.message).toContain('not at its end');
  });
});

describe('no answer', () => {
  it('is a TransportError that names the registry and says that it was not reached', async () => {
    const error = await errorOf(openSender()('http://127.0.0.1:1'));
    expect(error).toBeInstanceOf(TransportError);
    expect(error).toMatchObject({ code: 'REGISTRY_UNREACHABLE', fields: { registry: '127.0.0.1:1', reached: false } });
    expect(error.message).toContain('127.0.0.1:1');
  });

  it('leaves it open whether a request that was sent has arrived', async () => {
    const server = await openTranscript([{ request: 'PUT /', breaks: 'before' }]);
    const error = await errorOf(openSender()(server.url, { method: 'PUT', body: Buffer.from('x') }));
    expect(error).toBeInstanceOf(TransportError);
    expect(error).toMatchObject({ fields: { reached: undefined } });
  });

  it('is not waited for longer than the limit', async () => {
    const server = await openTranscript([{ request: 'GET /', stalls: 'before' }]);
    const error = await errorOf(openSender()(server.url, { answerMs: 50 }));
    expect(error).toMatchObject({ fields: { networkCode: 'UND_ERR_HEADERS_TIMEOUT' } });
  });

  it('is what something else than HTTP is', async () => {
    const url = await openRaw((socket) => socket.write('SSH-2.0-OpenSSH_9.2p1\r\n'));
    expect(await errorOf(openSender()(url))).toBeInstanceOf(TransportError);
  });

  it('for a caller who gives up is the reason he gives', async () => {
    const server = await openTranscript([{ request: 'GET /', stalls: 'before' }]);
    const stop = new AbortController();
    const waiting = errorOf(openSender()(server.url, { signal: stop.signal }));
    await expect.poll(() => server.seen).toHaveLength(1);
    stop.abort(new Error('enough'));
    expect((await waiting).message).toBe('enough');
  });
});
