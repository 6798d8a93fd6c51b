/** How long a registry asks to be left alone. */
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../../oci/client/wire/answer.ts';
import { retryAfterMs } from '../../../../oci/client/wire/retry-after.ts';

describe('retry-after', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  function answerWith(headers: Readonly<Record<string, string>>): Answer {
    return {
      status: 429,
      url: new URL('http://x'),
      header: (name) => headers[name],
      readBytes: async () => undefined,
      async *take() {},
      discard: async () => {},
      ended: Promise.resolve('whole'),
    };
  }
  it.each([
    [{ 'retry-after': '120' }, 120_000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': 'Mon, 23 Nov 2026 12:00:05 GMT' }, 5_000],
    [{ 'retry-after': 'Mon, 23 Nov 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': 'Mon, 23 Nov 2026 12:00:05 GMT', date: 'Mon, 23 Nov 2026 12:00:03 GMT' }, 2_000],
    [{ 'retry-after': '-5' }, undefined],
    [{ 'retry-after': '99999999999' }, undefined],
    [{}, undefined],
  ])('of %o is %s', (headers: Readonly<Record<string, string>>, expected) => {
    expect(retryAfterMs(answerWith(headers), now)).toBe(expected);
  });
});
