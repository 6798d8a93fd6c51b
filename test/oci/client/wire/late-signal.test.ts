/** Leaving what is under way a while to come to its end. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openLateSignal } from '../../../../oci/client/wire/late-signal.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it.each(['before it is opened', 'afterwards'])('follows an abort %s, later and for its reason', (when) => {
  const stop = new AbortController();
  if (when === 'before it is opened') stop.abort('enough');
  const late = openLateSignal(stop.signal, 2_000);
  stop.abort('enough');
  vi.advanceTimersByTime(1_999);
  expect(late.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(late.signal.reason).toBe('enough');
});

it.each(['before the abort', 'after it'])('follows no more when it is closed %s', (when) => {
  const stop = new AbortController();
  const late = openLateSignal(stop.signal, 2_000);
  if (when === 'after it') stop.abort('enough');
  late.close();
  stop.abort('enough');
  vi.advanceTimersByTime(10_000);
  expect(late.signal.aborted).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});
