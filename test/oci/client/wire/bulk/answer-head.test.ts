/** Heads of answers, right and wrong. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAnswerHead } from '../../../../../oci/client/wire/bulk/answer-head.ts';
import { WireError } from '../../../../../oci/client/wire/bulk/wire-error.ts';

describe('the head of an answer', () => {
  it('gives status and headers, by names in lower case', () => {
    const head = parseAnswerHead('HTTP/1.1 206 Partial\r\nContent-Length: 5 \r\nETag:"x"\r\nVia: a\r\nvia:\tb');
    expect(head.status).toBe(206);
    expect(head.version).toBe('1.1');
    expect(Object.fromEntries(head.headers)).toEqual({ 'content-length': '5', etag: '"x"', via: 'a, b' });
  });

  it.each([
    ['no version', '200 OK'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2p1'],
    ['HTTP/2', 'HTTP/2 200'],
    ['a version of two digits', 'HTTP/1.10 200 OK'],
    ['a status of two digits', 'HTTP/1.1 20 OK'],
    ['a status beyond 599', 'HTTP/1.1 600 What'],
    ['a folded header', 'HTTP/1.1 200 OK\r\na: b\r\n c: d'],
    ['blanks before a colon', 'HTTP/1.1 200 OK\r\ncontent-length : 5'],
    ['a header without a name', 'HTTP/1.1 200 OK\r\n: 5'],
    ['a header without a colon', 'HTTP/1.1 200 OK\r\ncontent-length'],
    ['a bare line feed', 'HTTP/1.1 200 OK\r\na: b\nc: d'],
    ['a bare carriage return', 'HTTP/1.1 200 OK\r\na: b\rc: d'],
    ['a NUL', 'HTTP/1.1 200 OK\r\na: b\0'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 5'],
    ['two codings', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nTransfer-Encoding: chunked'],
  ])('with %s is refused', (_, text) => {
    expect(() => parseAnswerHead(text)).toThrow(WireError);
  });

  it('is refused, or comes out as it was written, whatever it is', () => {
    const token = fc
      .stringMatching(/^[a-z-]{1,12}$/)
      .filter((name) => !/^(content-length|transfer-encoding)$/.test(name));
    const value = fc.stringMatching(/^[\x21-\x7e]([\x20-\x7e]{0,20}[\x21-\x7e])?$/);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(token, value), { selector: ([name]) => name }), (headers) => {
        const lines = headers.map(([name, written]) => `${name}: ${written}`);
        const head = parseAnswerHead(['HTTP/1.1 200 OK', ...lines].join('\r\n'));
        expect([...head.headers]).toEqual(headers);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (garbage) => {
        expect(() => parseAnswerHead(garbage)).toThrow(WireError);
        const told = tell(() => parseAnswerHead(`HTTP/1.1 200 OK\r\n${garbage}`));
        expect(told instanceof Error && !(told instanceof WireError)).toBe(false);
      }),
    );
  });
});

function tell(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
