/** A wire to a registry: delays what goes over it, and counts the requests, their bytes and the connections. */

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { countedKind } from './counted-kind.ts';
import { pipeDelayed } from './delayed-pipe.ts';
import { openRequestReader } from './request-reader.ts';

/** What went over a wire. */
export interface WireCount {
  /** Requests by kind. */
  readonly requests: Readonly<Record<string, number>>;
  /** Each request, in the order in which they came: `GET /v2/app/manifests/1.0`. */
  readonly lines: readonly string[];
  readonly connections: number;
  /** From the clients to the registry. */
  readonly sentBytes: number;
  /** From the registry to the clients. */
  readonly receivedBytes: number;
}

export interface Wire {
  readonly port: number;
  /** Sockets that are open now: two for each connection that goes through. */
  readonly open: number;
  /** What went over it since the last time. */
  take(): WireCount;
  close(): Promise<void>;
}

const host = '127.0.0.1';

/** First byte of a connection on which TLS is tried. Spec: RFC 8446, "Record Layer". */
const tlsHandshake = 22;

/**
 * What a registry without TLS says to that. It is said without delay and not counted: some tools try TLS first wherever
 * plain HTTP is allowed, and with a registry that has TLS this would be their one connection, not one too many.
 */
const plainAnswer = 'HTTP/1.0 400 Bad Request\r\n\r\n';

/**
 * A wire on a free port, whose every round trip takes `latencyMs` longer: half of it in each direction. It passes bytes,
 * not messages, so that connections and bodies are those of the client. Opening a connection costs nothing extra.
 */
export async function openWire(upstreamPort: number, latencyMs: number): Promise<Wire> {
  let count = openCount();
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    sockets.add(client);
    client.on('close', () => sockets.delete(client));
    client.on('error', () => client.destroy());
    client.once('data', (first: Buffer) => {
      if (first[0] === tlsHandshake) {
        client.end(plainAnswer);
        return;
      }
      client.pause();
      client.unshift(first);
      join(client);
    });
  });
  const join = (client: Socket) => {
    count.connections += 1;
    const registry = connect({ port: upstreamPort, host, allowHalfOpen: true, noDelay: true });
    const readRequests = openRequestReader((request) => {
      const kind = countedKind(request);
      count.requests.set(kind, (count.requests.get(kind) ?? 0) + 1);
      count.lines.push(`${request.method} ${request.path}`);
    });
    const delayMs = latencyMs / 2;
    pipeDelayed(client, registry, {
      delayMs,
      onChunk: (chunk) => {
        count.sentBytes += chunk.length;
        readRequests(chunk);
      },
    });
    pipeDelayed(registry, client, {
      delayMs,
      onChunk: (chunk) => {
        count.receivedBytes += chunk.length;
      },
    });
    tieTogether(client, registry, sockets);
    client.resume();
  };
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get open() {
      return sockets.size;
    },
    take: () => {
      const taken = count;
      count = openCount();
      return { ...taken, requests: Object.fromEntries(taken.requests) };
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function openCount() {
  const lines: string[] = [];
  return { requests: new Map<string, number>(), lines, connections: 0, sentBytes: 0, receivedBytes: 0 };
}

/** When one side breaks, so does the other. */
function tieTogether(one: Socket, other: Socket, sockets: Set<Socket>): void {
  for (const [socket, peer] of [
    [one, other],
    [other, one],
  ] as const) {
    sockets.add(socket);
    socket.on('error', () => peer.destroy());
    socket.on('close', (hadError) => {
      sockets.delete(socket);
      if (hadError) peer.destroy();
    });
  }
}
