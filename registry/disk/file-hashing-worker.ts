/**
 * A thread of its own that hashes files while they grow. It is told how far each is written and reads that itself: what it
 * needs is said with every order, so one that starts in the place of another misses nothing.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { createHasher, type Hasher } from '../../oci/hash.ts';
import type { Digest, DigestAlgorithm } from '../../oci/spec/digest.ts';
import type { FileBeginning, HashingAnswer, HashingOrder } from './file-hashing.ts';

interface GrowingFile {
  readonly path: string;
  readonly algorithm: DigestAlgorithm;
  readonly hasher: Hasher;
  hashedBytes: number;
  /** How far it may be read. */
  sizeBytes: number;
  isAsked: boolean;
}

/** Read at once: what is hashed next is still in the core's cache. */
const readBytes = 128 * 1024;
/** Hashed of one file before the others have their turn: a millisecond or so. */
const turnBytes = 1024 * 1024;

const buffer = Buffer.allocUnsafeSlow(readBytes);
const files = new Map<string, GrowingFile>();
/** Files with something left to do, in the order of their turns. */
const due = new Set<GrowingFile>();

parentPort?.on('message', (order: HashingOrder) => {
  if (order.kind === 'forget') {
    files.delete(order.path);
    return;
  }
  const file = fileOf(order);
  file.sizeBytes = order.sizeBytes;
  file.isAsked = order.kind === 'digest';
  if (due.size === 0) setImmediate(takeTurns);
  due.add(file);
});

function fileOf({ path, algorithm, sizeBytes }: FileBeginning): GrowingFile {
  const known = files.get(path);
  if (known?.algorithm === algorithm) return known;
  const file = { path, algorithm, hasher: createHasher(algorithm), hashedBytes: 0, sizeBytes, isAsked: false };
  files.set(path, file);
  return file;
}

/** One turn for each; orders that came meanwhile are read before the next. */
function takeTurns(): void {
  for (const file of [...due]) {
    if (!takeTurn(file)) due.delete(file);
  }
  if (due.size > 0) setImmediate(takeTurns);
}

/** Whether there is more to do. */
function takeTurn(file: GrowingFile): boolean {
  if (files.get(file.path) !== file) return false;
  try {
    hashTo(file, Math.min(file.sizeBytes, file.hashedBytes + turnBytes));
  } catch {
    // Whoever asks reads the file himself and is told what is wrong with it.
    files.delete(file.path);
    if (file.isAsked) answer(file, undefined);
    return false;
  }
  if (file.hashedBytes < file.sizeBytes) return true;
  if (file.isAsked) {
    files.delete(file.path);
    answer(file, file.hasher.digest());
  }
  return false;
}

function hashTo(file: GrowingFile, endBytes: number): void {
  if (file.hashedBytes === endBytes) return;
  const descriptor = openSync(file.path, 'r');
  try {
    while (file.hashedBytes < endBytes) {
      const wanted = Math.min(readBytes, endBytes - file.hashedBytes);
      const count = readSync(descriptor, buffer, 0, wanted, file.hashedBytes);
      if (count === 0) throw new Error(`the file ends before its byte ${file.hashedBytes}`);
      file.hasher.update(buffer.subarray(0, count));
      file.hashedBytes += count;
    }
  } finally {
    closeSync(descriptor);
  }
}

function answer({ path }: GrowingFile, digest: Digest | undefined): void {
  parentPort?.postMessage({ path, digest } satisfies HashingAnswer);
}
