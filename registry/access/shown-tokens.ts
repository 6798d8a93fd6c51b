/**
 * Tokens of workloads that were shown to us, and from where: one that was read from a log is of no use elsewhere.
 *
 * A client shows a token as often as it needs one of ours, so it cannot be good for one time only.
 */
import { clientNetwork } from '../../core/client-network.ts';

/** Tokens that are remembered: each lives some minutes. What ends first is forgotten for a new one. */
const rememberedMax = 10_000;

export interface ShownTokens {
  /** Whether the token comes from where it first came from. `expiresAt` in epoch milliseconds. */
  isAtHome(token: ShownToken, address: string): boolean;
}

export interface ShownToken {
  readonly issuer: string;
  readonly tokenId: string;
  readonly expiresAt: number;
}

/** How long a token may be shown after it says that it ends, for clocks that differ. */
const toleranceMs = 60_000;

/** None was shown yet. */
export function openShownTokens(now: () => number): ShownTokens {
  const homes = new Map<string, { readonly network: string; readonly until: number }>();

  function forgetEnded(): void {
    for (const [key, { until }] of homes) {
      if (until > now() && homes.size < rememberedMax) return;
      homes.delete(key);
    }
  }

  return {
    isAtHome({ issuer, tokenId, expiresAt }, address) {
      const key = JSON.stringify([issuer, tokenId]);
      const network = clientNetwork(address);
      const known = homes.get(key);
      if (known !== undefined) return known.network === network;
      forgetEnded();
      homes.set(key, { network, until: expiresAt + toleranceMs });
      return true;
    },
  };
}
