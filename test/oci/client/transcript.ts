/** A server that follows a script: the n-th request must be the n-th line's, and gets the line's answer, however odd. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished } from 'vitest';

export interface Line {
  /** `GET /v2/`; requests that come at the same time take the first free line of their own. */
  readonly request: string;
  /** Headers the request must have; undefined for those it must not have. */
  readonly with?: Readonly<Record<string, string | undefined>>;
  /** Body the request must have. */
  readonly body?: string;
  readonly status?: number;
  /** `{origin}` stands for the server's own. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly answer?: string | Uint8Array;
  /** Where the connection ends: before any answer, or after so many bytes of the body. */
  readonly breaks?: 'before' | number;
  /** Answers before the body has been read, and reads no more of it. */
  readonly early?: boolean;
  /** Stands still: before any answer, or after so many bytes of the body. */
  readonly stalls?: 'before' | number;
  /** Told when the request has come. */
  readonly onAsked?: () => void;
  /** Waits for this before it answers. */
  readonly after?: Promise<unknown>;
}

export interface Seen {
  readonly request: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Transcript {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  readonly host: string;
  readonly seen: readonly Seen[];
  /** Connections opened so far. */
  connections(): number;
}

export interface TranscriptOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A running server, closed with the test; then every line must have been used, and nothing else asked. */
export async function openTranscript(lines: readonly Line[], options: TranscriptOptions = {}): Promise<Transcript> {
  const seen: Seen[] = [];
  const strangers: string[] = [];
  const free = [...lines];
  let connections = 0;
  let origin = '';

  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    const wanted = `${request.method} ${request.url}`;
    const at = free.findIndex((line) => line.request.replaceAll('{origin}', origin) === wanted);
    const [line] = at === -1 ? [] : free.splice(at, 1);
    if (line === undefined) {
      strangers.push(wanted);
      response.writeHead(599).end('not in the transcript');
      return;
    }
    play(line, request, response, origin, seen).catch((error: unknown) => {
      strangers.push(`${wanted}: ${String(error)}`);
      response.destroy();
    });
  };
  const server = options.tls === undefined ? createServer(onRequest) : createTlsServer(options.tls, onRequest);
  server.on(options.tls === undefined ? 'connection' : 'secureConnection', () => {
    connections += 1;
  });
  const { port } = await listen(server);
  origin = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect({ strangers, unused: free.map((line) => line.request) }).toEqual({ strangers: [], unused: [] });
  });
  return { url: origin, host: `127.0.0.1:${port}`, seen, connections: () => connections };
}

/** Starts the server on a free port of the loopback. */
export async function listen(server: Server): Promise<AddressInfo> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address;
}

async function play(
  line: Line,
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
  seen: Seen[],
): Promise<void> {
  const record = { request: line.request, headers: request.headers, body: '' };
  seen.push(record);
  line.onAsked?.();
  if (line.early !== true) record.body = await readAll(request);
  for (const [name, value] of Object.entries(line.with ?? {})) {
    expect({ [name]: request.headers[name] }).toEqual({ [name]: value?.replaceAll('{origin}', origin) });
  }
  if (line.body !== undefined) expect(record.body).toBe(line.body);
  await line.after;
  if (line.breaks === 'before') return void response.destroy();
  if (line.stalls === 'before') return;
  answer(line, request, response, origin);
}

function answer(line: Line, request: IncomingMessage, response: ServerResponse, origin: string): void {
  const body = Buffer.from(
    typeof line.answer === 'string' ? line.answer.replaceAll('{origin}', origin) : (line.answer ?? ''),
  );
  const headers = Object.entries({ 'content-length': String(body.length), ...line.headers });
  response.writeHead(
    line.status ?? 200,
    Object.fromEntries(headers.map(([name, value]) => [name, value.replaceAll('{origin}', origin)])),
  );
  const cut = line.breaks ?? line.stalls;
  if (typeof cut !== 'number') {
    response.end(request.method === 'HEAD' ? undefined : body);
    return;
  }
  response.write(body.subarray(0, cut), () => {
    if (line.breaks !== undefined) response.destroy();
  });
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}
