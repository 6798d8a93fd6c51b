/** TLS with an authority of one's own, and proxies. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { createSecureServer } from 'node:http2';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { InputError } from '../../../../errors/errors.ts';
import { openConnections } from '../../../../oci/client/wire/connections.ts';
import { systemTiming } from '../../../../oci/client/wire/timing.ts';
import { sendRequest } from '../../../../oci/client/wire/transport.ts';
import { errorOf, openTestClient } from '../fixture.ts';
import { listen, openTranscript } from '../transcript.ts';

/** An authority and a certificate for 127.0.0.1 that it signed, made anew for each run. */
const directory = mkdtempSync(join(tmpdir(), 'registry-client-'));
afterAll(() => rmSync(directory, { recursive: true }));
const authority = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
openssl(...authority, '-subj', '/CN=Test authority', '-keyout', 'ca.key', '-out', 'ca.pem');
openssl(
  ...authority,
  ...[
    '-subj',
    '/CN=registry',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
    '-addext',
    'basicConstraints=critical,CA:FALSE',
  ],
  ...['-CA', 'ca.pem', '-CAkey', 'ca.key', '-keyout', 'server.key', '-out', 'server.pem'],
);
const ca = readFileSync(join(directory, 'ca.pem'), 'utf8');
const tls = {
  key: readFileSync(join(directory, 'server.key'), 'utf8'),
  cert: readFileSync(join(directory, 'server.pem'), 'utf8'),
};

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
}

describe('a registry with a certificate of an authority of its own', () => {
  it('is trusted when the authority is named', async () => {
    const server = await openTranscript([{ request: 'GET /v2/' }, { request: 'GET /v2/' }], { tls });
    const client = openTestClient({ url: server.url, ca });
    await client.ping();
    await client.ping();
    expect(client.endpoint).toBe(server.url);
  });

  it('is not trusted otherwise, nor asked twice', async () => {
    const server = await openTranscript([], { tls });
    const error = await errorOf(openTestClient({ url: server.url }).ping());
    expect(error).toMatchObject({ code: 'REGISTRY_UNREACHABLE', wayOut: expect.stringContaining('authority') });
  });

  it('that speaks plain HTTP is told from one that does not answer, and not asked twice', async () => {
    const server = await openTranscript([]);
    const error = await errorOf(openTestClient({ url: server.url.replace('http:', 'https:') }).ping());
    expect(error).toMatchObject({
      message: expect.stringMatching(/^registry does not answer: 127\.0\.0\.1:\d+: it does not speak TLS$/),
      wayOut: expect.stringContaining('--plain-http'),
    });
  });

  it('is not trusted under another name', async () => {
    const server = await openTranscript([], { tls });
    const url = server.url.replace('127.0.0.1', 'localhost');
    const error = await errorOf(openTestClient({ url, ca }).ping());
    expect(error).toMatchObject({ fields: { networkCode: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
  });

  it('is spoken to by HTTP/1.1 though it offers HTTP/2, so that blobs do not share one connection', async () => {
    const versions: string[] = [];
    const server = createSecureServer({ ...tls, allowHTTP1: true }, (request, response) => {
      versions.push(request.httpVersion);
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    await openTestClient({ url: `https://127.0.0.1:${port}`, ca }).ping();
    expect(versions).toEqual(['1.1']);
  });

  it('is not opened with an authority that is none', () => {
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    for (const pem of ['', 'not PEM', broken]) {
      expect(() => openConnections({ ca: pem, proxy: {} })).toThrow(InputError);
    }
  });
});

/** Which requests a proxy saw; it passes everything on to the registry at the port. */
async function openProxy(port: string): Promise<{ url: string; seen: string[] }> {
  const seen: string[] = [];
  const auth = (request: IncomingMessage) => request.headers['proxy-authorization'] ?? 'nobody';
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} for ${auth(request)}`);
    const { pathname } = new URL(request.url ?? '');
    const onward = httpRequest({ host: '127.0.0.1', port, path: pathname, method: request.method }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  server.on('connect', (request, socket) => {
    seen.push(`${request.method} ${request.url} for ${auth(request)}`);
    const onward = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  const address = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://ann:secret@127.0.0.1:${address.port}`, seen };
}

const asAnn = `Basic ${Buffer.from('ann:secret').toString('base64')}`;

/** Loopback goes directly, so the registry is given a name that only the proxy can make sense of. */
async function fetchThroughProxy(url: string, proxy: { http?: string; https?: string }): Promise<number> {
  const connections = openConnections({ ca, proxy });
  onTestFinished(() => connections.close());
  const answer = await sendRequest(connections, systemTiming, {
    method: 'GET',
    url: new URL(url),
    headers: {},
    answerMs: 5_000,
  });
  await answer.discard();
  return answer.status;
}

describe('a proxy', () => {
  it('is asked for plain HTTP by the whole URL', async () => {
    const server = await openTranscript([{ request: 'GET /v2/', status: 204 }]);
    const proxy = await openProxy(new URL(server.url).port);
    expect(await fetchThroughProxy('http://registry.test/v2/', { http: proxy.url })).toBe(204);
    expect(proxy.seen).toEqual([`GET http://registry.test/v2/ for ${asAnn}`]);
  });

  it('opens a tunnel for HTTPS, through which the certificate is checked', async () => {
    const server = await openTranscript([], { tls });
    const proxy = await openProxy(new URL(server.url).port);
    const error = await errorOf(fetchThroughProxy('https://registry.test/v2/', { https: proxy.url }));
    expect(error).toMatchObject({ fields: { networkCode: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
    expect(proxy.seen).toEqual([`CONNECT registry.test:443 for ${asAnn}`]);
  });

  it('passes HTTPS on when the certificate is right', async () => {
    openssl(
      ...authority,
      ...['-subj', '/CN=registry', '-addext', 'subjectAltName=DNS:registry.test'],
      ...['-CA', 'ca.pem', '-CAkey', 'ca.key', '-keyout', 'named.key', '-out', 'named.pem'],
    );
    const named = {
      key: readFileSync(join(directory, 'named.key'), 'utf8'),
      cert: readFileSync(join(directory, 'named.pem'), 'utf8'),
    };
    const server = await openTranscript([{ request: 'GET /v2/' }], { tls: named });
    const proxy = await openProxy(new URL(server.url).port);
    expect(await fetchThroughProxy('https://registry.test/v2/', { https: proxy.url })).toBe(200);
  });

  it('is not asked for what NO_PROXY names, nor for this machine', async () => {
    const server = await openTranscript([{ request: 'GET /v2/' }]);
    const proxy = { http: 'http://127.0.0.1:1', https: 'http://127.0.0.1:1' };
    await openTestClient({ url: server.url, proxy }).ping();
  });

  it('that does not answer is named as the registry out of reach', async () => {
    const error = await errorOf(fetchThroughProxy('https://registry.test/', { https: 'http://127.0.0.1:1' }));
    expect(error).toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
    expect(error.message).toContain('registry.test');
  });
});
