import { expect, test } from 'vitest';
import { formatReceipt, parseReceipt, type Receipt } from '../../core/receipt.ts';
import { parseDigest } from '../../oci/spec/digest.ts';

const digest = parseDigest(`sha256:${'a'.repeat(64)}`);
const receipt: Receipt = {
  schema: 1,
  app: 'web',
  environment: 'staging',
  number: 3,
  kind: 'promotion',
  digest,
  commandId: 'p-1',
  actor: 'tester',
  at: '2026-11-23T12:00:00.000Z',
  previous: [digest],
};

test('a receipt is read back as it was written', () => {
  expect(parseReceipt(formatReceipt(receipt), 'here')).toEqual(receipt);
});

test('equal receipts are equal texts, whatever the order of their keys', () => {
  const { schema, ...rest } = receipt;
  expect(formatReceipt({ ...rest, schema })).toBe(formatReceipt(receipt));
});

test.each([
  ['no JSON', 'x'],
  ['no object', '[]'],
  ['a newer schema', JSON.stringify({ ...receipt, schema: 2 })],
  ['an unknown kind', JSON.stringify({ ...receipt, kind: 'magic' })],
  ['a digest that is none', JSON.stringify({ ...receipt, digest: 'sha256:1' })],
  ['previous receipts that are no list', JSON.stringify({ ...receipt, previous: 'x' })],
  ['direct tags that are none', JSON.stringify({ ...receipt, directTags: ['-x'] })],
])('%s is refused, and the place is named', (_, text) => {
  expect(() => parseReceipt(text, 'hub/web:tag')).toThrow(/hub\/web:tag/);
});
