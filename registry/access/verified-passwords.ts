/** Passwords that were found right are not hashed again for a while: each request of a pull carries one. */
import { createHmac, randomBytes } from 'node:crypto';

export interface VerifiedPasswords {
  /** Whether the password was found right for the name and the stored hash; never computes anything. */
  isKnown(shown: ShownPassword): boolean;
  /** Whether it is right: remembered, or as `compute` finds. Several who ask at once share one computation. */
  verify(shown: ShownPassword, compute: () => Promise<boolean>): Promise<boolean>;
}

export interface ShownPassword {
  readonly username: string;
  readonly password: string;
  /** Part of what is remembered, so that a changed password ends it; undefined for a user who is not there. */
  readonly storedHash: string | undefined;
}

/** How long a password counts as found right. */
const verifiedMsMax = 60_000;
const verifiedMax = 1_000;

/** Nothing is remembered yet; what will be gives no password away. */
export function openVerifiedPasswords(now: () => number): VerifiedPasswords {
  const key = randomBytes(32);
  const verifiedAt = new Map<string, number>();
  const running = new Map<string, Promise<boolean>>();

  function entryOf({ username, password, storedHash }: ShownPassword): string {
    return createHmac('sha256', key)
      .update(JSON.stringify([username, password, storedHash]))
      .digest('base64');
  }

  function isFresh(entry: string): boolean {
    const ageMs = now() - (verifiedAt.get(entry) ?? Number.NaN);
    return ageMs >= 0 && ageMs < verifiedMsMax;
  }

  function remember(entry: string): void {
    verifiedAt.delete(entry);
    verifiedAt.set(entry, now());
    const [oldest] = verifiedAt.size > verifiedMax ? verifiedAt.keys() : [];
    if (oldest !== undefined) verifiedAt.delete(oldest);
  }

  async function computeOnce(entry: string, compute: () => Promise<boolean>): Promise<boolean> {
    try {
      const isRight = await compute();
      if (isRight) remember(entry);
      return isRight;
    } finally {
      running.delete(entry);
    }
  }

  return {
    isKnown: (shown) => isFresh(entryOf(shown)),
    verify: async (shown, compute) => {
      const entry = entryOf(shown);
      if (isFresh(entry)) return true;
      const shared = running.get(entry);
      if (shared !== undefined) return shared;
      const computing = computeOnce(entry, compute);
      running.set(entry, computing);
      return computing;
    },
  };
}
