/** A bounded memory of what lies on disk, right at any moment because this process is the only writer. */

export interface ReadThroughCache<Value> {
  /** The remembered value, else what `load` finds; absence is not remembered. Concurrent readers share one load. */
  read(key: string, load: () => Promise<Value | undefined>): Promise<Value | undefined>;
  /** Remembers what was just written. */
  remember(key: string, value: Value): void;
  /** Drops what was just removed. */
  forget(key: string): void;
  /** Drops everything. */
  clear(): void;
}

export interface ReadThroughCacheInit<Value> {
  /** The values held weigh at most this together. */
  readonly weightMax: number;
  readonly weigh: (value: Value) => number;
}

/** An empty cache that drops what was used longest ago. */
export function readThroughCache<Value>(init: ReadThroughCacheInit<Value>): ReadThroughCache<Value> {
  const values = new Map<string, Value>();
  const loads = new Map<string, Promise<Value | undefined>>();
  let weight = 0;

  function drop(key: string): void {
    const value = values.get(key);
    if (value === undefined) return;
    values.delete(key);
    weight -= init.weigh(value);
  }

  function keep(key: string, value: Value): void {
    drop(key);
    if (init.weigh(value) > init.weightMax) return;
    values.set(key, value);
    weight += init.weigh(value);
    for (const oldest of values.keys()) {
      if (weight <= init.weightMax) return;
      drop(oldest);
    }
  }

  /** What a load found is remembered only if nothing was written since it began: it may have read the old state. */
  async function share(key: string, load: () => Promise<Value | undefined>): Promise<Value | undefined> {
    const loading = load();
    loads.set(key, loading);
    try {
      const value = await loading;
      if (value !== undefined && loads.get(key) === loading) keep(key, value);
      return value;
    } finally {
      if (loads.get(key) === loading) loads.delete(key);
    }
  }

  return {
    async read(key, load) {
      const value = values.get(key);
      if (value === undefined) return loads.get(key) ?? share(key, load);
      values.delete(key);
      values.set(key, value);
      return value;
    },
    remember(key, value) {
      loads.delete(key);
      keep(key, value);
    },
    forget(key) {
      loads.delete(key);
      drop(key);
    },
    clear() {
      loads.clear();
      values.clear();
      weight = 0;
    },
  };
}
