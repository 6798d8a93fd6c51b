/** Secrets that a builder says, and what is left of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openRedactor } from '../../../../release/builders/program/redactor.ts';

const secret = 'p@ss "word"/+=';

describe('a redactor', () => {
  it.each([
    ['as it is', secret],
    ['in a URL', encodeURIComponent(secret)],
    ['in JSON', JSON.stringify(secret).slice(1, -1)],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in base64 without padding', Buffer.from(secret).toString('base64').replace(/=+$/, '')],
    ['in base64 for URLs', Buffer.from(secret).toString('base64url')],
  ])('takes a secret out %s', (_, form) => {
    expect(openRedactor([secret])(`before ${form} after`)).toBe('before *** after');
  });

  it('takes each line out of a secret of several', () => {
    const redact = openRedactor(['-----BEGIN KEY-----\r\nabcdef\n  ghijkl\n-----END KEY-----\n']);
    expect(redact('abcdef')).toBe('***');
    expect(redact('x ghijkl y')).toBe('x *** y');
  });

  it('takes the whole out before a part of it', () => {
    expect(openRedactor(['secret', 'secret-and-more'])('secret-and-more')).toBe('***');
  });

  it('leaves alone what is too short to be one, and everything when there is none', () => {
    expect(openRedactor(['ab', '\n'])('about')).toBe('about');
    expect(openRedactor([])('about')).toBe('about');
  });

  it('never lets any of its secrets through', () => {
    const secrets = fc.array(fc.string({ minLength: 3, maxLength: 20 }).filter((text) => text.trim().length >= 3));
    fc.assert(
      fc.property(secrets, fc.string(), (all, text) => {
        const pieces = openRedactor(all)(`${text}${all.join(text)}`).split('***');
        for (const piece of pieces) for (const one of all) expect(piece.includes(one)).toBe(false);
      }),
    );
  });
});
