/** HTTP to the service: signed requests, small JSON answers, patience with lost connections. */
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, type buildConnector, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { TransportError } from '../../errors/errors.ts';
import { isLoopbackHost } from '../loopback.ts';

/** Time for a connection to be made, in milliseconds: a service that is there answers in a few. */
const connectTimeoutMs = 5000;

/** Time for an answer to begin and for each part of it, in milliseconds; planning asks registries far away. */
const answerTimeoutMs = 60_000;

/** Largest answer held in memory, in bytes: the matrix of some ten thousand apps. */
const answerBytesMax = 32 * 1024 * 1024;

/** How often a request whose connection broke is sent, if it cannot act twice: it reads, or carries an idempotency key. */
const attemptsMax = 3;

const attemptPauseMs = 300;

/** Where the service is, and how to get there. */
export interface ServiceAddress {
  /** Without a slash at the end. */
  readonly url: string;
  readonly token: string | undefined;
  /** For HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Opens the connections that are made directly; as usual when absent. */
  readonly connect?: buildConnector.connector | undefined;
}

type Method = 'GET' | 'POST' | 'DELETE';

export interface HttpAnswer {
  readonly status: number;
  /** Undefined when the answer is no JSON. */
  readonly json: unknown;
  /** The Date header, for comparing clocks. */
  readonly date: string | undefined;
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  /** Beside those that are always sent, which they do not replace. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

export interface ServiceTransport {
  readonly url: string;
  request(method: Method, path: string, options: RequestOptions): Promise<HttpAnswer>;
  /** An answer that goes on, chunk by chunk, until the signal is aborted. */
  stream(path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpStream>;
  close(): Promise<void>;
}

export interface HttpStream {
  readonly status: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Who is spoken to, for errors: by what name, and what to do when there is no answer. */
export interface Answerer {
  readonly name: 'service' | 'registry';
  readonly wayOut?: string;
}

/** A transport to one address; the caller closes it. */
export function openServiceTransport(init: ServiceAddress, answerer: Answerer = { name: 'service' }): ServiceTransport {
  const place = { url: init.url, answerer };
  const dispatcher = dispatcherFor(init);
  const signed: Record<string, string> = { accept: 'application/json', 'user-agent': 'registry-action' };
  if (init.token !== undefined) signed['authorization'] = `Bearer ${init.token}`;
  return {
    url: init.url,
    request: (method, path, options) => {
      const attempts = method === 'GET' || options.idempotencyKey !== undefined ? attemptsMax : 1;
      const send = () => exchange(init.url + path, method, { signed, dispatcher, options });
      return withPatience(place, { attempts, signal: options.signal }, send);
    },
    stream: async (path, headers, signal) => {
      const answer = await translated(place, signal, () =>
        dispatcher.request({
          ...targetOf(init.url + path),
          method: 'GET',
          headers: { ...signed, ...headers },
          signal,
          bodyTimeout: 0,
        }),
      );
      return { status: answer.statusCode, body: answer.body };
    },
    close: () => dispatcher.destroy(),
  };
}

interface Exchange {
  readonly signed: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
  readonly options: RequestOptions;
}

async function exchange(url: string, method: Method, parts: Exchange): Promise<HttpAnswer> {
  const { body, idempotencyKey, signal } = parts.options;
  const headers = { ...parts.options.headers, ...parts.signed };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
  const answer = await parts.dispatcher.request({
    ...targetOf(url),
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  const date = answer.headers['date'];
  const json = parseJson(await readText(answer.body, url));
  return { status: answer.statusCode, json, date: typeof date === 'string' ? date : undefined };
}

function targetOf(url: string): { readonly origin: string; readonly path: string } {
  const { origin, pathname, search } = new URL(url);
  return { origin, path: pathname + search };
}

async function readText(body: AsyncIterable<Uint8Array>, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > answerBytesMax) {
      throw new TransportError({ code: 'SERVICE_ANSWER_INVALID', message: `answer larger than 32 MiB: ${url}` });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Place {
  readonly url: string;
  readonly answerer: Answerer;
}

/** Repeats what broke on the way; an address where nobody listens is told at once. */
async function withPatience<T>(
  place: Place,
  { attempts, signal }: { readonly attempts: number; readonly signal: AbortSignal | undefined },
  send: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await translated(place, signal, send);
    } catch (error) {
      const isBroken = error instanceof TransportError && brokenOnTheWay.has(String(error.fields['reason']));
      if (!isBroken || attempt === attempts) throw error;
    }
    await pause(attemptPauseMs * attempt, undefined, signal === undefined ? {} : { signal });
  }
}

async function translated<T>(
  { url, answerer: { name, wayOut } }: Place,
  signal: AbortSignal | undefined,
  send: () => Promise<T>,
): Promise<T> {
  try {
    return await send();
  } catch (cause) {
    if (cause instanceof TransportError || signal?.aborted) throw cause;
    const reason = reasonOf(cause);
    const isUntrusted = untrustedCodes.has(reason);
    const words = isUntrusted ? 'nobody who is trusted here signed its certificate' : (reasonWords[reason] ?? reason);
    const told = isUntrusted ? untrustedWayOut : wayOut;
    throw new TransportError({
      code: 'SERVICE_UNREACHABLE',
      message: `${name} unreachable: ${url} (${words})`,
      ...(told === undefined ? {} : { wayOut: told }),
      cause,
      fields: { reason },
    });
  }
}

const brokenOnTheWay: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** What Node says of a certificate whose authority it does not know. */
const untrustedCodes: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const untrustedWayOut = 'name its authority with --ca-file; a verb that has none takes NODE_EXTRA_CA_CERTS';

const reasonWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection broken',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'name cannot be resolved now',
  UND_ERR_SOCKET: 'connection broken',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in 5 s',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in 60 s',
  UND_ERR_BODY_TIMEOUT: 'answer broke off',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

/** The system's or undici's code of a failure; a host with several addresses fails once for each. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof Error && error.cause !== undefined) return reasonOf(error.cause);
  return error instanceof Error ? error.message : String(error);
}

/** Loopback is never reached through a proxy. */
function dispatcherFor(init: ServiceAddress): Dispatcher {
  const timeouts = { headersTimeout: answerTimeoutMs, bodyTimeout: answerTimeoutMs };
  const connect = init.connect ?? { timeout: connectTimeoutMs };
  if (isLoopbackHost(new URL(init.url).hostname)) return new Agent({ ...timeouts, connect });
  const named = (lower: string, upper: string) => init.env[lower] ?? init.env[upper] ?? '';
  return new EnvHttpProxyAgent({
    ...timeouts,
    connect,
    httpProxy: named('http_proxy', 'HTTP_PROXY'),
    httpsProxy: named('https_proxy', 'HTTPS_PROXY'),
    noProxy: named('no_proxy', 'NO_PROXY'),
  });
}
