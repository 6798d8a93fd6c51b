/** The text of an access token: `rat_<id>_<secret>`. Only the secret's hash is ever stored. */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Secret scanners find a leaked token by its prefix. */
const tokenPrefix = 'rat_';
const idBytes = 6;
const secretBytes = 32;

const tokenGrammar = /^rat_([a-f0-9]{12})_([A-Za-z0-9_-]{43})$/;

/** A fresh token; `text` is shown once and never stored. */
export interface MintedToken {
  readonly id: string;
  readonly text: string;
  /** SHA-256 of the secret, hexadecimal. A random secret needs no slow hash. */
  readonly secretHash: string;
}

/** A token nobody has had before. */
export function mintToken(): MintedToken {
  const id = randomBytes(idBytes).toString('hex');
  const secret = randomBytes(secretBytes).toString('base64url');
  return { id, text: `${tokenPrefix}${id}_${secret}`, secretHash: hashSecret(secret) };
}

/** Whether the text means to be a token, valid or not. */
export function looksLikeToken(text: string): boolean {
  return text.startsWith(tokenPrefix);
}

/** Id and secret of a token's text; undefined when it is malformed. */
export function parseToken(text: string): { readonly id: string; readonly secret: string } | undefined {
  const [, id, secret] = tokenGrammar.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** Whether the secret has the hash, compared in constant time. */
export function verifySecret(secret: string, secretHash: string): boolean {
  const computed = Buffer.from(hashSecret(secret));
  const expected = Buffer.from(secretHash);
  return computed.length === expected.length && timingSafeEqual(computed, expected);
}

function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex');
}
