/** A proxy before a registry that breaks one kind of exchange in one way, as networks and registries do. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { kindOf } from '../e2e/request-kind.ts';

/** What goes wrong. Bytes are of the body: none, some of them, or all but the last one. */
export type Fault =
  /** The connection ends when so much of the request has come; the registry never sees it. */
  | { readonly kind: 'cut request'; readonly after: ByteClass }
  /** The registry does as asked, and the connection ends before its answer. */
  | { readonly kind: 'lose answer' }
  /** The connection ends when so much of the answer's body was sent; `isOrderly`: with a FIN instead of a reset. */
  | { readonly kind: 'cut answer'; readonly after: ByteClass; readonly isOrderly: boolean }
  /** One bit of the answer's body is another. */
  | { readonly kind: 'corrupt answer' }
  /** The answer is whole for HTTP, and its body is shorter, or longer, than the content is. */
  | { readonly kind: 'resize answer'; readonly by: -1 | 1 }
  /** Nothing comes any more: no answer at all, or no more of its body. */
  | { readonly kind: 'stall'; readonly after: ByteClass | 'headers' }
  /** Another answer; the registry never sees the request. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    };

export type ByteClass = 'none' | 'some' | 'all but one';

/** Which exchanges break: the `nth` of a kind, counted from 1, and `times` from there on. */
export interface FaultPlan {
  readonly on: string;
  readonly nth: number;
  readonly times: number;
  readonly fault: Fault;
}

export interface FaultProxy {
  readonly url: string;
  /** What breaks from now on; undefined for nothing. */
  plan(plan: FaultPlan | undefined): void;
  /** How often a fault struck. */
  struck(): number;
  close(): Promise<void>;
}

/** Opens it before a registry. */
export async function openFaultProxy(upstream: string): Promise<FaultProxy> {
  let plan: FaultPlan | undefined;
  let seen = 0;
  let struck = 0;
  const server = createServer((incoming, outgoing) => {
    incoming.on('error', () => {});
    outgoing.on('error', () => {});
    const kind = kindOf({ method: incoming.method ?? '', path: incoming.url ?? '' });
    if (plan?.on !== kind) return forward(upstream, incoming, outgoing);
    seen += 1;
    if (seen < plan.nth || seen >= plan.nth + plan.times) return forward(upstream, incoming, outgoing);
    struck += 1;
    strike(plan.fault, upstream, incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    plan(next) {
      plan = next;
      seen = 0;
      struck = 0;
    },
    struck: () => struck,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function forward(upstream: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const passed = pass(upstream, incoming);
  passed.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  passed.on('error', () => outgoing.destroy());
  incoming.pipe(passed);
}

function pass(upstream: string, incoming: IncomingMessage) {
  const { method = 'GET', url = '/', headers } = incoming;
  return request(upstream + url, { method, headers, agent: false });
}

function strike(fault: Fault, upstream: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  switch (fault.kind) {
    case 'cut request':
      cutRequest(fault.after, incoming);
      return;
    case 'answer':
      incoming.resume();
      outgoing.writeHead(fault.status, fault.headers);
      outgoing.end(incoming.method === 'HEAD' ? undefined : fault.body);
      return;
    case 'stall':
      withAnswer(upstream, incoming, (status, headers, body) => {
        if (fault.after === 'headers') return;
        outgoing.writeHead(status, headers);
        outgoing.flushHeaders();
        outgoing.write(body.subarray(0, lengthOf(fault.after, body.length)));
      });
      return;
    case 'lose answer':
      withAnswer(upstream, incoming, () => incoming.socket.resetAndDestroy());
      return;
    case 'cut answer':
      withAnswer(upstream, incoming, (status, headers, body) => {
        outgoing.writeHead(status, headers);
        outgoing.flushHeaders();
        const end = () => (fault.isOrderly ? incoming.socket.end() : incoming.socket.resetAndDestroy());
        outgoing.write(body.subarray(0, lengthOf(fault.after, body.length)), end);
      });
      return;
    case 'corrupt answer':
      withAnswer(upstream, incoming, (status, headers, body) => {
        const middle = Math.floor(body.length / 2);
        if (body.length > 0) body[middle] = (body[middle] ?? 0) ^ 1;
        outgoing.writeHead(status, headers);
        outgoing.end(body);
      });
      return;
    case 'resize answer':
      withAnswer(upstream, incoming, (status, headers, body) => {
        const resized = fault.by < 0 ? body.subarray(0, body.length - 1) : Buffer.concat([body, Buffer.from('!')]);
        outgoing.writeHead(status, { ...headers, 'content-length': String(resized.length) });
        outgoing.end(resized);
      });
      return;
  }
}

function cutRequest(after: ByteClass, incoming: IncomingMessage): void {
  const length = Number(incoming.headers['content-length'] ?? 0);
  let come = 0;
  if (lengthOf(after, length) === 0) return void incoming.socket.resetAndDestroy();
  incoming.on('data', (chunk: Buffer) => {
    come += chunk.length;
    if (come >= lengthOf(after, length)) incoming.socket.resetAndDestroy();
  });
}

function withAnswer(
  upstream: string,
  incoming: IncomingMessage,
  use: (status: number, headers: IncomingMessage['headers'], body: Buffer) => void,
): void {
  const passed = pass(upstream, incoming);
  passed.on('response', async (answer) => {
    const body = Buffer.concat(await Array.fromAsync(answer as AsyncIterable<Buffer>));
    use(answer.statusCode ?? 502, answer.headers, body);
  });
  passed.on('error', () => incoming.socket.resetAndDestroy());
  incoming.pipe(passed);
}

function lengthOf(after: ByteClass, length: number): number {
  switch (after) {
    case 'none':
      return 0;
    case 'some':
      return Math.floor(length / 2);
    case 'all but one':
      return Math.max(0, length - 1);
  }
}
