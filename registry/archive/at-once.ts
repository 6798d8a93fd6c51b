/** Work on many things, a few at a time, so that flushes to a disk share their waiting. */

/** Runs the work on each of the values. After a failure it begins no more; it ends when nothing is under way. */
export async function atOnce<Value>(
  values: AsyncIterable<Value>,
  most: number,
  work: (value: Value) => Promise<void>,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  try {
    for await (const value of values) {
      if (failures.length > 0) break;
      const one: Promise<void> = work(value)
        .catch((error: unknown) => void failures.push(error))
        .finally(() => underWay.delete(one));
      underWay.add(one);
      if (underWay.size >= most) await Promise.race(underWay);
    }
  } finally {
    await Promise.all(underWay);
  }
  if (failures.length > 0) throw failures[0];
}
