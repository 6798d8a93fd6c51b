/** The public keys of one issuer: kept, read anew when they are old or lack one, and used on through an outage. */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { TransportError } from '../errors/errors.ts';
import type { IdentityEvent } from './identity-event.ts';

/** After so long keys are read anew: one that the issuer takes back is refused from then on. */
const freshMs = 10 * 60_000;

/** Through an outage of the issuer its last keys are good for so long; then nobody is believed. */
const usableMs = 24 * 3_600_000;

/** A key that is not among those held is looked for this often at most, whatever tokens come. */
const cooldownMs = 30_000;

/** While none are held, an issuer that failed is asked again after so long. */
const firstCooldownMs = 5_000;

/** What keys are read with. */
export interface IssuerKeysInit {
  /** Name of the issuer in the configuration. */
  readonly name: string;
  /** The keys as they are now; rejects with why they cannot be read. */
  readonly read: () => Promise<JSONWebKeySet>;
  readonly now: () => number;
  readonly onEvent: (event: IdentityEvent) => void;
}

/** The keys of one issuer. */
export interface IssuerKeys {
  /**
   * The key that a token names.
   * @throws JWKSNoMatchingKey of jose when the issuer has none of that name, JWKInvalid when it is not well-formed.
   * @throws TransportError IDENTITY_ISSUER_UNREACHABLE when no keys are held and none can be read.
   */
  readonly find: JWTVerifyGetKey;
}

interface Held {
  readonly keys: JWTVerifyGetKey;
  readonly readAt: number;
}

/** None is read yet: the first token asks for them, so that a service starts while an issuer is away. */
export function openIssuerKeys({ name, read, now, onEvent }: IssuerKeysInit): IssuerKeys {
  let held: Held | undefined;
  let trouble: TransportError | undefined;
  let triedAt: number | undefined;
  let reading: Promise<Held> | undefined;

  const isWithin = (at: number | undefined, spanMs: number) => at !== undefined && isRecent(now() - at, spanMs);

  const readAnew = async (): Promise<Held> => {
    triedAt = now();
    try {
      const set = await read();
      held = { keys: keysIn(set), readAt: now() };
      trouble = undefined;
      onEvent({ kind: 'keys-read', issuer: name, keys: set.keys.length });
      return held;
    } catch (cause) {
      trouble = unreachable(name, cause);
      const goodForMs = held === undefined ? 0 : Math.max(0, held.readAt + usableMs - now());
      onEvent({ kind: 'keys-unavailable', issuer: name, reason: trouble.message, goodForMs });
      throw trouble;
    }
  };

  /** One reading at a time, for all who wait. */
  const refresh = (): Promise<Held> => {
    reading ??= readAnew().finally(() => {
      reading = undefined;
    });
    return reading;
  };

  const current = async (): Promise<Held> => {
    if (held !== undefined && isWithin(held.readAt, freshMs)) return held;
    const usable = held !== undefined && isWithin(held.readAt, usableMs) ? held : undefined;
    const mayTry = trouble === undefined || !isWithin(triedAt, usable === undefined ? firstCooldownMs : cooldownMs);
    if (!mayTry && usable !== undefined) return usable;
    if (!mayTry && trouble !== undefined && reading === undefined) throw trouble;
    try {
      return await refresh();
    } catch (error) {
      if (usable === undefined) throw error;
      return usable;
    }
  };

  return {
    async find(header, token) {
      // A token that names no key could be tried with all of them; none of the issuers leaves the name out.
      if (typeof header.kid !== 'string') throw new errors.JWKSNoMatchingKey();
      const { keys } = await current();
      try {
        return await keys(header, token);
      } catch (error) {
        const isUnknown = error instanceof errors.JWKSNoMatchingKey;
        if (!isUnknown || (isWithin(triedAt, cooldownMs) && reading === undefined)) throw error;
        const fresh = await refresh().catch(() => {
          throw error;
        });
        return await fresh.keys(header, token);
      }
    },
  };
}

/** Finds keys in the set. One that no key can be made of is the issuer's fault, and must not look like ours. */
function keysIn(set: JSONWebKeySet): JWTVerifyGetKey {
  const find = createLocalJWKSet(set);
  return async (header, token) => {
    try {
      return await find(header, token);
    } catch (error) {
      throw error instanceof errors.JOSEError ? error : new errors.JWKInvalid();
    }
  };
}

/** A clock that went back makes everything old, so that it is looked at anew. */
function isRecent(ageMs: number, spanMs: number): boolean {
  return ageMs >= 0 && ageMs < spanMs;
}

function unreachable(name: string, cause: unknown): TransportError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new TransportError({
    code: 'IDENTITY_ISSUER_UNREACHABLE',
    message: `keys of the issuer ${name} cannot be read: ${why}`,
  });
}
