/** Memory that is given back. */
import { expect, test } from 'vitest';
import { releaseMemory } from '../../../registry/content/release-memory.ts';

test('a chunk with memory of its own is empty afterwards', () => {
  const chunks = [Buffer.allocUnsafeSlow(64 * 1024), new Uint8Array(10)];
  releaseMemory(chunks);
  expect(chunks.map(({ length }) => length)).toEqual([0, 0]);
});

test('memory that others may use stays', () => {
  const whole = new Uint8Array([1, 2, 3]);
  const pooled = Buffer.from('pooled');
  const shared = new Uint8Array(new SharedArrayBuffer(2));
  releaseMemory([whole.subarray(1), pooled, shared]);
  expect([...whole]).toEqual([1, 2, 3]);
  expect(pooled.toString()).toBe('pooled');
  expect(shared.length).toBe(2);
});
