/** Taking what a full or read-only disk keeps from us: begun without it where that may be, and taken later. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConflictError } from '../../../errors/errors.ts';
import { type ClaimInit, claimRetryMs, openClaim } from '../../../registry/disk/claim.ts';
import { codeOf } from '../../oci/code-of.ts';

const systemError = (code: string) => Object.assign(new Error(code), { code });
const taken = new ConflictError({ code: 'DATA_DIRECTORY_IN_USE', message: 'somebody has it' });

/** What the next attempt meets; undefined: it succeeds. */
let obstacle: Error | undefined;
let attempts: number;
let told: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  [obstacle, attempts, told] = [undefined, 0, []];
});
afterEach(() => {
  vi.useRealTimers();
});

function open(init: Partial<ClaimInit<string>> = {}) {
  return openClaim<string>({
    async take() {
      attempts += 1;
      if (obstacle !== undefined) throw obstacle;
      return 'it';
    },
    release: async (held) => void told.push(`released ${held}`),
    mayWait: async () => true,
    onWaiting: () => told.push('waiting'),
    onTaken: () => told.push('taken'),
    onRefused: ({ code }) => told.push(code),
    ...init,
  });
}

test('what can be taken is taken once, and given back', async () => {
  const claim = await open();
  expect([await claim.own(), claim.held()]).toEqual(['it', 'it']);
  await claim.close();
  expect([attempts, told]).toEqual([1, ['released it']]);
});

test.each(['ENOSPC', 'EDQUOT', 'EROFS'])('%s is waited out', async (code) => {
  obstacle = systemError(code);
  const claim = await open();
  expect([claim.held(), await codeOf(claim.own)]).toEqual([undefined, `Error: ${code}`]);
  obstacle = undefined;
  expect([await claim.own(), claim.held()]).toEqual(['it', 'it']);
  await claim.close();
  expect(told).toEqual(['waiting', 'taken', 'released it']);
});

test.each([
  ['another fault', systemError('EACCES'), {}],
  ['somebody who has it', taken, {}],
  ['a disk without room, where it may not wait', systemError('ENOSPC'), { mayWait: async () => false }],
])('%s is an error at once', async (_, error, init) => {
  obstacle = error;
  await expect(open(init)).rejects.toBe(error);
  expect(told).toEqual([]);
});

test('it is tried again by itself, until it is taken', async () => {
  obstacle = systemError('ENOSPC');
  const claim = await open();
  vi.advanceTimersByTime(claimRetryMs);
  expect(await codeOf(claim.own)).toBe('Error: ENOSPC');
  expect(attempts).toBe(2);
  obstacle = undefined;
  vi.advanceTimersByTime(claimRetryMs);
  expect(await claim.own()).toBe('it');
  vi.advanceTimersByTime(10 * claimRetryMs);
  await claim.close();
  expect([attempts, told]).toEqual([3, ['waiting', 'taken', 'released it']]);
});

test('who asks while it is tried shares the attempt', async () => {
  obstacle = systemError('ENOSPC');
  const claim = await open();
  obstacle = undefined;
  expect(await Promise.all([claim.own(), claim.own(), claim.own()])).toEqual(['it', 'it', 'it']);
  expect(attempts).toBe(2);
  await claim.close();
});

test('somebody who took it first is told of, and it is not ours', async () => {
  obstacle = systemError('ENOSPC');
  const claim = await open();
  obstacle = taken;
  expect(await codeOf(claim.own)).toBe('DATA_DIRECTORY_IN_USE');
  await claim.close();
  expect(told).toEqual(['waiting', 'DATA_DIRECTORY_IN_USE']);
});

test('one that was never taken is tried no more once it is closed, and nothing is given back', async () => {
  obstacle = systemError('ENOSPC');
  const claim = await open();
  await claim.close();
  obstacle = undefined;
  vi.advanceTimersByTime(10 * claimRetryMs);
  await expect(claim.own()).rejects.toThrow();
  expect([attempts, told]).toEqual([1, ['waiting']]);
});

test('a disk that became read-only keeps nobody from ending', async () => {
  const release = async () => {
    throw systemError('EROFS');
  };
  const claim = await open({ release });
  await expect(claim.close()).resolves.toBeUndefined();
});
