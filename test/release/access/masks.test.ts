/** Masks: which forms of a secret are known, and that each is hidden. */
import { expect, test } from 'vitest';
import { formsOf, openMasks } from '../../../release/access/masks.ts';

const secret = 'p@ss "word"/+ü';

test.each([
  ['as it is', secret],
  ['in JSON', JSON.stringify({ a: secret })],
  ['in JSON within JSON', JSON.stringify({ a: JSON.stringify({ b: secret }) })],
  ['in an address', `https://host/?q=${encodeURIComponent(secret)}`],
  ['in base64', Buffer.from(secret).toString('base64')],
  ['in base64 behind one byte', Buffer.from(`x${secret}y`).toString('base64')],
  ['in base64 behind two bytes', Buffer.from(`xy${secret}z`).toString('base64')],
  ['in base64 behind a user name', Buffer.from(`user:${secret}`).toString('base64')],
])('a secret is hidden %s', (_, text) => {
  const masks = openMasks(() => undefined);
  masks.add(secret);
  const hidden = masks.hide(text);
  expect(hidden).toContain('***');
  expect(hidden).not.toContain(secret);
  expect(Buffer.from(hidden, 'base64').toString('latin1')).not.toContain('word');
});

test('each line of a secret is a secret, save the short ones', () => {
  const forms = formsOf('{\n  "private_key": "abc"\n}\n');
  expect(forms).toContain('"private_key": "abc"');
  expect(forms).not.toContain('{');
  expect(forms).not.toContain('}');
});

test('a short secret on one line is a secret all the same', () => {
  expect(formsOf('ab')).toContain('ab');
});

test('a secret with a line break at its end is hidden without it, too', () => {
  const masks = openMasks(() => undefined);
  masks.add('token-1234\n');
  expect(masks.hide('Bearer token-1234')).toBe('Bearer ***');
});

test.each(['', ' ', '\n\n'])('%j is no secret', (text) => {
  expect(formsOf(text)).toEqual([]);
});

test('each form is announced once, and what has no secret stays as it is', () => {
  const announced: string[] = [];
  const masks = openMasks((form) => announced.push(form));
  masks.add('hunter22');
  masks.add('hunter22');
  expect(announced.filter((form) => form === 'hunter22')).toEqual(['hunter22']);
  expect(new Set(announced).size).toBe(announced.length);
  expect(masks.hide('nothing of it')).toBe('nothing of it');
});

test('a secret that begins with another is hidden whole', () => {
  const masks = openMasks(() => undefined);
  masks.add('abcd');
  masks.add('abcdefgh');
  expect(masks.hide('abcdefgh')).toBe('***');
});
