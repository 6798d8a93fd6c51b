/** Requests for many bytes over connections of our own, to servers of the bare protocol. */
import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import fc from 'fast-check';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Answer } from '../../../../../oci/client/wire/answer.ts';
import { openConnections } from '../../../../../oci/client/wire/connections.ts';
import type { Timing } from '../../../../../oci/client/wire/timing.ts';
import { sendRequest, type TransportRequest } from '../../../../../oci/client/wire/transport.ts';
import { readAll } from '../../../content.ts';
import { openAuthority } from '../../certificates.ts';
import { errorOf, testTiming, textOf } from '../../fixture.ts';

type Send = (url: string, request?: Partial<TransportRequest>) => Promise<Answer>;

const authority = openAuthority();
afterAll(authority.close);
const tls = authority.issue('IP:127.0.0.1');

/** Sends requests for many bytes, over connections that end with the test. */
function openSender(timing: Timing = testTiming()): Send {
  const connections = openConnections({ ca: authority.ca, proxy: {} });
  onTestFinished(() => connections.close());
  return (url, request) =>
    sendRequest(connections, timing, {
      method: 'GET',
      url: new URL(url),
      headers: {},
      answerMs: timing.answerMs,
      answerSizeBytes: 1024 * 1024,
      ...request,
    });
}

interface RawServer {
  readonly url: string;
  readonly sockets: readonly Socket[];
}

/** Tells each request, by its head, to the listener, with the number of its connection. */
async function openRaw(
  onRequest: (socket: Socket, connection: number, head: string) => void,
  isTls = false,
): Promise<RawServer> {
  const sockets: Socket[] = [];
  const onConnection = (socket: Socket) => {
    const connection = sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (head) => onRequest(socket, connection, String(head)));
  };
  const server: Server = isTls ? createTlsServer(tls, onConnection) : createServer(onConnection);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { url: `${isTls ? 'https' : 'http'}://127.0.0.1:${port}/blob?x=1`, sockets };
}

const short = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello';

async function read(answer: Answer): Promise<string> {
  return await textOf(answer.take());
}

describe('a request for many bytes', () => {
  it('says where it goes and what it carries', async () => {
    const heads: string[] = [];
    const { url } = await openRaw((socket, _, head) => {
      heads.push(head);
      socket.write(short);
    });
    expect(await read(await openSender()(url, { headers: { 'user-agent': 'x' } }))).toBe('hello');
    const { host } = new URL(url);
    expect(heads).toEqual([
      `GET /blob?x=1 HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\naccept-encoding: identity\r\nuser-agent: x\r\n\r\n`,
    ]);
  });

  it('is not sent with a header that could be taken for two', async () => {
    const { url, sockets } = await openRaw((socket) => socket.write(short));
    const error = await errorOf(openSender()(url, { headers: { authorization: 'a\r\nhost: b' } }));
    expect(error).toMatchObject({ fields: { networkCode: 'UND_ERR_INVALID_ARG' } });
    expect(sockets).toHaveLength(0);
  });

  it.each([
    ['plain HTTP', false],
    ['TLS', true],
  ])('brings a large body as it is, over %s, by length and in chunks', async (_, isTls) => {
    const content = randomBytes(6 * 1024 * 1024);
    let answers = 0;
    const { url, sockets } = await openRaw((socket) => {
      answers += 1;
      if (answers === 1) {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${content.length}\r\n\r\n`);
        socket.write(content);
        return;
      }
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      for (let at = 0; at < content.length; at += 30_000) {
        const chunk = content.subarray(at, at + 30_000);
        socket.write(`${chunk.length.toString(16)}\r\n`);
        socket.write(chunk);
        socket.write('\r\n');
      }
      socket.write('0\r\n\r\n');
    }, isTls);
    const send = openSender();
    for (let count = 0; count < 2; count += 1) {
      const answer = await send(url);
      expect(Buffer.compare(await readAll(answer.take()), content)).toBe(0);
      expect(await answer.ended).toBe('whole');
    }
    expect(sockets).toHaveLength(1);
  });

  it('reads the same however the answer is cut, with answers before it', async () => {
    const text = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n`;
    let cuts: readonly number[] = [];
    const writeCut = async (socket: Socket) => {
      let from = 0;
      for (const cut of [...cuts, text.length].toSorted((one, other) => one - other)) {
        socket.write(text.slice(from, cut));
        from = cut;
        await turn();
      }
    };
    const { url } = await openRaw((socket) => void writeCut(socket));
    const send = openSender();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 12 }), async (places) => {
        cuts = places;
        expect(await read(await send(url))).toBe('abcde');
      }),
      { numRuns: 60 },
    );
  });

  it('is refused when garbage comes instead of an answer, and never hangs', async () => {
    let text = '';
    const { url } = await openRaw((socket) => socket.end(text, 'latin1'));
    const send = openSender();
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
      fc.stringMatching(/^HTTP\/1\.[01] [0-9]{3} [ -~\r\n:]{0,80}$/),
    );
    await fc.assert(
      fc.asyncProperty(garbage, async (written) => {
        text = written;
        const outcome = await send(url)
          .then(read)
          .catch((error: Error) => error);
        if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
        else expect(written).toContain('\r\n\r\n');
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['a head without end', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(4000)}`, 'UND_ERR_HEADERS_OVERFLOW'],
    ['answers before the answer without end', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(20), 'ANSWER_MALFORMED'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n', 'ANSWER_MALFORMED'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', 'ANSWER_MALFORMED'],
  ])('is refused when %s comes', async (_, text, networkCode) => {
    const { url } = await openRaw((socket) => socket.write(text));
    expect(await errorOf(openSender()(url))).toMatchObject({ fields: { networkCode } });
  });

  it('fails when the answer ends early', async () => {
    const { url } = await openRaw((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello'));
    const answer = await openSender()(url);
    expect(await errorOf(read(answer))).toMatchObject({ fields: { networkCode: 'ECONNRESET' } });
    expect(await answer.ended).toBe('broken');
  });

  it('gives up on a registry that says nothing, or no more', async () => {
    const { url } = await openRaw((socket, connection) => {
      if (connection === 2) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello');
    });
    const send = openSender(testTiming({ stallMs: 50 }));
    const stalled = { fields: { networkCode: 'STALLED' } };
    expect(await errorOf(send(url, { answerMs: 50 }))).toMatchObject(stalled);
    expect(await errorOf(read(await send(url)))).toMatchObject(stalled);
  });

  it('ends with the reason of a caller who gives up, wherever it is', async () => {
    const { url, sockets } = await openRaw((socket, connection) => {
      if (connection === 2) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello');
    });
    const send = openSender();
    const stop = new AbortController();
    const waiting = errorOf(send(url, { signal: stop.signal }));
    await expect.poll(() => sockets).toHaveLength(1);
    const reading = errorOf(read(await send(url, { signal: stop.signal })));
    stop.abort(new Error('enough'));
    expect((await waiting).message).toBe('enough');
    expect((await reading).message).toBe('enough');
    await expect.poll(() => sockets.every(({ destroyed }) => destroyed)).toBe(true);
  });

  it('takes no more from the registry than it has room for while nobody reads', async () => {
    const sizeBytes = 48 * 1024 * 1024;
    const { url, sockets } = await openRaw((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${sizeBytes}\r\n\r\n`);
      socket.write(Buffer.alloc(sizeBytes));
    });
    const answer = await openSender()(url);
    for (let waited = 0; waited < 1000; waited += 1) await turn();
    expect(sockets[0]?.writableLength).toBeGreaterThan(sizeBytes / 2);
    expect((await readAll(answer.take())).length).toBe(sizeBytes);
  });
});

describe('a connection for bulk', () => {
  it('is used again when the body was read or discarded', async () => {
    const { url, sockets } = await openRaw((socket) => socket.write(short));
    const send = openSender();
    await (await send(url)).discard();
    expect(await read(await send(url))).toBe('hello');
    expect(new TextDecoder().decode(await (await send(url)).readBytes(10))).toBe('hello');
    expect(sockets).toHaveLength(1);
  });

  it.each([
    ['the registry says so', short.replace('\r\n', '\r\nconnection: close\r\n')],
    ['it is of HTTP/1.0', short.replace('1.1', '1.0')],
    ['more came than belongs to the body', `${short}HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil`],
  ])('is not used again when %s', async (_, text) => {
    const { url, sockets } = await openRaw((socket) => socket.write(text));
    const send = openSender();
    expect(await read(await send(url))).toBe('hello');
    expect(await read(await send(url))).toBe('hello');
    expect(sockets).toHaveLength(2);
  });

  it.each([
    ['an answer that nobody asked for', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nevil')],
    ['its end', (socket: Socket) => socket.end()],
  ])('that rests is dropped at %s', async (_, surprise) => {
    const { url, sockets } = await openRaw((socket) => socket.write(short));
    const send = openSender();
    expect(await read(await send(url))).toBe('hello');
    const [first] = sockets;
    const gone = new Promise((resolve) => first?.on('close', resolve));
    if (first !== undefined) surprise(first);
    await gone;
    expect(await read(await send(url))).toBe('hello');
    expect(sockets).toHaveLength(2);
  });

  it('is closed when a body is left half way, or too large to discard', async () => {
    const { url, sockets } = await openRaw((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n${'x'.repeat(200_000)}`);
    });
    const send = openSender();
    const answer = await send(url);
    for await (const _ of answer.take()) break;
    expect(await answer.ended).toBe('whole');
    await (await send(url)).discard();
    await expect.poll(() => sockets.map(({ destroyed }) => destroyed)).toEqual([true, true]);
  });
});

describe('bulk', () => {
  it('is neither for few bytes nor behind a proxy', () => {
    const proxy = { http: 'http://127.0.0.1:1' };
    const connections = openConnections({ ca: undefined, proxy });
    onTestFinished(() => connections.close());
    const direct = new URL('https://registry.test/');
    expect(connections.bulkFor(direct, 1024 * 1024)).toBeDefined();
    expect(connections.bulkFor(direct, 1024 * 1024 - 1)).toBeUndefined();
    expect(connections.bulkFor(new URL('http://registry.test/'), 1024 * 1024)).toBeUndefined();
  });
});
