/** Tokens as an attacker would make them, and as nobody but us can: signed with the key in the data directory. */
import { createHmac, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { JWK } from 'jose';

export interface TokenWorkshop {
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Signs the parts as they are written, or their JSON. */
  sign(head: object | string, payload: object | string, key?: KeyObject): string;
  /** The same with a secret in the place of a key. */
  signWithSecret(head: object, payload: object, secret: string | Buffer): string;
}

/** The workshop with the key that signs now. */
export async function openTokenWorkshop(keysFile: string): Promise<TokenWorkshop> {
  const { keys } = JSON.parse(await readFile(keysFile, 'utf8')) as { keys: { id: string; jwk: JWK }[] };
  const [current] = keys;
  if (current === undefined) throw new Error('no key');
  const privateKey = createPrivateKey({ key: { ...current.jwk }, format: 'jwk' });
  return {
    keyId: current.id,
    privateKey,
    publicKey: createPublicKey(privateKey),
    sign(head, payload, key = privateKey) {
      const text = `${encode(head)}.${encode(payload)}`;
      const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
      return `${text}.${signature.toString('base64url')}`;
    },
    signWithSecret(head, payload, secret) {
      const text = `${encode(head)}.${encode(payload)}`;
      return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
    },
  };
}

/** A part of a token. */
export function encode(part: object | string): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}

/** What a part of a token says. */
export function decode(token: string, part: 0 | 1): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[part] ?? '', 'base64url').toString('utf8'));
}
