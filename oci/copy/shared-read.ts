/** One reading of a blob for several targets, so that the source sends its bytes once. */
import { TransportError } from '../../errors/errors.ts';
import type { OpenContent } from './delivery.ts';
import type { ByteStream } from './target.ts';

/** One target's part in the reading. */
export interface ReadShare {
  /** Joins the reading; when it is under way without this share, or for the second time, reads by itself. */
  readonly open: OpenContent;
  /** The target needs no bytes, or no more: nobody waits for it any longer. */
  settle(): void;
}

/**
 * How long the first target waits for the others to be ready for bytes. Longer, and a target that queues for a
 * connection would hold up the rest: it reads by itself then.
 */
const gatherMs = 2_000;

/**
 * How long the others wait for one target in all, however often it takes a little; then it is left behind, and starts
 * over by itself. Counted in steps, so that what a target of the same speed makes others wait for is not.
 */
const lagMsMax = 10_000;
const lagStepMs = 250;

/** What the reading may be ahead of the slowest target. */
const aheadSizeBytesMax = 1024 * 1024;

/** The shares of a reading by `count` targets. The source is opened when all have asked for bytes, or need none. */
export function openSharedRead(open: OpenContent, count: number): readonly ReadShare[] {
  const branches: Branch[] = [];
  const begun = Promise.withResolvers<void>();
  let awaited = count;
  let isBegun = false;
  let patience: NodeJS.Timeout | undefined;

  function begin(): void {
    if (isBegun) return;
    isBegun = true;
    clearTimeout(patience);
    begun.resolve();
    if (branches.length > 1) void feed(open, branches);
  }

  function stopAwaiting(): void {
    awaited -= 1;
    if (awaited === 0 && branches.length > 0) begin();
  }

  return Array.from({ length: count }, () => {
    let isAwaited = true;
    const settle = () => {
      if (isAwaited) stopAwaiting();
      isAwaited = false;
    };
    return {
      settle,
      async open() {
        if (isBegun || !isAwaited) return await open();
        const branch = openBranch();
        branches.push(branch);
        patience ??= setTimeout(begin, gatherMs);
        settle();
        await begun.promise;
        return branches.length > 1 ? branch.stream : await open();
      },
    };
  });
}

interface Branch {
  readonly stream: ByteStream;
  readonly isOpen: () => boolean;
  /** Resolves when there is room for more, or nobody reads any longer. */
  put(chunk: Uint8Array): Promise<void>;
  end(failure?: { readonly cause: unknown }): void;
}

/** Reads the source to its end, as fast as the slowest open branch takes it. */
async function feed(open: OpenContent, branches: readonly Branch[]): Promise<void> {
  try {
    for await (const lent of await open()) {
      // The branches keep it, each for as long as its target takes.
      const chunk = Buffer.from(lent);
      await Promise.all(branches.map((branch) => branch.put(chunk)));
      if (!branches.some((branch) => branch.isOpen())) return;
    }
    for (const branch of branches) branch.end();
  } catch (cause) {
    for (const branch of branches) branch.end({ cause });
  }
}

function openBranch(): Branch {
  const queue: Uint8Array[] = [];
  let queuedBytes = 0;
  let lagMs = 0;
  let ending: { readonly failure: { readonly cause: unknown } | undefined } | undefined;
  let wakeReader = ignore;
  let wakeFeeder = ignore;

  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = queue.shift();
        if (chunk !== undefined) {
          queuedBytes -= chunk.length;
          wakeFeeder();
          yield chunk;
        } else if (ending === undefined) {
          await new Promise<void>((resolve) => {
            wakeReader = resolve;
          });
        } else if (ending.failure === undefined) return;
        else throw ending.failure.cause;
      }
    } finally {
      end();
    }
  }

  function end(failure?: { readonly cause: unknown }): void {
    ending ??= { failure };
    wakeReader();
    wakeFeeder();
  }

  return {
    stream: read(),
    isOpen: () => ending === undefined,
    end,
    async put(chunk) {
      if (ending !== undefined) return;
      queue.push(chunk);
      queuedBytes += chunk.length;
      wakeReader();
      if (queuedBytes < aheadSizeBytesMax) return;
      await new Promise<void>((resolve) => {
        const patience = setInterval(() => {
          lagMs += lagStepMs;
          if (lagMs >= lagMsMax) end({ cause: leftBehind() });
        }, lagStepMs);
        wakeFeeder = () => {
          if (ending === undefined && queuedBytes >= aheadSizeBytesMax) return;
          clearInterval(patience);
          resolve();
        };
      });
    },
  };
}

function leftBehind(): TransportError {
  return new TransportError({
    code: 'REGISTRY_UNREACHABLE',
    message: `registry stalled: others waited for it for ${lagMsMax / 1000} s`,
    fields: { networkCode: 'STALLED' },
  });
}

function ignore(): void {}
