/** Where bodies end, however they are cut into pieces. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAnswerHead } from '../../../../../oci/client/wire/bulk/answer-head.ts';
import { type BodyFraming, framingOf } from '../../../../../oci/client/wire/bulk/body-framing.ts';
import { WireError } from '../../../../../oci/client/wire/bulk/wire-error.ts';

/** The framing of an answer with the headers. */
function framing(...headers: readonly string[]): BodyFraming {
  return framingOf(parseAnswerHead(['HTTP/1.1 200 OK', ...headers].join('\r\n')));
}

const chunked = () => framing('transfer-encoding: Chunked');

/** What the body comes to when the text arrives in pieces of those sizes, again and again, and the connection ends. */
function read(body: BodyFraming, text: string, sizes: readonly number[] = [text.length || 1]): string {
  const bytes = Buffer.from(text, 'latin1');
  let found = '';
  for (let at = 0, turn = 0; at < bytes.length && !body.isWhole(); turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    // A copy of its own, as pieces are lent and written over.
    found += Buffer.from(body.take(Uint8Array.from(bytes.subarray(at, at + size)))).toString('latin1');
    at += size;
  }
  body.end();
  return found;
}

const pieceSizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });
const latin1 = fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const extension = fc.constantFrom('', ';a', '; a="b"', ' ;x=1');

/** The parts as chunks, and what stands behind the last of them. */
function encode(parts: readonly (readonly [string, string])[], trailer = ''): string {
  const chunks = parts.map(([part, after]) => `${part.length.toString(16)}${after}\r\n${part}\r\n`);
  return `${chunks.join('')}0\r\n${trailer}\r\n`;
}

describe('a body whose length is told', () => {
  it('is so many bytes, in whatever pieces they come', () => {
    fc.assert(
      fc.property(latin1, pieceSizes, (text, sizes) => {
        const body = framing(`content-length: ${text.length}`);
        expect(read(body, text, sizes)).toBe(text);
        expect([body.isWhole(), body.hasSurplus()]).toEqual([true, false]);
      }),
    );
  });

  it('leaves alone what comes after it, and says that something did', () => {
    const body = framing('content-length: 3');
    expect(read(body, 'abcHTTP/1.1 200 OK\r\n\r\n')).toBe('abc');
    expect(body.hasSurplus()).toBe(true);
  });

  it('has broken off when the connection ends before', () => {
    expect(() => read(framing('content-length: 4'), 'abc')).toThrow(expect.objectContaining({ code: 'ECONNRESET' }));
  });
});

describe('a chunked body', () => {
  it('is what the chunks hold, in whatever pieces they come', () => {
    const parts = fc.array(
      fc.tuple(
        latin1.filter((text) => text !== ''),
        extension,
      ),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(
        parts,
        pieceSizes,
        fc.constantFrom('', 'digest: x\r\n', 'a: b\r\nc:\r\n'),
        (written, sizes, trailer) => {
          const body = chunked();
          expect(read(body, encode(written, trailer), sizes)).toBe(written.map(([part]) => part).join(''));
          expect([body.isWhole(), body.hasSurplus()]).toEqual([true, false]);
        },
      ),
    );
  });

  it('has broken off wherever the connection ends before its end', () => {
    const text = encode(
      [
        ['abc', ''],
        ['defgh', ';x'],
      ],
      'a: b\r\n',
    );
    for (let end = 0; end < text.length; end += 1) {
      expect(() => read(chunked(), text.slice(0, end))).toThrow(expect.objectContaining({ code: 'ECONNRESET' }));
    }
  });

  it('says when something comes after it', () => {
    const body = chunked();
    expect(read(body, `${encode([['abc', '']])}HTTP/1.1 200 OK\r\n\r\n`)).toBe('abc');
    expect(body.hasSurplus()).toBe(true);
  });

  it.each([
    ['a size that is no number', 'x\r\nabc\r\n'],
    ['no size', '\r\n'],
    ['a negative size', '-1\r\n'],
    ['a size in the manner of C', '0x3\r\nabc\r\n0\r\n\r\n'],
    ['a size beyond all measure', `${'f'.repeat(13)}\r\n`],
    ['a size that ends with a bare line feed', '3\nabc\r\n0\r\n\r\n'],
    ['a chunk longer than its size', '3\r\nabcd\r\n0\r\n\r\n'],
    ['a chunk that ends with a bare line feed', '3\r\nabc\n0\r\n\r\n'],
    ['an extension without end', `3;${'x'.repeat(2000)}`],
    ['a control character in an extension', '3;\x01\r\nabc\r\n0\r\n\r\n'],
    ['a trailer that is no header', '0\r\nGET / HTTP/1.1\r\n\r\n'],
    ['trailers without end', `0\r\n${'a: b\r\n'.repeat(5000)}`],
  ])('with %s is refused', (_, text) => {
    for (const size of [1, 7, text.length]) {
      expect(() => read(chunked(), text, [size])).toThrow(expect.objectContaining({ code: 'ANSWER_MALFORMED' }));
    }
  });

  it('is refused or read, and never longer than what came, whatever comes', () => {
    const garbage = fc.stringMatching(/^[0-9a-f;\r\n :x]{0,60}$/);
    fc.assert(
      fc.property(garbage, pieceSizes, (text, sizes) => {
        const [whole, cut] = [[text.length || 1], sizes].map((each) => outcomeOf(() => read(chunked(), text, each)));
        expect(cut).toBe(whole);
        expect(whole?.length).toBeLessThanOrEqual(Math.max(text.length, 'ANSWER_MALFORMED'.length));
      }),
      { numRuns: 500 },
    );
  });
});

describe('a body that nothing is told of', () => {
  it('goes on until the connection ends', () => {
    fc.assert(
      fc.property(latin1, pieceSizes, (text, sizes) => {
        expect(read(framing(), text, sizes)).toBe(text);
      }),
    );
    expect(framing().isWhole()).toBe(false);
  });

  it.each([204, 304])('is none with the status %d', (status) => {
    expect(framingOf(parseAnswerHead(`HTTP/1.1 ${status} X`)).isWhole()).toBe(true);
  });
});

describe('an answer is refused', () => {
  it.each([
    ['whose length is no number', ['content-length: 5, 5']],
    ['whose length has a sign', ['content-length: +5']],
    ['whose length is empty', ['content-length:']],
    ['whose length is beyond all measure', ['content-length: 9999999999999999']],
    ['that has length and chunks', ['content-length: 5', 'transfer-encoding: chunked']],
    ['in another coding', ['transfer-encoding: gzip, chunked']],
    ['in a coding that is none', ['transfer-encoding: identity']],
  ])('%s', (_, headers) => {
    expect(() => framing(...headers)).toThrow(WireError);
  });

  it('of HTTP/1.0 in chunks', () => {
    expect(() => framingOf(parseAnswerHead('HTTP/1.0 200 OK\r\ntransfer-encoding: chunked'))).toThrow(WireError);
  });
});

function outcomeOf(work: () => string): string {
  try {
    return work();
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}
