/** Slows down whoever tries tokens: answers to wrong ones come later and later, by address. Right tokens are never delayed. */
import { clientNetwork } from '../../core/client-network.ts';
import { AccessError } from '../../errors/errors.ts';

/** Failures of an address that are answered at once: a person mistypes. */
const freeFailures = 5;

/** Delay of the first failure beyond; it doubles with each one more. */
const firstDelayMs = 250;

/** Longest delay: with the limit below, an address tries at most two tokens a second. */
const delayMsMax = 4_000;

/** Failures of an address that may wait at once; beyond, its requests are turned away unread. */
const waitingPerAddressMax = 8;

/** After so long without a failure an address starts afresh. */
const forgottenAfterMs = 15 * 60_000;

/** Addresses remembered; the one longest without a failure is forgotten for a new one. */
const addressesMax = 10_000;

/** The delay of failed sign-ins. */
export interface FailureDelay {
  /** @throws AccessError SIGN_IN_LIMITED when too many failures of the address wait already. */
  admit(address: string): void;
  /** Resolves when a failure of the address may be answered. */
  delay(address: string): Promise<void>;
}

interface Failures {
  readonly count: number;
  readonly waiting: number;
  readonly lastAt: number;
}

const noFailures: Failures = { count: 0, waiting: 0, lastAt: 0 };

/** Opens an empty record of failures. `wait` resolves after so many milliseconds. */
export function openFailureDelay(now: () => number, wait: (ms: number) => Promise<void>): FailureDelay {
  const failures = new Map<string, Failures>();
  const read = (address: string): Failures => {
    const known = failures.get(address) ?? noFailures;
    return now() - known.lastAt > forgottenAfterMs ? { ...noFailures, waiting: known.waiting } : known;
  };
  const write = (address: string, next: Failures) => {
    failures.delete(address);
    failures.set(address, next);
    const [oldest] = failures.keys();
    if (failures.size > addressesMax && oldest !== undefined) failures.delete(oldest);
  };
  return {
    admit(address) {
      if (read(clientNetwork(address)).waiting < waitingPerAddressMax) return;
      throw new AccessError({
        code: 'SIGN_IN_LIMITED',
        message: `too many wrong tokens from ${address}`,
        signedIn: false,
        fields: { retryAfterSeconds: delayMsMax / 1000 },
      });
    },
    async delay(address) {
      const network = clientNetwork(address);
      const { count, waiting } = read(network);
      const delayMs = delayOf(count + 1);
      write(network, { count: count + 1, waiting: waiting + 1, lastAt: now() });
      if (delayMs > 0) await wait(delayMs);
      const after = read(network);
      write(network, { ...after, waiting: Math.max(0, after.waiting - 1) });
    },
  };
}

/** The delay of an address's n-th failure. */
function delayOf(failure: number): number {
  if (failure <= freeFailures) return 0;
  return Math.min(delayMsMax, firstDelayMs * 2 ** (failure - freeFailures - 1));
}
