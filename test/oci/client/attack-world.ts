/**
 * The internet of the attack tests: every name there is, with certificates to match, behind one proxy that sees whom a
 * client turns to. So a client can be watched on its way to `https://evil.test` or `10.0.0.8` without either existing.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer as createTcpServer } from 'node:net';
import { onTestFinished } from 'vitest';
import {
  openRegistryClient,
  type RegistryClient,
  type RegistryClientInit,
} from '../../../oci/client/registry-client.ts';
import { type Authority, openAuthority } from './certificates.ts';
import { testTiming } from './fixture.ts';
import { listen } from './transcript.ts';

/** What is answered to one request. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Visit {
  /** `GET https://registry.test/v2/`. */
  readonly request: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

export interface World {
  /** Everything that reached any host, in order. */
  readonly visits: readonly Visit[];
  /** `request` of each visit. */
  requests(): readonly string[];
  /** Hosts that a connection was wanted to and that do not exist, among them every address. */
  readonly knocks: readonly string[];
  /** Signed the certificates of all hosts; they take those it signs for clients. */
  readonly authority: Authority;
  readonly proxyUrl: string;
  /** Common names of the client certificates that were shown. */
  readonly shown: ReadonlySet<string>;
  open(init: RegistryClientInit): RegistryClient;
}

/** The hosts that exist. */
const names = [
  'registry.test',
  '*.registry.test',
  'evil.test',
  'storage.test',
  'registry-1.docker.io',
  'auth.docker.io',
];

let madeAuthority: Authority | undefined;
let keyPair: { readonly key: string; readonly cert: string } | undefined;

/** The certificate of all hosts, made once for a file of tests. */
function certificates() {
  madeAuthority ??= openAuthority();
  keyPair ??= madeAuthority.issue(...names.map((name) => `DNS:${name}`));
  return { authority: madeAuthority, ...keyPair };
}

/** Removes what the worlds of a file of tests were made of. */
export function closeWorlds(): void {
  madeAuthority?.close();
  madeAuthority = undefined;
  keyPair = undefined;
}

/** Answers by `GET https://host/path`; a list is answered in turn, its last one for ever. Nothing else is found. */
export async function openWorld(replies: Readonly<Record<string, Reply | readonly Reply[]>>): Promise<World> {
  const visits: Visit[] = [];
  const knocks: string[] = [];
  const turns = new Map<string, number>();
  const shown = new Set<string>();
  const { authority, key, cert } = certificates();
  const { ca } = authority;

  const replyTo = (request: string): Reply => {
    const found = replies[request];
    if (found === undefined) return { status: 404 };
    if (!isList(found)) return found;
    const turn = turns.get(request) ?? 0;
    turns.set(request, turn + 1);
    return found[Math.min(turn, found.length - 1)] ?? { status: 404 };
  };
  const serve = (origin: string) => async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', origin === '' ? `https://${request.headers.host}` : origin);
    const named = `${request.method} ${url.href}`;
    visits.push({ request: named, authorization: request.headers.authorization, body: await textOf(request) });
    const { status = 200, headers = {}, body = '' } = replyTo(named);
    response.writeHead(status, { 'content-length': String(Buffer.byteLength(body)), ...headers });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  const secure = createTlsServer({ key, cert, ca, requestCert: true, rejectUnauthorized: false }, serve(''));
  secure.on('secureConnection', (socket) => {
    const { CN } = socket.getPeerCertificate().subject ?? {};
    if (socket.authorized) shown.add(String(CN));
  });
  const { port } = await listen(secure);
  const proxy = createServer(serve('http://no.host/'));
  proxy.on('connect', (request, socket) => {
    const { hostname, port: wanted } = new URL(`https://${request.url}`);
    socket.on('error', () => {});
    if (!exists(hostname) || wanted !== '') {
      knocks.push(request.url ?? '');
      return void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    }
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  const proxyUrl = `http://127.0.0.1:${(await listen(proxy)).port}`;
  onTestFinished(() => {
    for (const server of [secure, proxy]) {
      server.closeAllConnections();
      server.close();
    }
  });
  return {
    visits,
    knocks,
    authority,
    proxyUrl,
    shown,
    requests: () => visits.map(({ request }) => request),
    open(init) {
      const client = openRegistryClient({ ca, proxy: { http: proxyUrl, https: proxyUrl }, ...init }, testTiming());
      onTestFinished(() => client.close());
      return client;
    },
  };
}

/** Something on this machine that nobody from outside should be able to send us to: it counts who comes. */
export async function openTrap(): Promise<{ readonly port: number; visits(): number }> {
  let visits = 0;
  const server = createTcpServer((socket) => {
    visits += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, visits: () => visits };
}

function exists(hostname: string): boolean {
  return names.some((name) => (name.startsWith('*') ? hostname.endsWith(name.slice(1)) : name === hostname));
}

function isList(found: Reply | readonly Reply[]): found is readonly Reply[] {
  return Array.isArray(found);
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
