/** A body that is held in memory as a whole. */
import { expect, test } from 'vitest';
import { type RequestBody, readBody } from '../../../registry/http/request-body.ts';

/** A body of these texts, each in the same memory as the one before. */
function bodyOf(...texts: readonly string[]): RequestBody {
  async function* chunks(): AsyncIterable<Uint8Array> {
    const memory = Buffer.alloc(16);
    for (const text of texts) yield memory.subarray(0, memory.write(text));
  }
  return { declaredBytes: undefined, chunks };
}

test.each([
  ['of no chunk', []],
  ['of one', ['a manifest']],
  ['of a byte in each', [...'{"schemaVersion":2,"manifests":[]}']],
  ['of uneven ones', ['a', 'whole body', 'in', 'some pieces', '.']],
])('a body %s is read without keeping any of them', async (_, texts) => {
  const bytes = await readBody(bodyOf(...texts), 100);
  expect(Buffer.from(bytes ?? []).toString()).toBe(texts.join(''));
});

test.each([
  [10, '1234567890'],
  [9, undefined],
])('of a bound of %i bytes ten are %s', async (bytesMax, expected) => {
  const bytes = await readBody(bodyOf('12345', '67890'), bytesMax);
  expect(bytes && Buffer.from(bytes).toString()).toBe(expected);
});
