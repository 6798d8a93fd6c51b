/** Tokens in hand, and the requests for more: one at a time for the same need. */
import { AccessError, RegistryError } from '../../../errors/errors.ts';
import type { RegistryQuirks } from '../quirks.ts';
import { abortable } from '../wire/abortable.ts';
import type { Token } from './bearer.ts';
import { coversScopes, mergeScopes, type Scope } from './scope.ts';

/** Tokens of one registry. */
export interface TokenCache {
  /**
   * A token good for the scopes, from hand or newly fetched. One in hand must be good for `goodForMs` more, or, when no
   * token of this service lives as long, have half of its life before it.
   */
  authorizationFor(needed: readonly Scope[], signal?: AbortSignal, goodForMs?: number): Promise<string>;
  /**
   * Another token for the scopes than the one refused, and than any that is no younger. What the registry wished for in
   * its challenge is asked for as well, since it may call the repository by another name; but not insisted on: GHCR
   * answers a ping with the scope of a repository that does not exist, and then refuses it.
   */
  replace(
    refused: string | undefined,
    needed: readonly Scope[],
    wished: readonly Scope[],
    signal?: AbortSignal,
  ): Promise<string>;
}

/**
 * Scopes asked for in one token: those of the repositories used last, so that a copy or a mount between two of them
 * needs one token and not three. More would make a long URL and, at some services, a slow answer.
 */
const scopesPerTokenMax = 8;

/** Tokens kept; the oldest goes first. */
const tokensMax = 32;

/** A token is replaced this long before its end, or a tenth of its life before, so that it does not end on the way. */
const refreshMarginMs = 5_000;
const refreshMarginShare = 0.1;

/** Of its useful life, how much a token can be expected to have left when it is used for the first time. */
const reachShare = 0.9;

interface Held {
  readonly authorization: string;
  readonly scopes: readonly Scope[];
  readonly lifeMs: number;
  /** From here on it is as good as ended: some time before its end, or a tenth of its life. */
  readonly refreshAt: number;
}

interface Flight {
  /** What whoever began it needs. */
  readonly needed: readonly Scope[];
  /** What it asks for. */
  readonly asked: readonly Scope[];
  readonly landing: Promise<Held>;
}

/**
 * An empty cache. A request for a token outlives the caller who began it, since others may wait for it as well. Tokens
 * `apart` are asked for, and used, for what one request needs and nothing else.
 */
export function openTokenCache(
  fetch: (scopes: readonly Scope[]) => Promise<Token>,
  now: () => number,
  tokens: RegistryQuirks['tokens'],
): TokenCache {
  let held: readonly Held[] = [];
  let recent: readonly Scope[] = [];
  const flights = new Set<Flight>();

  const fetchHeld = async (asked: readonly Scope[]): Promise<Held> => {
    const askedAt = now();
    const { authorization, lifeMs } = await fetch(asked);
    const fresh = { authorization, scopes: asked, lifeMs, refreshAt: askedAt + lifeMs - marginMs(lifeMs) };
    held = [...held.filter((token) => token.refreshAt > askedAt), fresh].slice(-tokensMax);
    return fresh;
  };

  /** Some services refuse a token altogether when one of several repositories is out of bounds. */
  const fetchAtLeast = async (needed: readonly Scope[], asked: readonly Scope[]): Promise<Held> => {
    try {
      return await fetchHeld(asked);
    } catch (error) {
      const refused = error instanceof AccessError || (error instanceof RegistryError && !error.retryable);
      if (!refused || isSameNeed(asked, needed)) throw error;
      recent = needed;
      return await fetchHeld(needed);
    }
  };

  const begin = (needed: readonly Scope[], wanted: readonly Scope[]): Flight => {
    const before = tokens === 'shared' ? recent : [];
    const asked = mergeScopes(before, wanted).slice(-Math.max(scopesPerTokenMax, wanted.length));
    recent = asked;
    const flight = { needed, asked, landing: fetchAtLeast(needed, asked) };
    flights.add(flight);
    const land = () => flights.delete(flight);
    flight.landing.then(land, land);
    return flight;
  };

  const findFlight = (suits: (flight: Flight) => boolean): Flight | undefined => [...flights].find(suits);

  const fetchFor = async (
    needed: readonly Scope[],
    wanted: readonly Scope[],
    signal: AbortSignal | undefined,
  ): Promise<string> => {
    const isOurs = ({ needed: theirs, asked }: Flight) => isSameNeed(theirs, needed) && coversScopes(asked, wanted);
    const other = findFlight((flight) => !isOurs(flight) && coversScopes(flight.asked, wanted));
    if (other !== undefined && findFlight(isOurs) === undefined) {
      // Somebody else's request may be refused for reasons that are not ours.
      const landed = await abortable(other.landing, signal).catch(() => undefined);
      signal?.throwIfAborted();
      if (landed !== undefined && coversScopes(landed.scopes, wanted)) return landed.authorization;
    }
    const ours = findFlight(isOurs) ?? begin(needed, wanted);
    return (await abortable(ours.landing, signal)).authorization;
  };

  const find = async (
    needed: readonly Scope[],
    wanted: readonly Scope[],
    signal: AbortSignal | undefined,
    goodForMs = 0,
  ): Promise<string> => {
    const at = now();
    const token = held.findLast((one) => isGoodFor(one, goodForMs, at) && coversScopes(one.scopes, wanted));
    return token === undefined ? await fetchFor(needed, wanted, signal) : token.authorization;
  };

  return {
    authorizationFor: (needed, signal, goodForMs) => find(needed, needed, signal, goodForMs),
    replace(refused, needed, wished, signal) {
      held = held.slice(held.findLastIndex(({ authorization }) => authorization === refused) + 1);
      return find(needed, mergeScopes(wished, needed), signal);
    },
  };
}

/** Never more than half a life, so that a token of a few seconds is used at all. */
function marginMs(lifeMs: number): number {
  return Math.min(Math.max(refreshMarginMs, lifeMs * refreshMarginShare), lifeMs / 2);
}

/** Another token is worth its request only when it would last long enough, or at least much longer. */
function isGoodFor({ lifeMs, refreshAt }: Held, goodForMs: number, at: number): boolean {
  const leftMs = refreshAt - at;
  const isInReach = goodForMs <= (lifeMs - marginMs(lifeMs)) * reachShare;
  return leftMs > 0 && leftMs >= (isInReach ? goodForMs : lifeMs / 2);
}

function isSameNeed(one: readonly Scope[], other: readonly Scope[]): boolean {
  return coversScopes(one, other) && coversScopes(other, one);
}
