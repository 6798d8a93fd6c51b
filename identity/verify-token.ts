/** Whether a token is what it claims to be: signed by an issuer we believe, for us, and now. */
import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import type { IssuerConfig } from '../core/config.ts';
import { AccessError, CodedError } from '../errors/errors.ts';
import type { IssuerKeys } from './issuer-keys.ts';

/** An issuer we believe, with its keys. */
export interface TrustedIssuer extends Pick<IssuerConfig, 'name' | 'issuer' | 'audience'> {
  readonly keys: IssuerKeys;
}

/** Signatures we take: none that somebody can make who only verifies. */
const algorithms = ['RS256', 'ES256'];

/** How far two clocks may be apart: real tokens were seen to be issued 5 seconds ahead. */
const clockToleranceSeconds = 60;

/** A token issued longer ago is refused even if it says that it is still good. */
const tokenAgeSecondsMax = 10 * 60;

/** A verified token. */
export interface VerifiedToken {
  readonly issuer: TrustedIssuer;
  readonly payload: JWTPayload;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/**
 * The token's claims, verified. What its header says of keys (`jwk`, `jku`, `x5c`, `x5u`) is not looked at.
 *
 * Spec: RFC 8725, "Perform Algorithm Verification"; RFC 7519, "Registered Claim Names".
 * @throws AccessError IDENTITY_TOKEN_REFUSED with what is wrong; nothing of the token but single claims is repeated.
 * @throws TransportError IDENTITY_ISSUER_UNREACHABLE when the issuer's keys are not to be had.
 */
export async function verifyToken(
  token: string,
  issuers: readonly TrustedIssuer[],
  now: number,
): Promise<VerifiedToken> {
  const claimed = readIssuer(token);
  const issuer = issuers.find((one) => one.issuer === claimed);
  if (issuer === undefined) throw refused('issuer', `its issuer ${shorten(claimed)} is not configured`);
  try {
    const { payload } = await jwtVerify(token, issuer.keys.find, {
      algorithms,
      issuer: issuer.issuer,
      audience: issuer.audience,
      clockTolerance: clockToleranceSeconds,
      maxTokenAge: tokenAgeSecondsMax,
      requiredClaims: ['exp'],
      currentDate: new Date(now),
    });
    // A token for several could be used here by each of the others.
    if ([payload.aud].flat().length !== 1) throw refused('audience', 'it is for others, too');
    return { issuer, payload, expiresAt: (payload.exp ?? 0) * 1000 };
  } catch (error) {
    throw error instanceof CodedError ? error : refusalOf(error, issuer);
  }
}

/** Not verified: says only by whose keys to verify. */
function readIssuer(token: string): string {
  try {
    return decodeJwt(token).iss ?? '';
  } catch {
    throw refused('form', 'it is no JSON Web Token');
  }
}

/** What the library found wrong, in our words: its own errors carry the token's content. */
function refusalOf(error: unknown, issuer: TrustedIssuer): unknown {
  if (error instanceof errors.JWTExpired) {
    return error.claim === 'exp'
      ? refused('expired', 'it has expired')
      : refused('age', `it was issued more than ${tokenAgeSecondsMax / 60} minutes ago`);
  }
  if (error instanceof errors.JWTClaimValidationFailed) return refusalOfClaim(error, issuer);
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return refused('algorithm', `it is not signed by ${algorithms.join(' or ')}`);
  }
  if (error instanceof errors.JWKSNoMatchingKey) return refused('key', `${issuer.name} has no such key as it names`);
  if (error instanceof errors.JWKInvalid) return refused('key', `the key of ${issuer.name} that it names is of no use`);
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return refused('signature', `its signature is not that of ${issuer.name}`);
  }
  return error instanceof errors.JOSEError ? refused('form', 'it is not well-formed') : error;
}

function refusalOfClaim(
  { claim, reason, payload }: errors.JWTClaimValidationFailed,
  issuer: TrustedIssuer,
): AccessError {
  const said = reason === 'missing' ? 'absent' : shorten(payload[claim]);
  switch (claim) {
    case 'aud':
      return refused('audience', `its audience is ${said}, not ${issuer.audience}`);
    case 'nbf':
    case 'iat':
      return refused('time', `it is from the future or says no time: ${claim} is ${said}`);
    default:
      return refused('claim', `${claim} is ${said}`);
  }
}

/** Characters of a claim that are repeated. */
const shownCharsMax = 100;

function shorten(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  const printable = text.replace(/[^\x20-\x7e]/g, '?');
  return printable.length > shownCharsMax ? `${printable.slice(0, shownCharsMax)}…` : printable || '""';
}

function refused(fault: string, why: string): AccessError {
  return new AccessError({
    code: 'IDENTITY_TOKEN_REFUSED',
    message: `not signed in: the token is refused: ${why}`,
    signedIn: false,
    fields: { fault },
  });
}
