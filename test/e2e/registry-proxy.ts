/** A proxy in front of a registry: counts what goes through, and holds a write back until the test lets it land. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that went through. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** When the registry answered, in epoch milliseconds, to the microsecond. */
  readonly at: number;
}

/** A write that was taken from its sender without an answer. */
export interface HeldWrite {
  /** Resolves when the write has arrived here. */
  readonly arrived: Promise<void>;
  /** Sends it on to the registry; resolves with the registry's status. */
  land(): Promise<number>;
}

export interface RegistryProxy {
  readonly url: string;
  readonly seen: SeenRequest[];
  /** Takes the next PUT whose path ends like this: its sender sees a broken connection. */
  holdNextPut(pathEnd: string): HeldWrite;
  close(): Promise<void>;
}

/** A proxy on a free port. The Host header passes unchanged, so that absolute Locations lead back through here. */
export async function openRegistryProxy(upstream: string): Promise<RegistryProxy> {
  const seen: SeenRequest[] = [];
  const holds: { pathEnd: string; take: (message: IncomingMessage) => void }[] = [];
  const server = createServer((incoming, outgoing) => {
    const hold = holds.find(({ pathEnd }) => incoming.method === 'PUT' && incoming.url?.endsWith(pathEnd));
    if (hold === undefined) return forward(upstream, incoming, outgoing, seen);
    holds.splice(holds.indexOf(hold), 1);
    hold.take(incoming);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    holdNextPut: (pathEnd) => {
      const arrived = Promise.withResolvers<() => Promise<number>>();
      holds.push({
        pathEnd,
        take: (incoming) => void takeFrom(upstream, incoming).then(arrived.resolve, arrived.reject),
      });
      return { arrived: arrived.promise.then(() => undefined), land: async () => (await arrived.promise)() };
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function epochMs(): number {
  return performance.timeOrigin + performance.now();
}

function forward(upstream: string, incoming: IncomingMessage, outgoing: ServerResponse, seen: SeenRequest[]): void {
  const { method = 'GET', url: path = '/', headers } = incoming;
  const passed = request(new URL(path, upstream), { method, headers, setHost: false }, (answer) => {
    seen.push({ method, path, status: answer.statusCode ?? 0, at: epochMs() });
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  passed.on('error', () => outgoing.destroy());
  outgoing.on('close', () => passed.destroy());
  incoming.pipe(passed);
}

/** Reads the whole write, breaks its connection, and answers the way to send it on. */
async function takeFrom(upstream: string, incoming: IncomingMessage): Promise<() => Promise<number>> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { method, url: path = '/', headers } = incoming;
  incoming.socket.destroy();
  return () =>
    new Promise((resolve, reject) => {
      const late = request(new URL(path, upstream), { method: method ?? 'PUT', headers, setHost: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      late.on('error', reject);
      late.end(Buffer.concat(chunks));
    });
}
