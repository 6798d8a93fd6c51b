/** Leases: for how long, since when, and in how much memory. */
import { describe, expect, test } from 'vitest';
import { openLeases } from '../../../registry/collect/leases.ts';

function openWith(entriesMax: number) {
  const clock = { now: 100 };
  return { clock, leases: openLeases({ uptime: () => clock.now, entriesMax }) };
}

describe('a lease', () => {
  test('begins with the start for everything, and anew with each touch', () => {
    const { clock, leases } = openWith(10);
    clock.now += 50;
    expect(leases.ageMs('a')).toBe(50);
    leases.touch('a');
    clock.now += 7;
    expect([leases.ageMs('a'), leases.ageMs('b')]).toEqual([7, 57]);
  });

  test('tells what was touched since a mark, however little time went by', () => {
    const { leases } = openWith(10);
    leases.touch('before');
    const mark = leases.mark();
    leases.touch('since');
    expect(['before', 'since', 'never'].map((key) => leases.touchedSince(key, mark))).toEqual([false, true, false]);
  });

  test('that was forgotten for want of room makes everything without one count as touched with it', () => {
    const { clock, leases } = openWith(2);
    const mark = leases.mark();
    clock.now += 50;
    for (const key of ['a', 'b', 'c']) leases.touch(key);
    clock.now += 5;
    expect([leases.ageMs('a'), leases.ageMs('never')]).toEqual([5, 5]);
    expect(leases.touchedSince('never', mark)).toBe(true);
  });

  test('is forgotten when it is old and was not touched since the mark, and says the same as before', () => {
    const { clock, leases } = openWith(10);
    leases.touch('old');
    const mark = leases.mark();
    leases.touch('marked');
    clock.now += 50;
    leases.forget(50, mark);
    expect([leases.touchedSince('old', 0), leases.touchedSince('marked', mark)]).toEqual([false, true]);
    expect(leases.ageMs('old')).toBe(50);
  });
});
