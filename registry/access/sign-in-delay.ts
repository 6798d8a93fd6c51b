/**
 * Slows down whoever guesses passwords: after some wrong ones the next is not even looked at for a while, and the while
 * grows. Counted for each user name at an address, and for the address alone.
 *
 * A user from elsewhere is not kept waiting by it, and nothing depends on whether the name is anybody's.
 */
import { clientNetwork } from '../../core/client-network.ts';

interface DelayRule {
  /** Wrong passwords that cost nothing: a person mistypes, a job has an old one. */
  readonly freeFailures: number;
  /** After so long one failure is forgiven, which is the pace of whoever waits for that. */
  readonly forgivenAfterMs: number;
}

const pairRule: DelayRule = { freeFailures: 5, forgivenAfterMs: 60_000 };

/** More for an address: a company, or everybody behind one proxy, may share it. */
const addressRule: DelayRule = { freeFailures: 50, forgivenAfterMs: 5_000 };

/** The pause after the first failure that is not free; it doubles with each one more. */
const firstPauseMs = 1_000;
const pauseMsMax = 60_000;

/** What is asked to wait while somebody else's guess is being verified. */
const busyPauseMs = 1_000;

/** Who signed in from an address is not kept waiting for so long by what others do there. */
const knownForMs = 24 * 3_600_000;

/** Names at addresses that are remembered, and addresses; what changed longest ago is forgotten for a new one. */
const talliesMax = 20_000;

/** Characters of a user name that tell it from others. */
const nameCharsMax = 128;

export interface SignInDelay {
  /** Milliseconds that a password of the user from the address has to wait; otherwise an attempt, to be ended. */
  admit(address: string, username: string): number | SignInAttempt;
}

/** A password that is being verified. Exactly one of these is called. */
export interface SignInAttempt {
  succeed(): void;
  fail(): void;
  /** It was not found out. */
  drop(): void;
}

interface Tally {
  readonly failures: number;
  readonly changedAt: number;
  readonly pausedUntil: number;
  /** Passwords being verified. */
  readonly underWay: number;
  readonly knownUntil: number;
}

const noTally: Tally = { failures: 0, changedAt: 0, pausedUntil: 0, underWay: 0, knownUntil: 0 };

/** Opens an empty record. A clock that goes back keeps nobody waiting longer than the longest pause. */
export function openSignInDelay(now: () => number): SignInDelay {
  const tallies = new Map<string, Tally>();

  const read = (key: string, rule: DelayRule): Tally => {
    const known = tallies.get(key);
    if (known === undefined) return noTally;
    const elapsedMs = Math.max(0, now() - known.changedAt);
    return { ...known, failures: Math.max(0, known.failures - elapsedMs / rule.forgivenAfterMs) };
  };
  const write = (key: string, tally: Tally): void => {
    tallies.delete(key);
    tallies.set(key, tally);
    const [oldest] = tallies.keys();
    if (tallies.size > talliesMax && oldest !== undefined) tallies.delete(oldest);
  };
  const waitOf = ({ failures, pausedUntil, underWay }: Tally, rule: DelayRule): number => {
    const pauseMs = pausedUntil - now();
    if (pauseMs > 0 && pauseMs <= pauseMsMax) return pauseMs;
    return failures > rule.freeFailures && underWay > 0 ? busyPauseMs : 0;
  };
  const change = (key: string, rule: DelayRule, changed: (tally: Tally) => Partial<Tally>): void => {
    const tally = read(key, rule);
    write(key, { ...tally, ...changed(tally), changedAt: now() });
  };
  const fail = (key: string, rule: DelayRule): void =>
    change(key, rule, ({ failures, underWay }) => {
      const pauseMs = pauseAfter(failures + 1 - rule.freeFailures);
      return { failures: failures + 1, underWay: underWay - 1, pausedUntil: now() + pauseMs };
    });
  const leave = (key: string, rule: DelayRule): void =>
    change(key, rule, ({ underWay }) => ({ underWay: underWay - 1 }));

  return {
    admit(address, username) {
      const addressKey = clientNetwork(address);
      const pairKey = JSON.stringify([addressKey, username.slice(0, nameCharsMax)]);
      const pair = read(pairKey, pairRule);
      const isKnown = pair.knownUntil > now();
      const waitMs = Math.max(waitOf(pair, pairRule), isKnown ? 0 : waitOf(read(addressKey, addressRule), addressRule));
      if (waitMs > 0) return waitMs;
      const keys = [[pairKey, pairRule] as const, [addressKey, addressRule] as const];
      for (const [key, rule] of keys) change(key, rule, ({ underWay }) => ({ underWay: underWay + 1 }));
      return {
        fail: () => {
          for (const [key, rule] of keys) fail(key, rule);
        },
        succeed: () => {
          leave(addressKey, addressRule);
          write(pairKey, {
            ...noTally,
            changedAt: now(),
            underWay: read(pairKey, pairRule).underWay - 1,
            knownUntil: now() + knownForMs,
          });
        },
        drop: () => {
          for (const [key, rule] of keys) leave(key, rule);
        },
      };
    },
  };
}

/** The pause after so many failures beyond the free ones. */
function pauseAfter(failures: number): number {
  if (failures <= 0) return 0;
  return Math.min(pauseMsMax, firstPauseMs * 2 ** (Math.ceil(failures) - 1));
}
