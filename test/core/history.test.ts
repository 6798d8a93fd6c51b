import fc from 'fast-check';
import { expect, test } from 'vitest';
import { forkedNumbers, highestNumber, historyTag, readHistory, receiptTag } from '../../core/history.ts';
import { parseDigest } from '../../oci/spec/digest.ts';

const digest = parseDigest(`sha256:${'ab'.repeat(32)}`);
const other = parseDigest(`sha256:${'cd'.repeat(32)}`);

test('a history tag names environment, padded number and the first twelve digits', () => {
  expect(historyTag('production', 42, digest)).toBe('production-r000042-abababababab');
});

test('a listing yields its entries oldest first, with their receipts', () => {
  const first = historyTag('dev', 1, digest);
  const second = historyTag('dev', 2, other);
  const entries = readHistory('dev', [second, '1.0.0', receiptTag(first), 'dev', first]);
  expect(entries.map(({ number, receipted, direct }) => [number, receipted, direct])).toEqual([
    [1, true, false],
    [2, false, false],
  ]);
});

test.each([
  ['another environment', 'staging-r000001-abababababab'],
  ['an environment of which ours is a prefix', 'dev-eu-r000001-abababababab'],
  ['too few digits in the number', 'dev-r00001-abababababab'],
  ['upper-case digits', 'dev-r000001-ABABABABABAB'],
  ['a receipt', 'dev-r000001-abababababab.receipt'],
  ['a pin of pre-staged content', 'dev-staged-abababababab'],
])('%s is no entry', (_, tag) => {
  expect(readHistory('dev', [tag])).toEqual([]);
});

test('a direct entry is told from a worker’s', () => {
  expect(readHistory('dev', ['dev-r000003-abababababab-direct'])[0]).toMatchObject({ number: 3, direct: true });
});

test('a number that names two digests is a fork', () => {
  const forked = readHistory('dev', [
    historyTag('dev', 4, digest),
    historyTag('dev', 4, other),
    historyTag('dev', 5, other),
  ]);
  expect(forkedNumbers(forked)).toEqual([4]);
  expect(highestNumber(forked)).toBe(5);
});

test('every history tag that is written is read back', () => {
  const names = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/);
  fc.assert(
    fc.property(names, fc.integer({ min: 1, max: 2 ** 40 }), (environment, number) => {
      const [entry] = readHistory(environment, [historyTag(environment, number, digest)]);
      return entry?.number === number && entry.digest12 === 'abababababab';
    }),
  );
});
