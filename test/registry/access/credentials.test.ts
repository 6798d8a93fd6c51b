/** Authorization headers: every way to write the same credentials, and what is none. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAuthorization } from '../../../registry/access/credentials.ts';

const encode = (pair: string) => Buffer.from(pair, 'utf8').toString('base64');

describe('Basic', () => {
  test('carries any user name without a colon, and any password', () => {
    const text = fc.string({ unit: 'binary' }).filter((each) => each.isWellFormed());
    fc.assert(
      fc.property(
        text.filter((each) => !each.includes(':')),
        text,
        (username, secret) => {
          expect(parseAuthorization(`Basic ${encode(`${username}:${secret}`)}`)).toEqual({ username, secret });
        },
      ),
    );
  });

  test.each([
    ['a colon in the password', 'ada:a:b', 'ada', 'a:b'],
    ['a password that ends in a colon', 'ada:a:', 'ada', 'a:'],
    ['no user name', ':secret', '', 'secret'],
    ['no password', 'ada:', 'ada', ''],
    ['neither', ':', '', ''],
    ['letters beyond ASCII, in UTF-8', 'zoë:пароль €', 'zoë', 'пароль €'],
    ['spaces, which are part of it', ' ada : a b ', ' ada ', ' a b '],
  ])('with %s', (_, pair, username, secret) => {
    expect(parseAuthorization(`Basic ${encode(pair)}`)).toEqual({ username, secret });
  });

  test.each(['basic', 'BASIC', 'bAsIc'])('is as good in the letters %s, and behind several spaces', (scheme) => {
    expect(parseAuthorization(`${scheme}   ${encode('ada:x')}`)).toEqual({ username: 'ada', secret: 'x' });
  });

  test('is as good without padding', () => {
    expect(parseAuthorization(`Basic ${encode('ada:xy').replace(/=+$/, '')}`)).toEqual({
      username: 'ada',
      secret: 'xy',
    });
  });
});

test('Bearer is a token as it stands, in any letters of the scheme', () => {
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
    expect(parseAuthorization(`${scheme} abc.DEF-_~+/==`)).toEqual({ username: undefined, secret: 'abc.DEF-_~+/==' });
  }
});

test.each([
  ['nothing', ''],
  ['a scheme alone', 'Basic'],
  ['a scheme and a space', 'Basic '],
  ['credentials alone', encode('ada:x')],
  ['another scheme', `Digest ${encode('ada:x')}`],
  ['a scheme that goes on', `Basics ${encode('ada:x')}`],
  ['a tab in the place of the space', `Basic\t${encode('ada:x')}`],
  ['no space at all', `Basic${encode('ada:x')}`],
  ['a second value', `Basic ${encode('ada:x')} ${encode('eve:x')}`],
  ['two headers that a proxy joined', `Basic ${encode('ada:x')}, Basic ${encode('eve:x')}`],
  ['parameters', `Basic ${encode('ada:x')};charset=UTF-8`],
  ['a fold', `Basic ${encode('ada:x')}\r\n ${encode('eve:x')}`],
  ['a line end', `Basic ${encode('ada:x')}\n`],
  ['padding in the middle', `Basic ${encode('ada:x')}=A`],
  ['no colon', `Basic ${encode('ada')}`],
  ['a quoted token', 'Bearer "abc"'],
  ['a token with a space', 'Bearer a b'],
])('with %s there are no credentials', (_, header) => {
  expect(parseAuthorization(header)).toBeUndefined();
});
