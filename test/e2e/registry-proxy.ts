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

/** A write that is on its way for as long as the test likes. */
export interface HeldWrite {
  /** Resolves when the write has arrived here. */
  readonly arrived: Promise<void>;
  /** Sends it on to the registry; resolves with the registry's status. */
  land(): Promise<number>;
}

/** What its sender sees meanwhile: a connection that broke, or no answer yet. */
export type SenderSees = 'broken' | 'nothing';

export interface RegistryProxy {
  readonly url: string;
  readonly seen: SeenRequest[];
  /** Takes the next PUT whose path ends like this. */
  holdNextPut(pathEnd: string, senderSees?: SenderSees): HeldWrite;
  close(): Promise<void>;
}

/** A proxy on a free port. The Host header passes unchanged, so that absolute Locations lead back through here. */
export async function openRegistryProxy(upstream: string): Promise<RegistryProxy> {
  const seen: SeenRequest[] = [];
  const holds: { pathEnd: string; take: (incoming: IncomingMessage, outgoing: ServerResponse) => void }[] = [];
  const server = createServer((incoming, outgoing) => {
    const hold = holds.find(({ pathEnd }) => incoming.method === 'PUT' && incoming.url?.endsWith(pathEnd));
    if (hold === undefined) return forward(upstream, incoming, outgoing, seen);
    holds.splice(holds.indexOf(hold), 1);
    hold.take(incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    holdNextPut: (pathEnd, senderSees = 'broken') => {
      const arrived = Promise.withResolvers<() => Promise<number>>();
      const take = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
        const land = await takeFrom(upstream, incoming, outgoing, seen);
        if (senderSees === 'broken') incoming.socket.destroy();
        arrived.resolve(land);
      };
      holds.push({ pathEnd, take: (incoming, outgoing) => void take(incoming, outgoing).catch(arrived.reject) });
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

/** Reads the whole write, and answers the way to send it on. A sender that still waits is answered then. */
async function takeFrom(
  upstream: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  seen: SeenRequest[],
): Promise<() => Promise<number>> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { method = 'PUT', url: path = '/', headers } = incoming;
  return () =>
    new Promise((resolve, reject) => {
      const late = request(new URL(path, upstream), { method, headers, setHost: false }, (answer) => {
        const status = answer.statusCode ?? 0;
        seen.push({ method, path, status, at: epochMs() });
        resolve(status);
        if (outgoing.destroyed) return void answer.resume();
        outgoing.writeHead(status, answer.headers);
        answer.pipe(outgoing);
      });
      late.on('error', reject);
      late.end(Buffer.concat(chunks));
    });
}
