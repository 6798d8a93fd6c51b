/** What has to be closed in the end, or when something that is opened later fails. */

export interface Closers {
  add(close: () => unknown): void;
  /** Closes the last first, and all of them however many fail; rejects with the first failure. */
  close(): Promise<void>;
}

/** Nothing to close. */
export function openClosers(): Closers {
  const closers: (() => unknown)[] = [];
  return {
    add: (close) => void closers.push(close),
    async close() {
      const failures: unknown[] = [];
      for (const close of closers.splice(0).reverse()) {
        try {
          await close();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
