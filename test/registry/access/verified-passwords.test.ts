/** Passwords that were found right: for how long, for whom, and at what price. */
import { beforeEach, expect, test } from 'vitest';
import { openVerifiedPasswords, type VerifiedPasswords } from '../../../registry/access/verified-passwords.ts';

const ada = { username: 'ada', password: 'correct horse', storedHash: 'hash' };

let time: number;
let computed: number;
let verified: VerifiedPasswords;

beforeEach(() => {
  time = 1_000_000;
  computed = 0;
  verified = openVerifiedPasswords(() => time);
});

async function verify(shown: typeof ada | { readonly storedHash: undefined }, isRight = true): Promise<boolean> {
  return verified.verify({ ...ada, ...shown }, async () => {
    computed += 1;
    return isRight;
  });
}

test('a right password is computed once a minute', async () => {
  for (const passedMs of [0, 1, 59_998]) {
    time += passedMs;
    expect([await verify(ada), computed]).toEqual([true, 1]);
  }
  time += 1;
  expect([verified.isKnown(ada), await verify(ada), computed]).toEqual([false, true, 2]);
});

test('a wrong one is computed each time, and is right as soon as it is', async () => {
  for (const count of [1, 2]) expect([await verify(ada, false), computed]).toEqual([false, count]);
  expect(await verify(ada)).toBe(true);
});

test('what was right for one name, password or hash is not known of another', async () => {
  await verify(ada);
  for (const other of [{ username: 'eve' }, { password: 'another horse' }, { storedHash: 'another' }])
    expect(verified.isKnown({ ...ada, ...other })).toBe(false);
  expect(verified.isKnown({ ...ada, storedHash: undefined })).toBe(false);
  // Two fields do not run into each other.
  expect(verified.isKnown({ ...ada, username: 'adac', password: 'orrect horse' })).toBe(false);
});

test('a clock that goes back has it computed anew', async () => {
  await verify(ada);
  time -= 1;
  expect([verified.isKnown(ada), await verify(ada), computed]).toEqual([false, true, 2]);
});

test('those who ask at once share one computation, and all learn that it failed', async () => {
  expect(await Promise.all(Array.from({ length: 20 }, () => verify(ada)))).toEqual(Array(20).fill(true));
  expect(computed).toBe(1);
  const failing = Array.from({ length: 3 }, () =>
    verified.verify({ ...ada, password: 'x' }, () => Promise.reject(new Error('busy'))).catch(() => 'failed'),
  );
  expect(await Promise.all(failing)).toEqual(['failed', 'failed', 'failed']);
  expect(await verify({ ...ada, password: 'x' })).toBe(true);
});

test('a thousand are remembered, and what was verified longest ago gives way', async () => {
  for (let at = 0; at <= 1_000; at += 1) await verify({ ...ada, username: `user-${at}` });
  expect(verified.isKnown({ ...ada, username: 'user-0' })).toBe(false);
  expect(verified.isKnown({ ...ada, username: 'user-1' })).toBe(true);
  expect(verified.isKnown({ ...ada, username: 'user-1000' })).toBe(true);
});
