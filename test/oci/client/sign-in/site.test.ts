/** Which hosts have the same owner, as far as names tell. */
import { describe, expect, it } from 'vitest';
import { isSameSite } from '../../../../oci/client/sign-in/site.ts';

describe('two hosts', () => {
  it.each([
    ['registry.example.com', 'auth.example.com'],
    ['example.com', 'a.b.example.com'],
    ['a.example.co.uk', 'b.example.co.uk'],
    ['one', 'other'],
  ])('%s and %s are one site', (one, other) => expect(isSameSite(one, other)).toBe(true));

  it.each([
    ['example.com', 'example.org'],
    ['one', 'other.example'],
    ['co.uk', 'a.co.uk'],
    ['a.github.io', 'b.github.io'],
    ['10.0.0.1', '10.0.0.2'],
    ['[fd00::1]', '[fd00::2]'],
  ])('%s and %s are not', (one, other) => expect(isSameSite(one, other)).toBe(false));
});
