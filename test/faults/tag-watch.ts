/** Looking at a lane's tag all the time: where it was though it should not have been, and for how many sweeps. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Digest } from '../../oci/spec/digest.ts';

/** What is looked at. */
export interface Watched {
  tag(): Promise<Digest | undefined>;
  /** Sweeps that have begun so far. */
  rounds(): Promise<number>;
}

export interface TagWatch {
  /**
   * Resolves once the tag has been on the digest while two whole sweeps passed: what was still to land has landed.
   * Answers how many sweeps began during each time that it was elsewhere.
   */
  settled(): Promise<readonly number[]>;
}

/** Sweeps that begin while the tag stays: between the first and the last of them lie two whole ones. */
const quietRounds = 3;

/** Longest watch before the test fails. */
const watchMsMax = 60_000;

/** Between two looks: a write that is repaired is seen, and the machine has time for others. */
const lookEveryMs = 2;

/** Begins to look. */
export function watchTag(watched: Watched, digest: Digest): TagWatch {
  const strays: number[] = [];
  let leftAt: number | undefined;
  let quietSince: number | undefined;
  const look = async () => {
    const isThere = (await watched.tag()) === digest;
    const round = await watched.rounds();
    if (!isThere) {
      leftAt ??= round;
      quietSince = undefined;
      return false;
    }
    if (leftAt !== undefined) strays.push(round - leftAt);
    leftAt = undefined;
    quietSince ??= round;
    return round - quietSince >= quietRounds;
  };
  let isAsked = false;
  const loop = (async () => {
    const deadline = Date.now() + watchMsMax;
    for (;;) {
      const isQuiet = await look();
      if (isQuiet && isAsked) return strays;
      if (Date.now() > deadline) throw new Error(`the tag does not stay on ${digest}: ${JSON.stringify(strays)}`);
      if (!isAsked) quietSince = undefined;
      await delay(lookEveryMs);
    }
  })();
  loop.catch(() => undefined);
  return {
    settled: () => {
      isAsked = true;
      return loop;
    },
  };
}
