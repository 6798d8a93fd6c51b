/** Files of tags that count what is asked of the disk, and break off where a test wants it. */
import type { TagFiles } from '../../../registry/disk/tag-files.ts';

export type TagFileOperation = keyof TagFiles;

export interface CountedTagFiles {
  readonly files: TagFiles;
  /** How often each operation was asked for since the last look. */
  counts(): Partial<Record<TagFileOperation, number>>;
  /** The next operation of that kind fails, before or after it was done. */
  breakOff(operation: TagFileOperation, when: 'before' | 'after'): void;
}

/** Thrown where the files break off. */
export class BrokenOff extends Error {}

/** The files, counted. */
export function countedTagFiles(inner: TagFiles): CountedTagFiles {
  let counted: Partial<Record<TagFileOperation, number>> = {};
  let broken: { readonly operation: TagFileOperation; readonly when: 'before' | 'after' } | undefined;

  async function run<Result>(operation: TagFileOperation, work: () => Promise<Result>): Promise<Result> {
    counted[operation] = (counted[operation] ?? 0) + 1;
    const breaks = broken?.operation === operation ? broken.when : undefined;
    if (breaks !== undefined) broken = undefined;
    if (breaks === 'before') throw new BrokenOff(operation);
    const result = await work();
    if (breaks === 'after') throw new BrokenOff(operation);
    return result;
  }

  return {
    files: {
      names: (...asked) => run('names', () => inner.names(...asked)),
      read: (...asked) => run('read', () => inner.read(...asked)),
      readRemoved: (...asked) => run('readRemoved', () => inner.readRemoved(...asked)),
      write: (...asked) => run('write', () => inner.write(...asked)),
      writeRemoved: (...asked) => run('writeRemoved', () => inner.writeRemoved(...asked)),
      flush: (...asked) => run('flush', () => inner.flush(...asked)),
      remove: (...asked) => run('remove', () => inner.remove(...asked)),
      writeEarlier: (...asked) => run('writeEarlier', () => inner.writeEarlier(...asked)),
      listEarlier: (...asked) => run('listEarlier', () => inner.listEarlier(...asked)),
      readEarlier: (...asked) => run('readEarlier', () => inner.readEarlier(...asked)),
    },
    counts() {
      const seen = counted;
      counted = {};
      return seen;
    },
    breakOff(operation, when) {
      broken = { operation, when };
    },
  };
}
