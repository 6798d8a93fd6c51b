/** JSON Web Key Sets, as issuers publish them. */
import type { JSONWebKeySet, JWK } from 'jose';
import { TransportError } from '../errors/errors.ts';

/** Most keys of one issuer; GitHub has five. */
const keysMax = 100;

/** Digits of the modulus of an RSA key with 2048 bits; shorter ones can be broken. */
const modulusCharsMin = 342;

/**
 * The keys in a document that can be used; others are passed over. A set without any counts as none: nothing could be
 * verified with it, and it would take the place of keys that are still good.
 *
 * Spec: RFC 7517, "JWK Set Format".
 * @throws TransportError IDENTITY_ISSUER_UNREACHABLE.
 */
export function parseKeySet(document: unknown, where: string): JSONWebKeySet {
  const { keys }: { readonly keys?: unknown } = Object(document);
  if (!Array.isArray(keys) || keys.length > keysMax) throw broken(where, 'no set of keys');
  const usable = keys.filter((key: unknown): key is JWK => isPublicKey(Object(key)));
  if (usable.length === 0) throw broken(where, 'no public key in its set');
  return { keys: usable };
}

/** A key with which a signature can be verified by somebody who could not make it, and whose private part is not told. */
function isPublicKey(key: Readonly<Record<string, unknown>>): boolean {
  const { kty, kid, d, n } = key;
  const isStrong = kty === 'EC' || (kty === 'RSA' && typeof n === 'string' && n.length >= modulusCharsMin);
  return isStrong && typeof kid === 'string' && d === undefined;
}

function broken(where: string, why: string): TransportError {
  return new TransportError({ code: 'IDENTITY_ISSUER_UNREACHABLE', message: `${where}: ${why}` });
}
