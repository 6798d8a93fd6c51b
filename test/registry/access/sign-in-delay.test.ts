/** Guessing passwords: how soon it becomes slow, for whom, and for whom not. */
import { beforeEach, describe, expect, test } from 'vitest';
import { openSignInDelay, type SignInDelay } from '../../../registry/access/sign-in-delay.ts';

const home = '192.0.2.1';
const elsewhere = '198.51.100.1';

let time: number;
let delay: SignInDelay;

beforeEach(() => {
  time = 1_000_000_000_000;
  delay = openSignInDelay(() => time);
});

/** Milliseconds that the password has to wait; 0 when it was looked at, and was wrong. */
function guess(username: string, address = home): number {
  const attempt = delay.admit(address, username);
  if (typeof attempt === 'number') return attempt;
  attempt.fail();
  return 0;
}

function signIn(username: string, address = home): boolean {
  const attempt = delay.admit(address, username);
  if (typeof attempt === 'number') return false;
  attempt.succeed();
  return true;
}

function guessUntilPaused(username: string, address = home): void {
  while (guess(username, address) === 0);
}

test('five wrong passwords cost nothing, then each pause is twice the one before, up to a minute', () => {
  for (const _ of Array(5)) expect(guess('ada')).toBe(0);
  const pauses: number[] = [];
  for (const _ of Array(8)) {
    expect(guess('ada')).toBe(0);
    const waitMs = guess('ada');
    pauses.push(waitMs);
    time += waitMs;
  }
  expect(pauses.slice(0, 5).map((ms) => Math.round(ms / 1000))).toEqual([1, 2, 4, 8, 16]);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(60_000);
  expect(pauses.at(-1)).toBeGreaterThan(30_000);
});

test('while a pause lasts no password is looked at, not even the right one', () => {
  guessUntilPaused('ada');
  expect(signIn('ada')).toBe(false);
  time += 1_000;
  expect(signIn('ada')).toBe(true);
});

test('a right password forgets the wrong ones of the user', () => {
  for (const _ of Array(5)) guess('ada');
  expect(signIn('ada')).toBe(true);
  for (const _ of Array(5)) expect(guess('ada')).toBe(0);
});

test('somebody else at the address is not kept waiting, nor is the user somewhere else', () => {
  guessUntilPaused('ada');
  expect([signIn('eve'), signIn('ada', elsewhere)]).toEqual([true, true]);
});

test('an address that tries many users is kept waiting for all of them, except who signed in there before', () => {
  expect(signIn('regular')).toBe(true);
  for (let at = 0; guess(`user-${at}`) === 0; at += 1) expect(at).toBeLessThan(60);
  expect(signIn('newcomer')).toBe(false);
  expect([signIn('regular'), signIn('newcomer', elsewhere)]).toEqual([true, true]);
});

test('who signed in from the address before waits for what is guessed of his own password there', () => {
  expect(signIn('regular')).toBe(true);
  guessUntilPaused('regular');
  expect([signIn('regular'), signIn('regular', elsewhere)]).toEqual([false, true]);
});

test('who signed in a day ago is a newcomer again at an address that is kept waiting', () => {
  expect(signIn('regular')).toBe(true);
  time += 86_400_000;
  for (let at = 0; guess(`user-${at}`) === 0; at += 1) expect(at).toBeLessThan(60);
  expect(signIn('regular')).toBe(false);
});

test('a right password forgets none of the wrong ones of others at its address', () => {
  for (let at = 0; at < 50; at += 1) {
    expect(guess(`user-${at}`)).toBe(0);
    expect(signIn('insider')).toBe(true);
  }
  expect(guess('user-50')).toBe(0);
  expect(guess('user-51')).toBeGreaterThan(0);
});

test('names are told apart by their first 128 characters, however long they are', () => {
  guessUntilPaused(`${'x'.repeat(128)}one`);
  expect(guess(`${'x'.repeat(128)}two`)).toBeGreaterThan(0);
  expect(guess(`${'x'.repeat(127)}two`)).toBe(0);
});

test('addresses of one IPv6 network count as one', () => {
  guessUntilPaused('ada', '2001:db8:1:2::1');
  expect(signIn('ada', '2001:db8:1:2:ffff::9')).toBe(false);
  expect(signIn('ada', '2001:db8:1:3::1')).toBe(true);
});

test('time forgives: after an hour without a wrong password all is as it was', () => {
  guessUntilPaused('ada');
  time += 3_600_000;
  for (const _ of Array(5)) expect(guess('ada')).toBe(0);
});

describe('many passwords at once', () => {
  test('are looked at together while nothing was wrong, as those of a pull are', () => {
    const attempts = Array.from({ length: 20 }, () => delay.admit(home, 'ada'));
    expect(attempts.filter((attempt) => typeof attempt === 'number')).toEqual([]);
  });

  test('are looked at one by one once some were wrong', () => {
    guessUntilPaused('ada');
    time += 1_000;
    const first = delay.admit(home, 'ada');
    expect(typeof first).toBe('object');
    expect(typeof delay.admit(home, 'ada')).toBe('number');
    if (typeof first === 'object') first.drop();
    expect(typeof delay.admit(home, 'ada')).toBe('object');
  });
});

test('a clock that goes back keeps nobody waiting for longer than a minute', () => {
  guessUntilPaused('ada');
  time -= 86_400_000;
  expect(guess('ada')).toBeLessThanOrEqual(60_000);
});

test('what is remembered is bounded, however many names and addresses come', () => {
  guessUntilPaused('ada');
  for (let at = 0; at < 21_000; at += 1) guess('x', `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`);
  expect(guess('ada')).toBe(0);
});
