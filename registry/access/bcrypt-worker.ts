/** A thread of its own that computes bcrypt hashes: each takes longer than all other requests may be held up. */
import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';
import type { BcryptAnswer, BcryptQuestion } from './bcrypt.ts';

parentPort?.on('message', ({ id, password, hash }: BcryptQuestion) => {
  const answer: BcryptAnswer = { id, isRight: compareSync(password, hash) };
  parentPort?.postMessage(answer);
});
