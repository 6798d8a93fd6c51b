/** What the journal keeps, and how it says what it kept no longer. */
import { describe, expect, test } from 'vitest';
import type { RepositoryName } from '../../../oci/spec/repository-name.ts';
import {
  type JournalKind,
  journalEntriesMax,
  journalPageMax,
  journalPullsMax,
  openJournal,
} from '../../../registry/watch/journal.ts';

const anything = () => true;

function record(kind: JournalKind, fields: Readonly<Record<string, unknown>> = {}) {
  return { kind, at: 0, repository: 'team/app' as RepositoryName, fields };
}

describe('the journal', () => {
  test('gives what follows a place, a page at a time', () => {
    const journal = openJournal('one');
    for (let at = 0; at < journalPageMax + 1; at += 1) journal.add(record('push'));
    const first = journal.read({ instance: 'one', sequence: 0 }, anything);
    expect([first?.entries.length, first?.next.sequence]).toEqual([journalPageMax, journalPageMax]);
    const second = first && journal.read(first.next, anything);
    expect(second?.entries.map(({ sequence }) => sequence)).toEqual([journalPageMax + 1]);
    expect(second && journal.read(second.next, anything)?.entries).toEqual([]);
  });

  test('goes past what is not wanted', () => {
    const journal = openJournal('one');
    journal.add(record('push'));
    journal.add(record('delete'));
    const page = journal.read({ instance: 'one', sequence: 0 }, ({ kind }) => kind === 'push');
    expect([page?.entries.length, page?.next.sequence]).toEqual([1, 2]);
  });

  test('tells who fell behind, however far', () => {
    const journal = openJournal('one');
    for (let at = 0; at < 2 * journalEntriesMax; at += 1) journal.add(record('push'));
    expect(journal.read({ instance: 'one', sequence: 1 }, anything)).toBeUndefined();
    const start = journal.read(journal.start(), anything);
    expect(start?.entries[0]?.sequence).toBe(journal.start().sequence + 1);
    expect(journal.start().sequence).toBeGreaterThanOrEqual(journalEntriesMax);
  });

  test('loses no change to pulls, however many there are', () => {
    const journal = openJournal('one');
    journal.add(record('push'));
    for (let at = 0; at < 3 * journalEntriesMax; at += 1) journal.add(record('pull'));
    const page = journal.read({ instance: 'one', sequence: 0 }, anything);
    expect(page?.entries[0]?.kind).toBe('push');
    const wanted = ({ kind }: { kind: string }) => kind === 'pull';
    let kept = 0;
    for (let place = journal.start(); ; ) {
      const pulls = journal.read(place, wanted);
      if (pulls === undefined || pulls.entries.length === 0) break;
      kept += pulls.entries.length;
      place = pulls.next;
    }
    expect(kept).toBeLessThanOrEqual(journalPullsMax);
  });

  test('is bounded in characters, whatever is told', () => {
    const journal = openJournal('one');
    for (let at = 0; at < 1_000; at += 1) journal.add(record('push', { reason: 'x'.repeat(100_000) }));
    const page = journal.read(journal.start(), anything);
    expect(page?.entries.length).toBeLessThan(100);
    expect(page?.next.sequence).toBe(1_000);
  });

  test('wakes whoever waits, and lets go of them at its end', async () => {
    const journal = openJournal('one');
    const { signal } = new AbortController();
    const woken = journal.wait(signal);
    journal.add(record('push'));
    expect(await woken).toBe(true);
    const left = new AbortController();
    const leaving = journal.wait(left.signal);
    const ending = journal.wait(signal);
    expect(journal.waiting()).toBe(2);
    left.abort();
    expect(await leaving).toBe(false);
    journal.close();
    expect([await ending, await journal.wait(signal), journal.waiting()]).toEqual([false, false, 0]);
  });
});
