/** One way in which an exchange with a registry goes wrong, done to it by whoever stands between. */
import { type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';

/** What goes wrong. Bytes are of the body: none, some of them, or all but the last one. */
export type Fault =
  /** The connection ends when so much of the request has come; the registry never sees it. */
  | { readonly kind: 'cut request'; readonly after: ByteClass }
  /** One bit of what the registry is sent is another. */
  | { readonly kind: 'corrupt request' }
  /** What the registry is sent is whole for HTTP, and shorter, or longer, than what was sent. */
  | { readonly kind: 'resize request'; readonly by: -1 | 1 }
  /** Half of the request is read, and no more; the registry never sees it, and nothing is answered. */
  | { readonly kind: 'stop reading' }
  /** The registry does as asked, and the connection ends before its answer. */
  | { readonly kind: 'lose answer' }
  /** The registry does as asked, and the connection ends within the first line of its answer, or among its headers. */
  | { readonly kind: 'cut head'; readonly within: 'status line' | 'headers' }
  /** The connection ends when so much of the answer's body was sent; `isOrderly`: with a FIN instead of a reset. */
  | { readonly kind: 'cut answer'; readonly after: ByteClass; readonly isOrderly: boolean }
  /** One bit of the answer's body is another. */
  | { readonly kind: 'corrupt answer' }
  /** The answer is whole for HTTP, and its body is shorter, or longer, than the content is. */
  | { readonly kind: 'resize answer'; readonly by: -1 | 1 }
  /** The registry does as asked, and its answer says something else in these headers. */
  | { readonly kind: 'change headers'; readonly headers: Readonly<Record<string, string>> }
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

/** What a fault is called in a title. */
export function nameOfFault(fault: Fault): string {
  return Object.values(fault)
    .map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)))
    .join(' ');
}

/** Passes the request on to the registry, and its answer back. */
export function forward(upstream: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const passed = pass(upstream, incoming);
  passed.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  passed.on('error', () => outgoing.destroy());
  incoming.pipe(passed);
}

/** Does it to this exchange. */
export function strike(fault: Fault, upstream: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  switch (fault.kind) {
    case 'cut request':
      readUntil(lengthOf(fault.after, lengthIn(incoming)), incoming, () => incoming.socket.resetAndDestroy());
      return;
    case 'stop reading':
      readUntil(lengthOf('some', lengthIn(incoming)), incoming, () => incoming.socket.pause());
      return;
    case 'corrupt request':
    case 'resize request':
      // Whoever sends it may hang up.
      forwardChanged(fault, upstream, incoming, outgoing).catch(() => outgoing.destroy());
      return;
    case 'answer':
      incoming.resume();
      outgoing.writeHead(fault.status, fault.headers);
      outgoing.end(incoming.method === 'HEAD' ? undefined : fault.body);
      return;
    case 'stall':
    case 'lose answer':
    case 'cut head':
    case 'cut answer':
    case 'corrupt answer':
    case 'resize answer':
    case 'change headers':
      withAnswer(upstream, incoming, (answer) => spoil(fault, answer, incoming, outgoing));
      return;
  }
}

interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

type SpoiltAnswer = Extract<
  Fault,
  { kind: 'stall' | 'lose answer' | 'cut head' | 'cut answer' | 'corrupt answer' | 'resize answer' | 'change headers' }
>;

/** The registry has done as asked; this is what its sender sees of it. */
function spoil(
  fault: SpoiltAnswer,
  { status, headers, body }: Answered,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  const reset = () => void incoming.socket.resetAndDestroy();
  switch (fault.kind) {
    case 'lose answer':
      reset();
      return;
    case 'cut head':
      incoming.socket.write(fault.within === 'status line' ? 'HTTP/1.1 2' : 'HTTP/1.1 201 Created\r\nlocat', reset);
      return;
    case 'stall':
      if (fault.after === 'headers') return;
      outgoing.writeHead(status, headers).flushHeaders();
      outgoing.write(body.subarray(0, lengthOf(fault.after, body.length)));
      return;
    case 'cut answer': {
      outgoing.writeHead(status, headers).flushHeaders();
      const end = fault.isOrderly ? () => void incoming.socket.end() : reset;
      outgoing.write(body.subarray(0, lengthOf(fault.after, body.length)), end);
      return;
    }
    case 'corrupt answer':
      outgoing.writeHead(status, headers).end(corrupted(body));
      return;
    case 'resize answer': {
      const resized = resizedBy(fault.by, body);
      outgoing.writeHead(status, { ...headers, 'content-length': String(resized.length) }).end(resized);
      return;
    }
    case 'change headers':
      outgoing.writeHead(status, { ...headers, ...fault.headers }).end(body);
      return;
  }
}

function pass(upstream: string, incoming: IncomingMessage, headers = incoming.headers) {
  const { method = 'GET', url = '/' } = incoming;
  return request(upstream + url, { method, headers, agent: false });
}

/** Sends the registry something else than what comes. */
async function forwardChanged(
  fault: Extract<Fault, { kind: 'corrupt request' | 'resize request' }>,
  upstream: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const sent = await readAll(incoming);
  const body = fault.kind === 'corrupt request' ? corrupted(sent) : resizedBy(fault.by, sent);
  const passed = pass(upstream, incoming, { ...incoming.headers, 'content-length': String(body.length) });
  passed.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  passed.on('error', () => outgoing.destroy());
  passed.end(body);
}

function withAnswer(upstream: string, incoming: IncomingMessage, use: (answer: Answered) => void): void {
  const passed = pass(upstream, incoming);
  const lose = () => incoming.socket.resetAndDestroy();
  passed.on('response', (answer) => {
    readAll(answer).then((body) => use({ status: answer.statusCode ?? 502, headers: answer.headers, body }), lose);
  });
  passed.on('error', lose);
  incoming.pipe(passed);
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(message as AsyncIterable<Buffer>));
}

/** Reads so many bytes of the body, and then does something else. */
function readUntil(sizeBytes: number, incoming: IncomingMessage, end: () => void): void {
  let come = 0;
  if (sizeBytes === 0) {
    end();
    return;
  }
  incoming.on('data', (chunk: Buffer) => {
    come += chunk.length;
    if (come < sizeBytes) return;
    incoming.pause();
    end();
  });
}

function corrupted(body: Buffer): Buffer {
  const middle = Math.floor(body.length / 2);
  const changed = Buffer.from(body);
  if (changed.length > 0) changed[middle] = (changed[middle] ?? 0) ^ 1;
  return changed;
}

function resizedBy(by: -1 | 1, body: Buffer): Buffer {
  return by < 0 ? body.subarray(0, body.length - 1) : Buffer.concat([body, Buffer.from('!')]);
}

function lengthIn(incoming: IncomingMessage): number {
  return Number(incoming.headers['content-length'] ?? 0);
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
