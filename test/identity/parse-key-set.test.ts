/** Which of an issuer's published keys are of use. */
import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseKeySet } from '../../identity/parse-key-set.ts';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength });
const good = { ...ec.publicKey.export({ format: 'jwk' }), kid: 'good' };

function kidsOf(keys: readonly unknown[]): readonly unknown[] {
  return parseKeySet({ keys }, 'here').keys.map(({ kid }) => kid);
}

test('keys of elliptic curves and RSA keys of 2048 bits and more are of use', () => {
  const long = { ...rsa(2048).publicKey.export({ format: 'jwk' }), kid: 'rsa' };
  expect(kidsOf([good, long])).toEqual(['good', 'rsa']);
});

test.each([
  ['a secret', { kty: 'oct', k: 'c2VjcmV0', kid: 'bad' }],
  ['a private key, which others have by now as well', { ...ec.privateKey.export({ format: 'jwk' }), kid: 'bad' }],
  ['a private RSA key', { ...rsa(2048).privateKey.export({ format: 'jwk' }), kid: 'bad' }],
  ['an RSA key that is short', { ...rsa(1024).publicKey.export({ format: 'jwk' }), kid: 'bad' }],
  ['a key without a name', ec.publicKey.export({ format: 'jwk' })],
  ['a key whose name is none', { ...good, kid: 1 }],
  ['a key of another kind', { kty: 'OKP', crv: 'Ed25519', x: 'AAAA', kid: 'bad' }],
  ['null', null],
  ['a text', 'bad'],
])('%s is passed over, and is no key where it is the only one', (_, key) => {
  expect(kidsOf([key, good])).toEqual(['good']);
  expect(() => kidsOf([key])).toThrow(expect.objectContaining({ code: 'IDENTITY_ISSUER_UNREACHABLE' }));
});

test('a hundred keys are read, and a set of more is refused', () => {
  const many = (count: number) => Array.from({ length: count }, (_, at) => ({ ...good, kid: `${at}` }));
  expect(kidsOf(many(100))).toHaveLength(100);
  expect(() => kidsOf(many(101))).toThrow();
});
