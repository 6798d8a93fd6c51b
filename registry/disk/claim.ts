/**
 * Taking what is to be ours alone, where a disk without room, or one that is read-only, may keep us from it for a while:
 * whoever can do something without it begins, and changes nothing before it is taken after all.
 */
import { CodedError } from '../../errors/errors.ts';
import { isUnwritable } from './durable-file.ts';

export interface Claim<Held> {
  /** Resolves once it is ours: at once, or by one more attempt. Rejects with what is in the way. */
  own(): Promise<Held>;
  /** Undefined while it is not ours. */
  held(): Held | undefined;
  /** Gives it back. */
  close(): Promise<void>;
}

export interface ClaimInit<Held> {
  /** Takes it, or rejects. The signal ends what it waits for. */
  readonly take: (signal: AbortSignal) => Promise<Held>;
  readonly release: (held: Held) => Promise<void>;
  /** Whether to begin without it, now that the disk takes no writes. Rejects with another reason why it cannot be ours. */
  readonly mayWait: () => Promise<boolean>;
  /** Told once, when it could not be taken at the beginning, with what the system says. */
  readonly onWaiting: (cause: unknown) => void;
  /** Told once, when it was taken later. */
  readonly onTaken: () => void;
  /** Told when the disk takes writes again, and it cannot be taken all the same. */
  readonly onRefused: (error: CodedError) => void;
}

/**
 * How often it is tried again, in milliseconds, where nobody asks: room may come by itself, and a killed process may have
 * left files that hold more of it. An attempt is a few calls of the system.
 */
export const claimRetryMs = 2_000;

/**
 * The claim, taken where the disk lets us.
 * @throws what `take` throws, unless the disk takes no writes and it may wait.
 */
export async function openClaim<Held>(init: ClaimInit<Held>): Promise<Claim<Held>> {
  const closing = new AbortController();
  try {
    const held = await init.take(closing.signal);
    return {
      own: async () => held,
      held: () => held,
      close: () => release(init, held),
    };
  } catch (error) {
    if (!isUnwritable(error) || !(await init.mayWait())) throw error;
    init.onWaiting(error);
    return waitingClaim(init, closing);
  }
}

function waitingClaim<Held>(init: ClaimInit<Held>, closing: AbortController): Claim<Held> {
  let held: Held | undefined;
  let attempt: Promise<Held> | undefined;

  async function take(): Promise<Held> {
    closing.signal.throwIfAborted();
    const taken = await init.take(closing.signal);
    held = taken;
    clearInterval(timer);
    init.onTaken();
    return taken;
  }

  /** One attempt for all who ask meanwhile. */
  function own(): Promise<Held> {
    if (held !== undefined) return Promise.resolve(held);
    attempt ??= take()
      .catch((error: unknown) => {
        if (error instanceof CodedError) init.onRefused(error);
        throw error;
      })
      .finally(() => {
        attempt = undefined;
      });
    return attempt;
  }

  const timer = setInterval(() => own().catch(() => undefined), claimRetryMs).unref();

  return {
    own,
    held: () => held,
    async close() {
      clearInterval(timer);
      closing.abort();
      await attempt?.catch(() => undefined);
      if (held !== undefined) await release(init, held);
    },
  };
}

/** What a disk that became read-only keeps is a dead process's, and taken over when it can be. */
async function release<Held>(init: ClaimInit<Held>, held: Held): Promise<void> {
  await init.release(held).catch((error: unknown) => {
    if (!isUnwritable(error)) throw error;
  });
}
