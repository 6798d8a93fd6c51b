import { expect, test } from 'vitest';
import { restartDelayMs, restartDelayMsMax } from '../../../service/supervisor/backoff.ts';

test('the first crash is hardly noticed, and each further one waits twice as long, up to a bound', () => {
  expect([1, 2, 3, 4].map(restartDelayMs)).toEqual([250, 500, 1_000, 2_000]);
  expect(restartDelayMs(1_000)).toBe(restartDelayMsMax);
});
