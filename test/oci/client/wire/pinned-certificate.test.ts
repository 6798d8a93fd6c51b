/** A registry that is known by its certificate alone. */
import { once } from 'node:events';
import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { openConnections } from '../../../../oci/client/wire/connections.ts';
import { sendRequest } from '../../../../oci/client/wire/transport.ts';
import { type KeyPair, openAuthority } from '../certificates.ts';
import { errorOf, testTiming, textOf } from '../fixture.ts';

const authority = openAuthority();
afterAll(() => authority.close());

const own = authority.issue('DNS:elsewhere.test');
const other = authority.issue('IP:127.0.0.1');
const bulkSizeBytes = 1024 * 1024;

interface Server {
  readonly url: string;
  /** How many requests have arrived. */
  asked(): number;
  /** Shows this one from now on. */
  show(pair: KeyPair): void;
}

async function openServer(pair: KeyPair | undefined): Promise<Server> {
  let count = 0;
  const listener: Parameters<typeof createServer>[1] = (_, response) => {
    count += 1;
    response.setHeader('connection', 'close');
    response.end('here');
  };
  const server = pair === undefined ? createPlainServer(listener) : createServer(pair, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `${pair === undefined ? 'http' : 'https'}://127.0.0.1:${port}/`,
    asked: () => count,
    show: (next) => 'setSecureContext' in server && server.setSecureContext(next),
  };
}

/** What asks for little or for much, each time by a new connection. */
function openAsker(server: Server, pinned: () => Promise<string>, answerSizeBytes: number): () => Promise<string> {
  const connections = openConnections({ ca: undefined, pinned, proxy: {} });
  onTestFinished(() => connections.close());
  const { answerMs } = testTiming();
  const request = { method: 'GET', url: new URL(server.url), headers: {}, answerMs, answerSizeBytes } as const;
  return async () => textOf((await sendRequest(connections, testTiming(), request)).take());
}

/** Asks by connections that nobody has used. */
async function ask(server: Server, pinned: () => Promise<string>, answerSizeBytes: number): Promise<string> {
  return openAsker(server, pinned, answerSizeBytes)();
}

describe.each([
  ['a little', 10],
  ['much', bulkSizeBytes],
])('when %s is asked for', (_, sizeBytes) => {
  it('a certificate of an unknown authority and for another name is trusted when it is the one', async () => {
    const server = await openServer(own);
    expect(await ask(server, async () => own.cert, sizeBytes)).toBe('here');
    expect(await ask(server, async () => `${other.cert}${own.cert}`, sizeBytes)).toBe('here');
  });

  it('it is trusted with every connection, and every connection shows it', async () => {
    const server = await openServer(own);
    let known = own.cert;
    const again = openAsker(server, async () => known, sizeBytes);
    for (let nth = 1; nth <= 5; nth += 1) expect(await again()).toBe('here');
    known = other.cert;
    expect(await errorOf(again())).toMatchObject({ fields: { networkCode: 'CERTIFICATE_NOT_PINNED' } });
  });

  it.each([
    ['another one', async () => other.cert],
    ['its authority', async () => authority.ca],
    ['none', async () => ''],
  ])('where %s is known, it is not, and nothing is asked', async (_known, pinned) => {
    const server = await openServer(own);
    expect(await errorOf(ask(server, pinned, sizeBytes))).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      fields: { networkCode: 'CERTIFICATE_NOT_PINNED' },
    });
    expect(server.asked()).toBe(0);
  });

  it('nothing is asked without TLS', async () => {
    const server = await openServer(undefined);
    expect(await errorOf(ask(server, async () => own.cert, sizeBytes))).toMatchObject({
      fields: { networkCode: 'CERTIFICATE_NOT_PINNED' },
    });
    expect(server.asked()).toBe(0);
  });

  it('a certificate is known by what is pinned when the connection is made', async () => {
    const server = await openServer(own);
    let known = own.cert;
    expect(await ask(server, async () => known, sizeBytes)).toBe('here');
    server.show(other);
    expect(await errorOf(ask(server, async () => known, sizeBytes))).toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
    known = other.cert;
    expect(await ask(server, async () => known, sizeBytes)).toBe('here');
  });

  it('what fails to be read fails the request', async () => {
    const server = await openServer(own);
    const pinned = () => Promise.reject(new Error('no such file'));
    expect(await errorOf(ask(server, pinned, sizeBytes))).toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
    expect(server.asked()).toBe(0);
  });
});
