/** Where the body of an HTTP/1.1 answer ends. */
import type { AnswerHead } from './answer-head.ts';
import { hungUp, malformed } from './wire-error.ts';

/** The way through one body, piece by piece as it comes off the connection. */
export interface BodyFraming {
  /**
   * The bytes of the body in the piece, in the piece's own memory: what stands between them is written over.
   * @throws WireError ANSWER_MALFORMED.
   */
  take(piece: Uint8Array): Uint8Array;
  /** Nothing more belongs to the body. */
  isWhole(): boolean;
  /** More came than belongs to the body, so that nobody knows what the connection says next. */
  hasSurplus(): boolean;
  /**
   * The connection has ended.
   * @throws WireError ECONNRESET when the body has not.
   */
  end(): void;
}

/** Longest line between two chunks: a size and what extends it, which nobody needs. */
const lineSizeBytesMax = 1024;

/** Most of the lines behind the last chunk. */
const trailerSizeBytesMax = 16 * 1024;

const lineFeed = 0x0a;

/**
 * The framing that the head announces.
 * Spec: RFC 9112, section 6.3.
 * @throws WireError ANSWER_MALFORMED for one that could be read in two ways.
 */
export function framingOf({ status, version, headers }: AnswerHead): BodyFraming {
  const length = headers.get('content-length');
  const coding = headers.get('transfer-encoding');
  if (coding !== undefined && (length !== undefined || version === '1.0' || coding.toLowerCase() !== 'chunked')) {
    throw malformed('transfer-encoding');
  }
  if (length !== undefined && !/^\d{1,15}$/.test(length)) throw malformed('content-length');
  if (status === 204 || status === 304) return lengthFraming(0);
  if (coding !== undefined) return chunkedFraming();
  return length === undefined ? closingFraming() : lengthFraming(Number(length));
}

function lengthFraming(sizeBytes: number): BodyFraming {
  let left = sizeBytes;
  let hasSurplus = false;
  return {
    take(piece) {
      const taken = piece.subarray(0, left);
      left -= taken.length;
      hasSurplus ||= taken.length < piece.length;
      return taken;
    },
    isWhole: () => left === 0,
    hasSurplus: () => hasSurplus,
    end() {
      if (left > 0) throw hungUp();
    },
  };
}

/** Until the connection ends. What a broken connection cuts off, the digest tells. */
function closingFraming(): BodyFraming {
  return { take: (piece) => piece, isWhole: () => false, hasSurplus: () => false, end: () => {} };
}

/** Spec: RFC 9112, section 7.1. */
function chunkedFraming(): BodyFraming {
  let part: 'size' | 'content' | 'content-end' | 'trailer' | 'whole' = 'size';
  let left = 0;
  let line = '';
  let trailerSizeBytes = 0;
  let hasSurplus = false;

  /** Reads on to the end of the line; where that is, or undefined where the piece ends before it. */
  function readLine(piece: Uint8Array, from: number): number | undefined {
    const lineEnd = piece.indexOf(lineFeed, from);
    const to = lineEnd === -1 ? piece.length : lineEnd + 1;
    if (line.length + to - from > lineSizeBytesMax) throw malformed('line too long in a chunked body');
    line += Buffer.from(piece.buffer, piece.byteOffset + from, to - from).toString('latin1');
    return lineEnd === -1 ? undefined : to;
  }

  function endLine(): void {
    const written = line;
    line = '';
    if (part === 'size') {
      left = parseChunkSize(written);
      part = left === 0 ? 'trailer' : 'content';
    } else if (part === 'content-end') {
      if (written !== '\r\n') throw malformed('end of a chunk');
      part = 'size';
    } else if (written === '\r\n') {
      part = 'whole';
    } else {
      trailerSizeBytes += written.length;
      if (trailerSizeBytes > trailerSizeBytesMax || !trailerLine.test(written)) throw malformed('trailer');
    }
  }

  return {
    take(piece) {
      let begin = 0;
      let end = 0;
      for (let at = 0; at < piece.length; ) {
        if (part === 'whole') {
          hasSurplus = true;
          break;
        }
        if (part === 'content') {
          const size = Math.min(left, piece.length - at);
          if (begin === end) begin = end = at;
          else piece.copyWithin(end, at, at + size);
          end += size;
          left -= size;
          at += size;
          if (left === 0) part = 'content-end';
        } else {
          const lineEnd = readLine(piece, at);
          if (lineEnd === undefined) break;
          at = lineEnd;
          endLine();
        }
      }
      return piece.subarray(begin, end);
    },
    isWhole: () => part === 'whole',
    hasSurplus: () => hasSurplus,
    end() {
      if (part !== 'whole') throw hungUp();
    },
  };
}

const trailerLine = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n$/;

/** What extends a size is passed over. Spec: RFC 9112, section 7.1.1. */
function parseChunkSize(line: string): number {
  const [, size] = /^([0-9A-Fa-f]{1,12})(?:[\t ]*;[\t\x20-\x7e\x80-\xff]*)?\r\n$/.exec(line) ?? [];
  if (size === undefined) throw malformed('size of a chunk');
  return Number.parseInt(size, 16);
}
