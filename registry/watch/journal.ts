/**
 * What happened in the registry lately, in memory, for whoever follows it: a promise to nobody. A follower that fell
 * behind, or that followed an earlier process, is told so and looks for itself.
 */
import type { RepositoryName } from '../../oci/spec/repository-name.ts';

/** What happened, ready to be sent as JSON; `at` is epoch milliseconds. */
export interface JournalEntry {
  readonly sequence: number;
  readonly kind: JournalKind;
  readonly at: number;
  /** Undefined for what concerns the registry as a whole. */
  readonly repository: RepositoryName | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Every kind there is. */
export const journalKinds = ['push', 'tag', 'delete', 'pull', 'break-glass', 'upkeep'] as const;
export type JournalKind = (typeof journalKinds)[number];

export type JournalRecord = Omit<JournalEntry, 'sequence'>;

/** A place in the journal of one process: behind the entry of this number. */
export interface JournalPlace {
  readonly instance: string;
  readonly sequence: number;
}

export interface JournalPage {
  readonly entries: readonly JournalEntry[];
  /** Where the next page begins. */
  readonly next: JournalPlace;
}

export interface Journal {
  readonly instance: string;
  /** Adds an entry and wakes who waits. */
  add(record: JournalRecord): void;
  /** The place behind the newest entry. */
  end(): JournalPlace;
  /** The place before the oldest entry there is. */
  start(): JournalPlace;
  /** The entries behind the place that are wanted, as many as a page has; undefined when some that followed it are gone. */
  read(after: JournalPlace, wanted: (entry: JournalEntry) => boolean): JournalPage | undefined;
  /** Whether another entry came: false when the journal is closed or the signal is aborted, at once or meanwhile. */
  wait(signal: AbortSignal): Promise<boolean>;
  /** How many wait. */
  waiting(): number;
  /** Waits of nobody any more. */
  close(): void;
}

/** Entries kept: a day of a small company, and minutes of a storm, which a follower that is there has long read. */
export const journalEntriesMax = 10_000;

/** Pulls kept: they are many and of little weight, so they push nothing else out. */
export const journalPullsMax = 2_000;

/** Characters of all entries together: names and reasons are long where somebody means harm. */
const journalCharsMax = 8 * 1024 * 1024;

/** Entries of one page. */
export const journalPageMax = 1_000;

interface Kept {
  readonly entry: JournalEntry;
  readonly chars: number;
}

/** An empty journal. */
export function openJournal(instance: string): Journal {
  const changes: Kept[] = [];
  const pulls: Kept[] = [];
  const waiting = new Set<() => void>();
  let sequence = 0;
  let chars = 0;
  /** Number of the newest entry that is gone; pulls do not count. */
  let lostTo = 0;
  let closed = false;

  function drop(from: Kept[]): void {
    // Several at once: taking one from the front moves all the others.
    const dropped = from.splice(0, Math.ceil(from.length / 10));
    for (const one of dropped) chars -= one.chars;
    if (from === changes) lostTo = dropped.at(-1)?.entry.sequence ?? lostTo;
  }

  function wake(): void {
    const woken = [...waiting];
    waiting.clear();
    for (const resume of woken) resume();
  }

  return {
    instance,
    add(record) {
      sequence += 1;
      const entry = { sequence, ...record };
      const kept = { entry, chars: JSON.stringify(entry).length };
      const into = record.kind === 'pull' ? pulls : changes;
      into.push(kept);
      chars += kept.chars;
      if (changes.length > journalEntriesMax) drop(changes);
      if (pulls.length > journalPullsMax) drop(pulls);
      while (chars > journalCharsMax) drop(pulls.length > 0 ? pulls : changes);
      wake();
    },
    end: () => ({ instance, sequence }),
    start: () => ({ instance, sequence: lostTo }),
    read(after, wanted) {
      const isElsewhere = after.instance !== instance || after.sequence > sequence;
      if (isElsewhere || after.sequence < lostTo) return undefined;
      const behind = [...entriesBehind(changes, after), ...entriesBehind(pulls, after)]
        .filter(wanted)
        .sort((one, other) => one.sequence - other.sequence);
      const entries = behind.slice(0, journalPageMax);
      const last = behind.length > entries.length ? entries.at(-1)?.sequence : undefined;
      return { entries, next: { instance, sequence: last ?? sequence } };
    },
    wait(signal) {
      if (closed || signal.aborted) return Promise.resolve(false);
      return new Promise((resolve) => {
        const resume = () => {
          signal.removeEventListener('abort', resume);
          waiting.delete(resume);
          resolve(!closed && !signal.aborted);
        };
        signal.addEventListener('abort', resume);
        waiting.add(resume);
      });
    },
    waiting: () => waiting.size,
    close() {
      closed = true;
      wake();
    },
  };
}

/** From the back: followers are near the end. */
function entriesBehind(kept: readonly Kept[], { sequence }: JournalPlace): readonly JournalEntry[] {
  let at = kept.length;
  while (at > 0 && (kept[at - 1]?.entry.sequence ?? 0) > sequence) at -= 1;
  return kept.slice(at).map(({ entry }) => entry);
}
