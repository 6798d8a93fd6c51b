/** Verifying passwords against bcrypt hashes, in a thread of its own. */
import { Worker } from 'node:worker_threads';
import { TransportError } from '../../errors/errors.ts';

export interface Bcrypt {
  /**
   * Whether the hash is the password's. A password of more bytes than bcrypt reads is nobody's.
   * @throws TransportError SIGN_IN_BUSY when too many wait already.
   */
  verify(password: string, hash: string): Promise<boolean>;
  /** Ends the thread; questions that are open are answered with no. */
  close(): Promise<void>;
}

/** What the thread is asked. */
export interface BcryptQuestion {
  readonly id: number;
  readonly password: string;
  readonly hash: string;
}

/** What it answers. */
export interface BcryptAnswer {
  readonly id: number;
  readonly isRight: boolean;
}

/** All that bcrypt reads of a password: with more, whoever knows the beginning would know it all. */
export const bcryptPasswordBytesMax = 72;

/** Sign-ins that may wait for their turn; more are sent away rather than piled up. */
const waitingMax = 32;

/** The thread is started by the first question, and keeps the process alive while one is open. */
export function openBcrypt(): Bcrypt {
  const waiting = new Map<number, (isRight: boolean) => void>();
  let worker: Worker | undefined;
  let lastId = 0;

  function settleAll(): void {
    for (const answer of waiting.values()) answer(false);
    waiting.clear();
  }

  /** A thread that died is replaced by the next question; what it was asked is answered with no. */
  function start(): Worker {
    const started = new Worker(new URL('./bcrypt-worker.ts', import.meta.url));
    const lose = () => {
      if (worker !== started) return;
      worker = undefined;
      settleAll();
    };
    started.on('message', ({ id, isRight }: BcryptAnswer) => {
      waiting.get(id)?.(isRight);
      waiting.delete(id);
      if (waiting.size === 0) started.unref();
    });
    started.on('error', lose);
    started.on('exit', lose);
    return started;
  }

  return {
    verify(password, hash) {
      if (Buffer.byteLength(password) > bcryptPasswordBytesMax) return Promise.resolve(false);
      if (waiting.size >= waitingMax) {
        const message = `too many sign-ins at once: ${waiting.size} are waiting`;
        return Promise.reject(new TransportError({ code: 'SIGN_IN_BUSY', message }));
      }
      lastId += 1;
      const question: BcryptQuestion = { id: lastId, password, hash };
      return new Promise((resolve) => {
        waiting.set(question.id, resolve);
        worker ??= start();
        worker.ref();
        worker.postMessage(question);
      });
    },
    async close() {
      const closing = worker;
      worker = undefined;
      settleAll();
      await closing?.terminate();
    },
  };
}
