/**
 * The keys that our own tokens are signed with: made at the first start, private, and kept through restarts.
 *
 * One signs. After a rotation the one before still verifies, for as long as tokens live that it signed.
 */
import { randomUUID } from 'node:crypto';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { InputError } from '../../errors/errors.ts';
import type { DataDirectory } from '../disk/data-directory.ts';
import { isUnwritable, readFileIfPresent, writeFileDurably } from '../disk/durable-file.ts';
import { openKeyedLock } from '../disk/keyed-lock.ts';
import { parseJson, parseObject } from '../json-object.ts';

/** The one algorithm: with its public key nobody can sign. */
export const tokenAlgorithm = 'ES256';

export interface SigningKey {
  readonly id: string;
  readonly key: CryptoKey;
}

export interface TokenKeys {
  /** Signs from now on. */
  signing(): SigningKey;
  /** The public key of that name, while tokens may still be signed with it. */
  find(id: string, now: number): CryptoKey | undefined;
  /** Takes a new key. The one before verifies for so many milliseconds more; 0 ends every token at once. */
  rotate(now: number, overlapMs: number): Promise<SigningKey>;
}

/** A key as it lies in the file. */
interface StoredKey {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Epoch milliseconds after which it verifies nothing; undefined for the one that signs. */
  readonly until: number | undefined;
  readonly jwk: JWK;
}

interface LoadedKey extends StoredKey {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

/** Version of the file's form. */
const keysSchema = 1;

/**
 * The keys in the file, which is made when absent. Where it cannot be, as `own` or the disk says, there is a key until
 * the process ends: tokens that outlive it are fetched anew.
 * @throws InputError TOKEN_KEYS_INVALID.
 */
export async function openTokenKeys(path: string, now: number, own: DataDirectory['own']): Promise<TokenKeys> {
  const writers = openKeyedLock();
  const content = await readFileIfPresent(path);
  const invalid = (cause?: unknown) =>
    new InputError({ code: 'TOKEN_KEYS_INVALID', message: `keys of tokens unreadable: ${path}`, cause });
  const stored = content === undefined ? [] : parseKeys(content.toString('utf8'));
  if (stored === undefined) throw invalid();
  let [current, previous] = await Promise.all(stored.map(loadKey)).catch((cause: unknown) => {
    throw invalid(cause);
  });

  async function replace(next: LoadedKey, kept: LoadedKey | undefined): Promise<void> {
    const keys = [next, ...(kept === undefined ? [] : [kept])].map(({ id, createdAt, until, jwk }) => {
      return { id, createdAt, until, jwk };
    });
    const text = `${JSON.stringify({ schema: keysSchema, keys }, undefined, 2)}\n`;
    await own();
    await writeFileDurably(path, text, `${path}.${randomUUID()}`);
    current = next;
    previous = kept;
  }

  if (current === undefined) {
    const made = await makeKey(now);
    await replace(made, undefined).catch((error: unknown) => {
      if (!isUnwritable(error)) throw error;
      current = made;
    });
  }

  return {
    signing() {
      if (current === undefined) throw invalid();
      return { id: current.id, key: current.privateKey };
    },
    find(id, at) {
      const found = [current, previous].find((key) => key?.id === id);
      return found?.until !== undefined && found.until <= at ? undefined : found?.publicKey;
    },
    rotate: (at, overlapMs) =>
      writers.exclusive(path, async () => {
        const next = await makeKey(at);
        await replace(
          next,
          current === undefined || overlapMs <= 0 ? undefined : { ...current, until: at + overlapMs },
        );
        return { id: next.id, key: next.privateKey };
      }),
  };
}

async function makeKey(now: number): Promise<LoadedKey> {
  const { privateKey } = await generateKeyPair(tokenAlgorithm, { extractable: true });
  const jwk = await exportJWK(privateKey);
  const id = await calculateJwkThumbprint(jwk);
  return loadKey({ id, createdAt: now, until: undefined, jwk });
}

async function loadKey(stored: StoredKey): Promise<LoadedKey> {
  const { d: _, ...publicJwk } = stored.jwk;
  const [privateKey, publicKey] = await Promise.all([
    importJWK(stored.jwk, tokenAlgorithm),
    importJWK(publicJwk, tokenAlgorithm),
  ]);
  if (privateKey instanceof Uint8Array || publicKey instanceof Uint8Array || privateKey.type !== 'private') {
    throw new TypeError('not a private key');
  }
  return { ...stored, privateKey, publicKey };
}

/** Undefined when it is not of our making. */
function parseKeys(text: string): readonly StoredKey[] | undefined {
  const { schema, keys } = parseObject(parseJson(text)) ?? {};
  if (schema !== keysSchema || !Array.isArray(keys) || keys.length < 1 || keys.length > 2) return undefined;
  const parsed = keys.map(parseKey).filter((key) => key !== undefined);
  return parsed.length === keys.length ? parsed : undefined;
}

function parseKey(value: unknown): StoredKey | undefined {
  const { id, createdAt, until, jwk } = parseObject(value) ?? {};
  if (typeof id !== 'string' || typeof createdAt !== 'number') return undefined;
  if (until !== undefined && typeof until !== 'number') return undefined;
  const { kty, crv, d } = parseObject(jwk) ?? {};
  if (kty !== 'EC' || crv !== 'P-256' || typeof d !== 'string') return undefined;
  return { id, createdAt, until, jwk: jwk as JWK };
}
