/** A proxy that lets through who brings a bearer token, and counts: outside our code, and like most hosted registries. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { kindOf } from '../e2e/request-kind.ts';

export interface TokenProxy {
  readonly url: string;
  /** How often each kind of request came since the last time; `challenge` is one that brought no token. */
  take(): Readonly<Record<string, number>>;
  /** Bytes of blobs sent through since the last time, in either direction. */
  takeBlobBytes(): number;
  /** Connections opened since the last time. */
  takeConnections(): number;
  close(): Promise<void>;
}

const token = 'a-token-for-everything';

/** A status that is answered in the registry's place; undefined where the registry answers itself. */
export type Refuse = (method: string, path: string) => number | undefined;

/** Opens it before a registry that takes Basic credentials. */
export async function openTokenProxy(
  upstream: string,
  password: string,
  refuse: Refuse = () => undefined,
): Promise<TokenProxy> {
  const counts = new Map<string, number>();
  let blobBytes = 0;
  const count = (kind: string) => counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '/';
    if (path.startsWith('/token')) {
      count('token');
      outgoing.end(JSON.stringify({ token, expires_in: 300 }));
      return;
    }
    if (incoming.headers.authorization !== `Bearer ${token}`) {
      count('challenge');
      challenge(incoming, outgoing);
      return;
    }
    const kind = kindOf({ method: incoming.method ?? '', path });
    count(kind);
    const countBytes = (chunk: Buffer) => {
      if (kind.endsWith(' blob')) blobBytes += chunk.length;
    };
    const refused = refuse(incoming.method ?? '', path);
    if (refused !== undefined) {
      incoming.resume();
      outgoing.writeHead(refused).end();
      return;
    }
    incoming.on('data', countBytes);
    forward(upstream, password, incoming, outgoing, countBytes);
  });
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = Object.fromEntries([...counts].toSorted(([one], [other]) => one.localeCompare(other)));
      counts.clear();
      return taken;
    },
    takeBlobBytes() {
      const taken = blobBytes;
      blobBytes = 0;
      return taken;
    },
    takeConnections() {
      const taken = connections;
      connections = 0;
      return taken;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function challenge(incoming: IncomingMessage, outgoing: ServerResponse): void {
  incoming.resume();
  const realm = `http://${incoming.headers.host}/token`;
  outgoing.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="counted"` });
  outgoing.end();
}

function forward(
  upstream: string,
  password: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  onAnswerBytes: (chunk: Buffer) => void,
): void {
  const { method, url = '/', headers } = incoming;
  const authorization = `Basic ${btoa(`test:${password}`)}`;
  const passed = request(upstream + url, {
    ...(method === undefined ? {} : { method }),
    headers: { ...headers, authorization },
  });
  passed.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    if (method !== 'HEAD') answer.on('data', onAnswerBytes);
    answer.pipe(outgoing);
  });
  passed.on('error', () => outgoing.destroy());
  incoming.pipe(passed);
}
