/** Requests as their bytes go over the wire: whatever a client of HTTP would refuse to send, or mend on the way. */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

export interface RawRequest {
  readonly method?: string;
  /** Request target, exactly as it is sent. */
  readonly path: string;
  /** Header lines by name; undefined takes one away that is there otherwise, a list sends one several times. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: string;
  /** Whether the client says at once that nothing more will come; else it keeps its side open until it is answered. */
  readonly breaksOff?: boolean;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** Text of the body, before any parsing. */
  readonly text: string;
}

/** Sends the request to the API and reads the answer to the end of its connection. */
export async function sendRaw(url: string, request: RawRequest): Promise<RawAnswer> {
  const { host, hostname, port } = new URL(url);
  const { method = 'GET', path, body } = request;
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const headers = { host, connection: 'close', ...length, ...request.headers };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((each) => `${name}: ${each}\r\n`),
  );
  const socket = connect(Number(port), hostname);
  // An answer to a body that is too large comes before the whole of it is taken.
  socket.on('error', () => undefined);
  socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`);
  if (request.breaksOff === true) socket.end();
  return parseAnswer(await text(socket));
}

function parseAnswer(whole: string): RawAnswer {
  const [head = '', ...rest] = whole.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  return { status: Number(statusLine.split(' ')[1]), headers, text: rest.join('\r\n\r\n') };
}
