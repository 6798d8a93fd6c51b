/** The life of a part inside its own process: open, say so, close when told to or when its supervisor is gone. */
import { setTimeout as delay } from 'node:timers/promises';
import { CodedError } from '../../errors/errors.ts';
import { crashExitCode, exitCodeOf } from './exit-code.ts';
import type { PartLog } from './part-log.ts';
import { formatFailure, formatReady } from './part-message.ts';

/** A part that works. */
export interface OpenPart {
  /** Where it listens, if it does. */
  readonly url?: string;
  /** Resolves when the part ended though nobody closed it; the process then ends, too. */
  readonly ended?: Promise<void>;
  /** Finishes what must be finished; has a deadline of its own. */
  close(): Promise<void>;
}

/** What `runPart` needs. */
export interface PartInit {
  /** Opens the part; gives up when the signal is aborted. */
  readonly open: (signal: AbortSignal) => Promise<OpenPart>;
  readonly log: PartLog;
  /** Whether a supervisor holds our standard input open: its end is then the supervisor's end, and ours. */
  readonly supervised: boolean;
  /** Ends the process. */
  readonly exit: (code: number) => void;
}

/** Last resort: a part that has not closed by then ends all the same. */
export const partCloseTimeoutMs = 20_000;

/** How long an opening may take to give up cleanly. */
const abandonTimeoutMs = 1_000;

/**
 * Runs a part until SIGTERM, SIGINT or the end of its supervisor closes it (exit 0). An error that nobody caught is logged and ends
 * the process with 70: what state it left is unknown, and the supervisor starts a new one.
 */
export async function runPart(init: PartInit): Promise<void> {
  const { log, exit } = init;
  exitOnCrash(init);
  const closing = closingSignal(init);
  const opened = await openPart(init, closing);
  if (opened === undefined) return;
  process.stdout.write(formatReady(opened.url));
  log.info({ url: opened.url }, 'ready');
  const ended = await Promise.race([aborted(closing), opened.ended?.then(() => 'ended') ?? never()]);
  if (ended === 'ended') {
    log.error('the part ended on its own');
    exit(crashExitCode);
    return;
  }
  await opened.close();
  log.info('closed');
  exit(0);
}

async function openPart(init: PartInit, closing: AbortSignal): Promise<OpenPart | undefined> {
  try {
    return await Promise.race([init.open(closing), abandonment(closing)]);
  } catch (error) {
    if (closing.aborted) {
      init.log.info('closed before it was open');
      init.exit(0);
      return undefined;
    }
    if (error instanceof CodedError) process.stdout.write(formatFailure(error));
    init.log.fatal({ err: error }, 'the part cannot start');
    init.exit(exitCodeOf(error));
    return undefined;
  }
}

function exitOnCrash({ log, exit }: PartInit): void {
  const onCrash = (error: unknown) => {
    log.fatal({ err: error }, 'an error nobody caught');
    exit(crashExitCode);
  };
  process.on('uncaughtException', onCrash);
  process.on('unhandledRejection', onCrash);
  // Whoever read our output is gone; that alone is no reason to end without closing.
  process.stdout.on('error', () => undefined);
}

/** Aborted once the process is told to close. */
function closingSignal({ log, supervised, exit }: PartInit): AbortSignal {
  const closing = new AbortController();
  const close = (reason: string) => {
    if (closing.signal.aborted) return;
    log.info({ reason }, 'closing');
    setTimeout(() => {
      log.error({ timeoutMs: partCloseTimeoutMs }, 'closing took too long');
      exit(crashExitCode);
    }, partCloseTimeoutMs).unref();
    closing.abort();
  };
  process.on('SIGTERM', () => close('SIGTERM'));
  process.on('SIGINT', () => close('SIGINT'));
  if (supervised) {
    for (const event of ['end', 'error', 'close']) process.stdin.on(event, () => close('the supervisor is gone'));
    process.stdin.resume();
  }
  return closing.signal;
}

function aborted(signal: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
}

/** Rejects a moment after the signal: an opening that does not heed it is not waited for. */
async function abandonment(closing: AbortSignal): Promise<never> {
  await aborted(closing);
  await delay(abandonTimeoutMs);
  throw closing.reason;
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
