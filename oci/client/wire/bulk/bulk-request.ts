/** One request for many bytes, and its answer, over a connection of our own. */
import { abortable } from '../abortable.ts';
import { type Answer, type AnswerBody, type AnswerContext, type BodyEnd, isBroken, openAnswer } from '../answer.ts';
import type { Timing } from '../timing.ts';
import { stalled } from '../transport-failure.ts';
import { openWatchdog } from '../watchdog.ts';
import { type AnswerHead, parseAnswerHead } from './answer-head.ts';
import { type BodyFraming, framingOf } from './body-framing.ts';
import type { BulkConnection } from './bulk-connection.ts';
import type { BulkPool } from './bulk-pool.ts';
import { hungUp, malformed, WireError } from './wire-error.ts';

/** What is asked for, by GET. */
export interface BulkRequest {
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** How long the answer may take to begin. */
  readonly answerMs: number;
  readonly signal?: AbortSignal;
}

/** Most of all heads of one answer; undici's and Node's limit too. */
const headSizeBytesMax = 16 * 1024;

/** Of the kind that precede an answer; registries send none. */
const interimAnswersMax = 8;

/**
 * The answer to the request; any status is an answer. Its chunks are lent: each is good until the next is asked for.
 * @throws what went wrong when none came, and the signal's reason.
 */
export async function sendBulkRequest(pool: BulkPool, timing: Timing, request: BulkRequest): Promise<Answer> {
  const { url, signal, answerMs } = request;
  const text = formatHead(request);
  const connection = await takeConnection(pool, url, signal);
  const onAbort = () => connection.destroy(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const watchdog = openWatchdog(answerMs, () => connection.destroy(stalled(url.host, 'no answer', answerMs)));
  try {
    watchdog.feed();
    connection.write(text);
    const { head, rest } = await readHead(connection);
    const framing = framingOf(head);
    const context: AnswerContext = { url, timing, signal };
    const body = openBody(connection, framing, rest, context, (isWhole) => {
      if (isWhole && !framing.hasSurplus() && isKeptAlive(head)) pool.put(url, connection);
      else connection.destroy();
    });
    return openAnswer({ status: head.status, header: (name) => head.headers.get(name), body }, context);
  } catch (cause) {
    connection.destroy();
    throw cause;
  } finally {
    watchdog.close();
    signal?.removeEventListener('abort', onAbort);
  }
}

/** A connection that comes when nobody waits for it any more is for the next one. */
async function takeConnection(pool: BulkPool, url: URL, signal: AbortSignal | undefined): Promise<BulkConnection> {
  const taking = pool.take(url);
  try {
    return await abortable(taking, signal);
  } catch (cause) {
    taking.then((connection) => pool.put(url, connection)).catch(() => {});
    throw cause;
  }
}

/**
 * What is sent. Spec: RFC 9112, section 3.2; RFC 9110, section 5.5.
 * @throws WireError for a header that could be taken for two.
 */
function formatHead({ url, headers }: BulkRequest): string {
  const lines = Object.entries({ host: url.host, connection: 'keep-alive', ...headers }).map(([name, value]) => {
    if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw new WireError('UND_ERR_INVALID_ARG', `invalid header: ${JSON.stringify(name)}`);
    }
    return `${name}: ${value}\r\n`;
  });
  return `GET ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** The head, and what of the body came with it: lent, like all that is read. */
async function readHead(connection: BulkConnection): Promise<{ head: AnswerHead; rest: Uint8Array }> {
  let read = Buffer.alloc(0);
  let from = 0;
  for (let interims = 0; interims <= interimAnswersMax; ) {
    const piece = await connection.read();
    if (piece === undefined) throw hungUp();
    const before = read.length;
    read = Buffer.concat([read, piece.subarray(0, headSizeBytesMax - before)]);
    for (let end = endOfHead(read, from); end !== -1; end = endOfHead(read, from)) {
      const head = parseAnswerHead(read.toString('latin1', from, end));
      from = end + headEnd.length;
      if (head.status >= 200) return { head, rest: piece.subarray(from - before) };
      // No upgrade was asked for.
      if (head.status === 101) throw malformed('101');
      interims += 1;
    }
    if (read.length === headSizeBytesMax) {
      throw new WireError('UND_ERR_HEADERS_OVERFLOW', `head of the answer has more than ${headSizeBytesMax} bytes`);
    }
  }
  throw malformed('interim answers without end');
}

const headEnd = '\r\n\r\n';

function endOfHead(read: Buffer, from: number): number {
  return read.indexOf(headEnd, from, 'latin1');
}

/** Spec: RFC 9112, section 9.3. */
function isKeptAlive({ version, headers }: AnswerHead): boolean {
  return version === '1.1' && !/(?:^|,)[\t ]*close[\t ]*(?:,|$)/i.test(headers.get('connection') ?? '');
}

/** The body; `free` is told once, when nothing more is read of it. */
function openBody(
  connection: BulkConnection,
  framing: BodyFraming,
  rest: Uint8Array,
  context: AnswerContext,
  free: (isWhole: boolean) => void,
): AnswerBody {
  const { signal } = context;
  const ended = Promise.withResolvers<BodyEnd>();
  let isOver = false;

  function destroy(error?: Error): void {
    if (isOver) return;
    if (error !== undefined) connection.destroy(error);
    finish(false, error);
  }

  const onAbort = () => destroy(signal?.reason);

  function finish(isWhole: boolean, error?: Error): void {
    if (isOver) return;
    isOver = true;
    signal?.removeEventListener('abort', onAbort);
    ended.resolve(isBroken(error, context) ? 'broken' : 'whole');
    free(isWhole);
  }

  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      for (let piece: Uint8Array | undefined = rest; piece !== undefined; piece = await connection.read()) {
        const chunk = framing.take(piece);
        if (chunk.length > 0) yield chunk;
        if (framing.isWhole()) return finish(true);
      }
      framing.end();
      finish(false);
    } catch (cause) {
      finish(false, cause instanceof Error ? cause : new Error(String(cause)));
      throw cause;
    }
  }

  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  return {
    chunks: read,
    destroy,
    async dump(sizeBytesMax, patience) {
      const onPatienceEnd = () => destroy();
      patience.addEventListener('abort', onPatienceEnd, { once: true });
      let sizeBytes = 0;
      try {
        for await (const chunk of read()) {
          sizeBytes += chunk.length;
          if (sizeBytes > sizeBytesMax) break;
        }
      } catch {
        // Nobody wanted it.
      } finally {
        patience.removeEventListener('abort', onPatienceEnd);
        destroy();
      }
    },
    ended: ended.promise,
  };
}
