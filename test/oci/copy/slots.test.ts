import { describe, expect, it } from 'vitest';
import { openSlots } from '../../../oci/copy/slots.ts';

describe('slots', () => {
  it('run as many works at once as there are slots, first come first served', async () => {
    const slots = openSlots(2);
    const order: string[] = [];
    let running = 0;
    const work = (name: string) =>
      slots(async () => {
        running += 1;
        order.push(`${name}${running}`);
        await new Promise(setImmediate);
        running -= 1;
      });
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map(work));
    expect(order).toEqual(
      ['a1', 'b2', 'c2', 'd2', 'e2'].map((entry, at) => (at < 2 ? entry : expect.stringMatching(/[12]$/))),
    );
    expect(order.map((entry) => entry.slice(0, 1))).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('pass on what a work returns and throws, and are free again afterwards', async () => {
    const slots = openSlots(1);
    const failure = new Error('no');
    await expect(slots(() => Promise.reject(failure))).rejects.toBe(failure);
    expect(await slots(async () => 7)).toBe(7);
  });
});
