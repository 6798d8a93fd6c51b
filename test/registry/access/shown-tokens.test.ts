/** Tokens that come back from elsewhere. */
import { expect, test } from 'vitest';
import { openShownTokens } from '../../../registry/access/shown-tokens.ts';

const token = { issuer: 'github', tokenId: 'a', expiresAt: 1_000_000 };

test('a token is good where it was shown first, as often as it is shown, and nowhere else', () => {
  const shown = openShownTokens(() => 0);
  expect(shown.isAtHome(token, '192.0.2.1')).toBe(true);
  expect(shown.isAtHome(token, '192.0.2.1')).toBe(true);
  expect(shown.isAtHome(token, '::ffff:192.0.2.1')).toBe(true);
  expect(shown.isAtHome(token, '198.51.100.1')).toBe(false);
  expect(shown.isAtHome(token, '192.0.2.1')).toBe(true);
});

test('another token is another matter, be its name the same at another issuer', () => {
  const shown = openShownTokens(() => 0);
  expect(shown.isAtHome(token, '192.0.2.1')).toBe(true);
  expect(shown.isAtHome({ ...token, tokenId: 'b' }, '198.51.100.1')).toBe(true);
  expect(shown.isAtHome({ ...token, issuer: 'other' }, '198.51.100.1')).toBe(true);
});

test('ten thousand are remembered, and the one that came first gives way', () => {
  const shown = openShownTokens(() => 0);
  for (let at = 0; at <= 10_000; at += 1) shown.isAtHome({ ...token, tokenId: `${at}` }, '192.0.2.1');
  expect(shown.isAtHome({ ...token, tokenId: '1' }, '198.51.100.1')).toBe(false);
  expect(shown.isAtHome({ ...token, tokenId: '0' }, '198.51.100.1')).toBe(true);
});

test('it is remembered past its end by what clocks may differ', () => {
  let time = 0;
  const shown = openShownTokens(() => time);
  shown.isAtHome(token, '192.0.2.1');
  time = token.expiresAt + 59_000;
  shown.isAtHome({ ...token, tokenId: 'b' }, '192.0.2.1');
  expect(shown.isAtHome(token, '198.51.100.1')).toBe(false);
});
