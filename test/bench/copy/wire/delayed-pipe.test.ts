/** The delay of a wire, with the clock in the hands of the test. */
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pipeDelayed } from './delayed-pipe.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Lets streams pass on what they have. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function openPipe(delayMs: number) {
  const from = new PassThrough();
  const to = new PassThrough();
  const seen: number[] = [];
  const arrived: string[] = [];
  pipeDelayed(from, to, { delayMs, onChunk: (chunk) => seen.push(chunk.length) });
  to.on('data', (chunk: Buffer) => arrived.push(chunk.toString()));
  return { from, to, seen, arrived };
}

test('chunks that come together leave together, a delay later', async () => {
  const { from, seen, arrived } = openPipe(20);
  for (const text of ['one', 'two', 'three']) from.write(text);
  await settle();
  expect(seen).toEqual([3, 3, 5]);
  vi.advanceTimersByTime(19);
  await settle();
  expect(arrived).toEqual([]);
  vi.advanceTimersByTime(1);
  await settle();
  expect(arrived).toEqual(['one', 'two', 'three']);
});

test('a chunk waits from its own arrival, not from the one before it', async () => {
  const { from, arrived } = openPipe(20);
  from.write('one');
  await settle();
  vi.advanceTimersByTime(15);
  from.write('two');
  await settle();
  vi.advanceTimersByTime(5);
  await settle();
  expect(arrived).toEqual(['one']);
  vi.advanceTimersByTime(15);
  await settle();
  expect(arrived).toEqual(['one', 'two']);
});

test('the end of a stream comes after its last byte', async () => {
  const { from, to, arrived } = openPipe(20);
  from.end('last');
  await settle();
  expect(to.writableEnded).toBe(false);
  vi.advanceTimersByTime(20);
  await settle();
  expect(arrived).toEqual(['last']);
  expect(to.writableEnded).toBe(true);
});

test('without a delay nothing waits for a timer', async () => {
  const { from, arrived } = openPipe(0);
  from.write('at once');
  await settle();
  expect(arrived).toEqual(['at once']);
  expect(vi.getTimerCount()).toBe(0);
});
