/** Our own tokens: what is believed, and every way in which a token can be another one than it looks. */
import { generateKeyPairSync } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  openTokenIssuer,
  type TokenClaims,
  type TokenIssuer,
  tokenCharsMax,
} from '../../../registry/access/token-issuer.ts';
import { openTokenKeys } from '../../../registry/access/token-keys.ts';
import { parseScopes } from '../../../registry/access/token-scope.ts';
import { temporaryDirectory } from '../registry-under-test.ts';
import { decode, encode, openTokenWorkshop, type TokenWorkshop } from './token-workshop.ts';

const start = Date.UTC(2030, 0, 1);
const url = 'https://registry.acme.example';
const service = 'registry.acme.example';
const claims: TokenClaims = {
  subject: 'ada',
  holder: { kind: 'credential', credential: { kind: 'user', id: 'ada' }, version: 'v1' },
  scope: parseScopes(['repository:team/app:pull']) ?? [],
};

let directory: string;
let time = start;
let issuer: TokenIssuer;
let workshop: TokenWorkshop;
let good: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  const keysFile = join(directory, 'keys.json');
  issuer = await open(keysFile);
  workshop = await openTokenWorkshop(keysFile);
});

beforeEach(async () => {
  time = start;
  good = (await issuer.mint(claims))?.text ?? '';
});

afterAll(() => rm(directory, { recursive: true }));

async function open(keysFile: string, at = url): Promise<TokenIssuer> {
  const keys = await openTokenKeys(keysFile, time, async () => {});
  return openTokenIssuer({ keys, issuer: () => at, service: () => new URL(at).host, now: () => time });
}

/** A head and a payload like those of a good token, with what the test changes; undefined leaves a claim out. */
function head(change: object = {}): object {
  return { alg: 'ES256', kid: workshop.keyId, typ: 'JWT', ...change };
}

function payload(change: object = {}): object {
  return { ...decode(good, 1), ...change };
}

describe('a token', () => {
  test('says who it is for, by whom, for whom, from when, until when, and which it is', () => {
    const seconds = start / 1000;
    expect(decode(good, 0)).toEqual(head());
    expect(decode(good, 1)).toEqual({
      ...{ iss: url, aud: service, sub: 'ada', iat: seconds, nbf: seconds, exp: seconds + 300 },
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      access: [{ type: 'repository', name: 'team/app', actions: ['pull'] }],
      holder: claims.holder,
    });
  });

  test('is believed as it was made, and again', async () => {
    expect(await issuer.verify(good)).toEqual(claims);
    expect(await issuer.verify(good)).toEqual(claims);
  });

  test('signed in the workshop is as good as one of ours: what refuses those below is what they change', async () => {
    expect(await issuer.verify(workshop.sign(head(), payload()))).toEqual(claims);
  });

  test('is another one each time', async () => {
    expect((await issuer.mint(claims))?.text).not.toBe(good);
  });

  test('lives for five minutes, and for ten seconds more by a clock that was set back', async () => {
    time = start + 309_000;
    expect(await issuer.verify(good)).toEqual(claims);
    time = start + 310_000;
    expect(await issuer.verify(good)).toBeUndefined();
  });

  test('lives no longer because it was looked at before', async () => {
    await issuer.verify(good);
    time = start + 311_000;
    expect(await issuer.verify(good)).toBeUndefined();
    time = start - 11_000;
    expect(await issuer.verify(good)).toBeUndefined();
  });

  test('ends with what it was given for, and is not given at all after that', async () => {
    const short = await issuer.mint(claims, start + 60_000);
    expect(short?.lifeSeconds).toBe(60);
    time = start + 71_000;
    expect(await issuer.verify(short?.text ?? '')).toBeUndefined();
    expect(await issuer.mint(claims, start)).toBeUndefined();
  });

  test('that no request could carry is not given', async () => {
    const name = (at: number) => `repository:${'x'.repeat(200)}${at}:pull`;
    const scope = parseScopes(Array.from({ length: 60 }, (_, at) => name(at))) ?? [];
    expect(await issuer.mint({ ...claims, scope })).toBeUndefined();
  });
});

describe('a token is nobody’s', () => {
  const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const foreignJwk = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });

  const forged: [string, () => string][] = [
    ['without a signature, by the algorithm none', () => `${encode(head({ alg: 'none' }))}.${encode(payload())}.`],
    ['by the algorithm none in other letters', () => `${encode(head({ alg: 'nOnE' }))}.${encode(payload())}.`],
    ['by the algorithm none, with the signature of another', () => workshop.sign(head({ alg: 'none' }), payload())],
    ['without a signature', () => `${good.split('.').slice(0, 2).join('.')}.`],
    [
      'signed by HS256 with the public key as PEM',
      () => {
        const pem = workshop.publicKey.export({ type: 'spki', format: 'pem' });
        return workshop.signWithSecret(head({ alg: 'HS256' }), payload(), pem);
      },
    ],
    [
      'signed by HS256 with the public key as DER',
      () => {
        const der = workshop.publicKey.export({ type: 'spki', format: 'der' });
        return workshop.signWithSecret(head({ alg: 'HS256' }), payload(), der);
      },
    ],
    [
      'signed by HS256 with the name of the key',
      () => workshop.signWithSecret(head({ alg: 'HS256' }), payload(), workshop.keyId),
    ],
    ['signed by somebody else', () => workshop.sign(head(), payload(), foreign)],
    ['that names another algorithm of ours', () => workshop.sign(head({ alg: 'ES384' }), payload())],
    ['with a key of its own (jwk)', () => workshop.sign(head({ jwk: foreignJwk() }), payload(), foreign)],
    ['with a key of its own, rightly signed', () => workshop.sign(head({ jwk: foreignJwk() }), payload())],
    ['with keys at an address (jku)', () => workshop.sign(head({ jku: 'https://evil.example/keys' }), payload())],
    ['with a certificate at an address (x5u)', () => workshop.sign(head({ x5u: 'https://evil.example/c' }), payload())],
    ['with a certificate (x5c)', () => workshop.sign(head({ x5c: ['MIIB'] }), payload())],
    ['with something critical (crit)', () => workshop.sign(head({ crit: ['exp'], exp: 1 }), payload())],
    ['with an unencoded payload (b64)', () => workshop.sign(head({ b64: false, crit: ['b64'] }), payload())],
    ['of an unknown key', () => workshop.sign(head({ kid: 'unknown' }), payload())],
    ['of a key that is a path', () => workshop.sign(head({ kid: '../../../dev/null' }), payload())],
    ['of a key that is no text', () => workshop.sign(head({ kid: 1 }), payload())],
    ['of no key', () => workshop.sign({ alg: 'ES256', typ: 'JWT' }, payload())],
    ['of another type', () => workshop.sign(head({ typ: 'at+jwt' }), payload())],
    ['of another issuer', () => workshop.sign(head(), payload({ iss: 'https://registry.acme.example/' }))],
    ['of no issuer', () => workshop.sign(head(), payload({ iss: undefined }))],
    ['for another audience', () => workshop.sign(head(), payload({ aud: 'registry.acme.example:443' }))],
    ['for others, too', () => workshop.sign(head(), payload({ aud: [service, 'other'] }))],
    ['for a list of one', () => workshop.sign(head(), payload({ aud: [service] }))],
    ['for no audience', () => workshop.sign(head(), payload({ aud: undefined }))],
    ['not valid yet', () => workshop.sign(head(), payload({ nbf: start / 1000 + 11 }))],
    ['from the future', () => workshop.sign(head(), payload({ iat: start / 1000 + 11, exp: start / 1000 + 200 }))],
    ['without the time of its making', () => workshop.sign(head(), payload({ iat: undefined }))],
    ['without an end', () => workshop.sign(head(), payload({ exp: undefined }))],
    ['without a beginning', () => workshop.sign(head(), payload({ nbf: undefined }))],
    ['without a name', () => workshop.sign(head(), payload({ jti: undefined }))],
    ['without a subject', () => workshop.sign(head(), payload({ sub: undefined }))],
    ['with an end that is a text', () => workshop.sign(head(), payload({ exp: '9999999999' }))],
    [
      'with an end beyond counting',
      () => workshop.sign(head(), JSON.stringify(payload({ exp: 0 })).replace('"exp":0', '"exp":1e999')),
    ],
    ['that lives longer than five minutes', () => workshop.sign(head(), payload({ exp: start / 1000 + 301 }))],
    [
      'that was made too long ago',
      () => workshop.sign(head(), payload({ iat: start / 1000 - 311, exp: start / 1000 - 11 })),
    ],
    [
      'that has expired, and more than clocks differ',
      () => workshop.sign(head(), payload({ iat: start / 1000 - 300, exp: start / 1000 - 10 })),
    ],
    ['without access', () => workshop.sign(head(), payload({ access: undefined }))],
    [
      'with access that is a trick',
      () =>
        workshop.sign(
          head(),
          payload({ access: [{ type: 'repository', name: 'a:pull repository:b', actions: ['*'] }] }),
        ),
    ],
    ['without a holder', () => workshop.sign(head(), payload({ holder: undefined }))],
    ['with a holder of an unknown kind', () => workshop.sign(head(), payload({ holder: { kind: 'root' } }))],
    [
      'with a holder without version',
      () => workshop.sign(head(), payload({ holder: { kind: 'credential', credential: { kind: 'user', id: 'ada' } } })),
    ],
    [
      'with a key twice in its payload',
      () => workshop.sign(head(), JSON.stringify(payload()).replace('"sub":"ada"', '"sub":"eve","sub":"ada"')),
    ],
    [
      'with a key twice in its head',
      () => workshop.sign(JSON.stringify(head()).replace('"alg"', '"alg":"none","alg"'), payload()),
    ],
    [
      'with the prototype in its payload',
      () => workshop.sign(head(), JSON.stringify(payload()).replace('{', '{"__proto__":{"exp":9999999999},')),
    ],
    ['written otherwise than we do', () => workshop.sign(head(), JSON.stringify(payload(), undefined, 1))],
    ['that is no JSON', () => workshop.sign(head(), 'ada')],
    ['that is a list', () => workshop.sign(head(), '[]')],
    ['of which a letter was changed', () => good.replace(encode(decode(good, 1)), encode(payload({ sub: 'eve' })))],
    ['of four parts', () => `${good}.x`],
    ['of two parts', () => good.split('.').slice(0, 2).join('.')],
    ['of dots', () => '..'],
    ['of very many dots', () => '.'.repeat(8_000)],
    ['of five parts, as encrypted ones have', () => `${good}.x.y`],
    ['with padding', () => `${good}=`],
    ['in the other alphabet', () => good.replace('.', '+.')],
    ['with a space', () => ` ${good}`],
    ['longer than any of ours', () => `${good}${'A'.repeat(tokenCharsMax)}`],
    ['with a payload of a megabyte', () => workshop.sign(head(), payload({ sub: 'x'.repeat(1024 * 1024) }))],
    ['that is empty', () => ''],
  ];

  test.each(forged)('%s', async (_, make) => {
    expect(await issuer.verify(make())).toBeUndefined();
  });

  test('of another registry with the same key', async () => {
    const other = await open(join(directory, 'keys.json'), 'https://other.acme.example');
    expect(await other.verify(good)).toBeUndefined();
  });
});

describe('a rotation', () => {
  test('signs with another key at once, and lets tokens of the one before end by themselves', async () => {
    const rotated = await open(join(directory, 'rotated.json'));
    const before = (await rotated.mint(claims))?.text ?? '';
    const keyId = await rotated.rotate(false);
    const after = (await rotated.mint(claims))?.text ?? '';
    expect([decode(before, 0)['kid'] === keyId, decode(after, 0)['kid']]).toEqual([false, keyId]);
    expect([await rotated.verify(before), await rotated.verify(after)]).toEqual([claims, claims]);
    const stolen = await openTokenWorkshop(join(directory, 'rotated.json'));
    expect(stolen.keyId).toBe(keyId);
    time = start + 310_000;
    const late = { ...decode(before, 1), iat: time / 1000, nbf: time / 1000, exp: time / 1000 + 300 };
    expect(await rotated.verify(stolen.sign(decode(after, 0), late))).toEqual(claims);
    expect(await rotated.verify(before)).toBeUndefined();
  });

  test('can end every token there is, those looked at before among them', async () => {
    const rotated = await open(join(directory, 'ended.json'));
    const before = (await rotated.mint(claims))?.text ?? '';
    expect(await rotated.verify(before)).toEqual(claims);
    await rotated.rotate(true);
    expect(await rotated.verify(before)).toBeUndefined();
    expect(await rotated.verify((await rotated.mint(claims))?.text ?? '')).toEqual(claims);
  });
});
