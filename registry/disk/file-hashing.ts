/** Digests of files that grow, computed in a thread of its own that reads what was written. */
import { Worker } from 'node:worker_threads';
import type { Digest, DigestAlgorithm } from '../../oci/spec/digest.ts';

/** The beginning of a file, which is written and stays as it is. */
export interface FileBeginning {
  readonly path: string;
  readonly sizeBytes: number;
  /** Another one than before begins the file anew. */
  readonly algorithm: DigestAlgorithm;
}

export interface FileHashing {
  /** Lets the thread go on to here, and waits for nothing. */
  advance(beginning: FileBeginning): void;
  /**
   * The digest of the beginning, after which the file is forgotten; one question at a time for a file. Undefined when the
   * thread cannot tell: it could not be had, was lost, or could not read the file.
   */
  digest(beginning: FileBeginning): Promise<Digest | undefined>;
  forget(path: string): void;
  /** Ends the thread; open questions are answered with undefined. */
  close(): Promise<void>;
}

/** What the thread is told. */
export type HashingOrder =
  | (FileBeginning & { readonly kind: 'advance' | 'digest' })
  | { readonly kind: 'forget'; readonly path: string };

/** What it answers to a question for a digest. */
export interface HashingAnswer {
  readonly path: string;
  readonly digest: Digest | undefined;
}

const hashingThread = new URL('./file-hashing-worker.ts', import.meta.url);

/** The thread is started by the first file, and keeps the process alive while a question is open. */
export function openFileHashing(thread: URL = hashingThread): FileHashing {
  const waiting = new Map<string, (digest: Digest | undefined) => void>();
  let worker: Worker | undefined;

  function settle({ path, digest }: HashingAnswer): void {
    waiting.get(path)?.(digest);
    waiting.delete(path);
  }

  function settleAll(): void {
    for (const path of waiting.keys()) settle({ path, digest: undefined });
  }

  /** A thread that died is replaced by the next order, and the new one reads each file from its start. */
  function start(): Worker {
    const started = new Worker(thread);
    const lose = () => {
      if (worker !== started) return;
      worker = undefined;
      settleAll();
    };
    started.on('message', (answer: HashingAnswer) => {
      settle(answer);
      if (waiting.size === 0) started.unref();
    });
    started.on('error', lose);
    started.on('exit', lose);
    started.unref();
    return started;
  }

  /** The thread that was told; undefined where the system lets us have none. */
  function send(order: HashingOrder): Worker | undefined {
    try {
      worker ??= start();
    } catch {
      return undefined;
    }
    worker.postMessage(order);
    return worker;
  }

  return {
    advance: (beginning) => void send({ kind: 'advance', ...beginning }),
    digest: (beginning) =>
      new Promise((resolve) => {
        waiting.set(beginning.path, resolve);
        const told = send({ kind: 'digest', ...beginning });
        if (told === undefined) settle({ path: beginning.path, digest: undefined });
        else told.ref();
      }),
    forget(path) {
      if (worker !== undefined) send({ kind: 'forget', path });
    },
    async close() {
      const closing = worker;
      worker = undefined;
      settleAll();
      await closing?.terminate();
    },
  };
}
