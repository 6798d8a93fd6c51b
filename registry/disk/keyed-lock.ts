/** Locks by name within this process: many sharers or one owner, in the order in which they came. */

export interface KeyedLock {
  /** Runs the work beside other sharers of the key, but beside no owner. */
  shared<Result>(key: string, work: () => Promise<Result>): Promise<Result>;
  /** Runs the work while nobody else holds the key. */
  exclusive<Result>(key: string, work: () => Promise<Result>): Promise<Result>;
}

type Mode = 'shared' | 'exclusive';

interface Queue {
  holders: number;
  mode: Mode;
  readonly waiting: { readonly mode: Mode; readonly start: () => void }[];
}

/**
 * A lock that nobody holds. It is fair: a sharer that comes after a waiting owner waits too, so a stream of pushes
 * cannot starve a deletion. It must not be taken again for the same key by who holds it.
 */
export function openKeyedLock(): KeyedLock {
  const queues = new Map<string, Queue>();

  function acquire(key: string, mode: Mode): Promise<void> | undefined {
    const queue = queues.get(key);
    if (queue === undefined) {
      queues.set(key, { holders: 1, mode, waiting: [] });
      return undefined;
    }
    if (mode === 'shared' && queue.mode === 'shared' && queue.waiting.length === 0) {
      queue.holders += 1;
      return undefined;
    }
    return new Promise((start) => queue.waiting.push({ mode, start }));
  }

  function release(key: string): void {
    const queue = queues.get(key);
    if (queue === undefined) return;
    queue.holders -= 1;
    if (queue.holders > 0) return;
    if (queue.waiting.length === 0) queues.delete(key);
    else admit(queue);
  }

  async function hold<Result>(key: string, mode: Mode, work: () => Promise<Result>): Promise<Result> {
    await acquire(key, mode);
    try {
      return await work();
    } finally {
      release(key);
    }
  }

  return {
    shared: (key, work) => hold(key, 'shared', work),
    exclusive: (key, work) => hold(key, 'exclusive', work),
  };
}

/** Lets in the first in line, and with a sharer all sharers right behind it. */
function admit(queue: Queue): void {
  do {
    const next = queue.waiting.shift();
    if (next === undefined) return;
    queue.mode = next.mode;
    queue.holders += 1;
    next.start();
  } while (queue.mode === 'shared' && queue.waiting[0]?.mode === 'shared');
}
