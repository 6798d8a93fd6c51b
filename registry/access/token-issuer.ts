/**
 * Our own tokens: signed here, verified here, for five minutes.
 *
 * A token says who somebody was and what he asked for. What he may do is looked up with every use, so no token outlives
 * the right it was given for.
 */

import { randomUUID } from 'node:crypto';
import { type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { readThroughCache } from '../disk/read-through-cache.ts';
import { parseJson, parseObject } from '../json-object.ts';
import { parseHolderClaim, type TokenHolder } from './token-holder.ts';
import { type TokenKeys, tokenAlgorithm } from './token-keys.ts';
import { parseAccessClaim, type TokenScope } from './token-scope.ts';

/** How long a token lives: a client asks for another one without troubling anybody. */
export const tokenLifeSeconds = 300;

/** One clock signs and verifies, but it may be set back by so much. */
const clockToleranceSeconds = 10;

/** Tokens that were signed before a rotation are good for so long after it. */
export const keyOverlapMs = (tokenLifeSeconds + clockToleranceSeconds) * 1000;

/** Longest token: all headers of a request have 16 KiB. */
export const tokenCharsMax = 8 * 1024;

/** Verified tokens that are remembered, so that a pull of many layers verifies one signature. */
const rememberedTokensMax = 1_000;

/** What a token says. */
export interface TokenClaims {
  /** Name of whoever it was given to. */
  readonly subject: string;
  readonly holder: TokenHolder;
  readonly scope: TokenScope;
}

export interface MintedRegistryToken {
  readonly text: string;
  /** Epoch seconds. */
  readonly issuedAt: number;
  readonly lifeSeconds: number;
}

export interface TokenIssuer {
  /** A token; undefined when it would be longer than a request can carry. `endsAt` in epoch milliseconds shortens it. */
  mint(claims: TokenClaims, endsAt?: number): Promise<MintedRegistryToken | undefined>;
  /** What the token says; undefined unless we made it, for us, and it is good now. */
  verify(text: string): Promise<TokenClaims | undefined>;
  /** Signs with a new key; `atOnce` ends every token there is. Resolves to the key's name. */
  rotate(atOnce: boolean): Promise<string>;
}

export interface TokenIssuerInit {
  readonly keys: TokenKeys;
  /** What tokens say as `iss`: the registry's URL. */
  readonly issuer: () => string;
  /** What they say as `aud`: the service that challenges name. */
  readonly service: () => string;
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
}

interface RememberedToken {
  readonly claims: TokenClaims;
  readonly keyId: string;
  /** Epoch seconds. */
  readonly notBefore: number;
  readonly expiresAt: number;
}

/** Opens it. */
export function openTokenIssuer({ keys, issuer, service, now }: TokenIssuerInit): TokenIssuer {
  const remembered = readThroughCache<RememberedToken>({ weightMax: rememberedTokensMax, weigh: () => 1 });

  async function verifyAnew(text: string): Promise<RememberedToken | undefined> {
    const keyId = readKeyId(text);
    const key = keyId === undefined ? undefined : keys.find(keyId, now());
    if (keyId === undefined || key === undefined) return undefined;
    const payload = await verifySignature(text, key, { issuer: issuer(), audience: service(), at: now() });
    const claims = payload && parseClaims(payload);
    if (payload === undefined || claims === undefined) return undefined;
    const { nbf = Number.POSITIVE_INFINITY, exp = 0 } = payload;
    return { claims, keyId, notBefore: nbf, expiresAt: exp };
  }

  return {
    async mint({ subject, holder, scope }, endsAt = Number.POSITIVE_INFINITY) {
      const issuedAt = Math.floor(now() / 1000);
      const lifeSeconds = Math.min(tokenLifeSeconds, Math.floor(endsAt / 1000) - issuedAt);
      if (lifeSeconds <= 0) return undefined;
      const { id, key } = keys.signing();
      const payload = {
        ...{ iss: issuer(), aud: service(), sub: subject, iat: issuedAt, nbf: issuedAt, exp: issuedAt + lifeSeconds },
        ...{ jti: randomUUID(), access: scope, holder },
      };
      const text = await new SignJWT(payload)
        .setProtectedHeader({ alg: tokenAlgorithm, kid: id, typ: 'JWT' })
        .sign(key);
      return text.length > tokenCharsMax ? undefined : { text, issuedAt, lifeSeconds };
    },
    async verify(text) {
      if (text.length > tokenCharsMax) return undefined;
      const known = await remembered.read(text, () => verifyAnew(text));
      if (known === undefined) return undefined;
      const seconds = now() / 1000;
      const isNow =
        known.notBefore <= seconds + clockToleranceSeconds && seconds < known.expiresAt + clockToleranceSeconds;
      if (isNow && keys.find(known.keyId, now()) !== undefined) return known.claims;
      remembered.forget(text);
      return undefined;
    },
    async rotate(atOnce) {
      return (await keys.rotate(now(), atOnce ? 0 : keyOverlapMs)).id;
    },
  };
}

/** Three parts without padding. Spec: RFC 7515, "JWS Compact Serialization Overview". */
const tokenGrammar = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;

/**
 * The key that the head names; undefined when the head is not, to the letter, what we write. With it goes every
 * parameter that asks a verifier to do something: other algorithms, keys that the token brings or points at, `crit`.
 */
function readKeyId(text: string): string | undefined {
  const [, head] = tokenGrammar.exec(text) ?? [];
  const json = decodePart(head ?? '');
  const { kid } = parseObject(parseJson(json)) ?? {};
  if (typeof kid !== 'string') return undefined;
  return json === JSON.stringify({ alg: tokenAlgorithm, kid, typ: 'JWT' }) ? kid : undefined;
}

interface Expected {
  readonly issuer: string;
  readonly audience: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** What a payload says, in our order. */
const claimNames = ['iss', 'aud', 'sub', 'iat', 'nbf', 'exp', 'jti', 'access', 'holder'] as const;

/** Spec: RFC 8725, "Perform Algorithm Verification"; RFC 7519, "Registered Claim Names". */
async function verifySignature(
  text: string,
  key: Parameters<typeof jwtVerify>[1],
  { issuer, audience, at }: Expected,
): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(text, key, {
      algorithms: [tokenAlgorithm],
      ...{ typ: 'JWT', issuer, audience, clockTolerance: clockToleranceSeconds, currentDate: new Date(at) },
      maxTokenAge: tokenLifeSeconds,
      requiredClaims: [...claimNames],
    });
    const [, , body = ''] = tokenGrammar.exec(text) ?? [];
    return isAsWritten(decodePart(body)) ? payload : undefined;
  } catch {
    return undefined;
  }
}

/** What we write is written one way. A key twice, which two readers could read differently, is not among it. */
function isAsWritten(json: string): boolean {
  const payload = parseObject(parseJson(json));
  if (payload === undefined || JSON.stringify(payload) !== json) return false;
  return Object.keys(payload).join() === claimNames.join();
}

function parseClaims(payload: JWTPayload): TokenClaims | undefined {
  const { sub: subject, aud, iat = 0, exp = Number.POSITIVE_INFINITY } = payload;
  const holder = parseHolderClaim(payload['holder']);
  const scope = parseAccessClaim(payload['access']);
  if (typeof subject !== 'string' || typeof aud !== 'string' || exp - iat > tokenLifeSeconds) return undefined;
  return holder === undefined || scope === undefined ? undefined : { subject, holder, scope };
}

function decodePart(part: string): string {
  return Buffer.from(part, 'base64url').toString('utf8');
}
