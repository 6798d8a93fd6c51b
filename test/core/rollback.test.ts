import { expect, test } from 'vitest';
import type { ReleaseRecord } from '../../core/release-record.ts';
import { chooseRollbackTarget, type RollbackChoice } from '../../core/rollback.ts';
import { CodedError } from '../../errors/errors.ts';
import { type Digest, parseDigest } from '../../oci/spec/digest.ts';

const start = Date.parse('2026-11-01T00:00:00Z');
const hourMs = 3_600_000;
const digestOf = (letter: string) => parseDigest(`sha256:${letter.repeat(64)}`);

/** `a0 b2 c5`: digest a became current at hour 0, b at hour 2, c at hour 5. */
function records(text: string): readonly ReleaseRecord[] {
  return text.split(' ').map((word, index) => ({
    number: index + 1,
    digest: digestOf(word.charAt(0)),
    version: `1.${word.charCodeAt(0) - 97}.0`,
    kind: 'promotion',
    by: 'tester',
    reason: undefined,
    at: new Date(start + Number(word.slice(1)) * hourMs).toISOString(),
    from: undefined,
  }));
}

function choose(text: string, options: Partial<RollbackChoice> = {}): number {
  const choice = {
    records: records(text),
    quarantined: new Set<Digest>(),
    incoming: undefined,
    to: undefined,
    goodAfterMs: 0,
    ...options,
  };
  return chooseRollbackTarget(choice, start + 100 * hourMs, Date.parse).number;
}

test('the default is the newest good release that is not current', () => {
  expect(choose('a0 b2 c5')).toBe(2);
});

test('a second rollback does not return to what the first one left', () => {
  expect(choose('a0 b2 c5 b6', { quarantined: new Set([digestOf('c')]) })).toBe(1);
});

test('a release that did not stay long enough is not good', () => {
  expect(choose('a0 b9 c10', { goodAfterMs: 2 * hourMs })).toBe(1);
});

test('a stay goes on through later entries of the same digest', () => {
  expect(choose('a0 b1 b2 c4', { goodAfterMs: 3 * hourMs })).toBe(2);
});

test('while a promotion is on its way the default is to stay', () => {
  expect(choose('a0 b2', { incoming: digestOf('c') })).toBe(2);
});

test.each([
  ['1.0.0', 1],
  ['v1.0.0', 1],
  ['r2', 2],
  ['r000002', 2],
  [digestOf('b'), 2],
])('%s names release %i', (to, number) => {
  expect(choose('a0 b2 c5', { to })).toBe(number);
});

test('of two entries with the same version the newer is meant', () => {
  expect(choose('a0 b2 a3 c5', { to: '1.0.0' })).toBe(3);
});

test.each([
  ['a release that was never here', 'a0 b2', { to: '9.9.9' }],
  ['nothing good', 'a0', {}],
  ['everything quarantined', 'a0 b2', { quarantined: new Set([digestOf('a')]) }],
])('%s is refused with the releases there are', (_, text, options) => {
  const refusal = () => choose(text, options);
  expect(refusal).toThrow(CodedError);
  expect(refusal).toThrow(/r1 1\.0\.0/);
});
