/** Passwords at rest: scrypt with a salt per password, and a verification that takes as long for nobody as for somebody. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { TransportError } from '../../errors/errors.ts';

/** A password as it is stored. */
export interface PasswordHash {
  readonly algorithm: 'scrypt';
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
  /** Base64. */
  readonly salt: string;
  readonly hash: string;
}

/** 32 MiB and some fifty milliseconds per guess. */
const scryptParameters = { cost: 32_768, blockSize: 8, parallelization: 1 } as const;
const saltBytes = 16;
const hashBytes = 32;

/** Longest password whose hash is computed; nobody types more. */
export const passwordBytesMax = 1024;

/** scrypt runs on the threads that file access needs too: it gets half of Node's four. */
const hashesAtOnceMax = 2;

/** Sign-ins that may wait for their turn, a few seconds of work; more are sent away rather than piled up. */
const hashesWaitingMax = 32;

/** The password as it may be stored. */
export async function hashPassword(password: string): Promise<PasswordHash> {
  const salt = randomBytes(saltBytes).toString('base64');
  const hash = await computeHash(password, { ...scryptParameters, salt });
  return { algorithm: 'scrypt', ...scryptParameters, salt, hash: hash.toString('base64') };
}

/**
 * Whether the password is the one stored. Without a stored one the answer is no, after the same work, so that time
 * does not tell which users exist.
 * @throws TransportError SIGN_IN_BUSY when too many wait already.
 */
export async function verifyPassword(password: string, stored: PasswordHash | undefined): Promise<boolean> {
  if (Buffer.byteLength(password) > passwordBytesMax) return false;
  const computed = await computeHash(password, stored ?? { ...scryptParameters, salt: '' });
  const expected = Buffer.from(stored?.hash ?? '', 'base64');
  return expected.length === computed.length && timingSafeEqual(expected, computed);
}

type HashParameters = Pick<PasswordHash, 'cost' | 'blockSize' | 'parallelization' | 'salt'>;

let running = 0;
const waiting: (() => void)[] = [];

async function computeHash(password: string, parameters: HashParameters): Promise<Buffer> {
  if (running >= hashesAtOnceMax) await queue();
  else running += 1;
  try {
    return await runScrypt(password, parameters);
  } finally {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

function queue(): Promise<void> {
  if (waiting.length >= hashesWaitingMax) {
    throw new TransportError({
      code: 'SIGN_IN_BUSY',
      message: `too many sign-ins at once: ${waiting.length} are waiting`,
    });
  }
  return new Promise((start) => waiting.push(start));
}

/** Twice what the parameters need: Node refuses to use all of its limit. */
function memoryLimitBytes({ cost, blockSize }: HashParameters): number {
  return 2 * 128 * cost * blockSize;
}

function runScrypt(password: string, parameters: HashParameters): Promise<Buffer> {
  const { cost, blockSize, parallelization } = parameters;
  const options = { cost, blockSize, parallelization, maxmem: memoryLimitBytes(parameters) };
  return new Promise((resolve, reject) => {
    scrypt(password, Buffer.from(parameters.salt, 'base64'), hashBytes, options, (error, hash) => {
      if (error === null) resolve(hash);
      else reject(error);
    });
  });
}
