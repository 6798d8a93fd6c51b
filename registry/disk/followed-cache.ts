/**
 * A bounded memory of what is costly to load, kept in step with every change instead of loaded again.
 *
 * Whoever changes what lies on disk tells of it afterwards. A load that is under way may have seen the change or not:
 * it is applied to what the load finds, so a change must be one that does no harm when it is applied twice.
 */

export interface FollowedCache<Value> {
  /** What is remembered, else what `load` finds. Concurrent readers share one load. The value is not to be changed. */
  read(key: string, load: () => Promise<Value>): Promise<Value>;
  /** Applies a change to what is remembered or being loaded; does nothing when neither is. */
  change(key: string, apply: (value: Value) => void): void;
  /** Drops the value, and does not remember what a load under way finds: nobody knows whether a change was made. */
  forget(key: string): void;
}

export interface FollowedCacheInit<Value> {
  /** The values held weigh at most this together. */
  readonly weightMax: number;
  /** Costs nothing. */
  readonly weigh: (value: Value) => number;
}

interface Loading<Value> {
  readonly value: Promise<Value>;
  readonly changes: ((value: Value) => void)[];
}

/** An empty cache that drops what was used longest ago. */
export function followedCache<Value>({ weightMax, weigh }: FollowedCacheInit<Value>): FollowedCache<Value> {
  const held = new Map<string, { readonly value: Value; weight: number }>();
  const loads = new Map<string, Loading<Value>>();
  let total = 0;

  function drop(key: string): void {
    total -= held.get(key)?.weight ?? 0;
    held.delete(key);
  }

  function put(key: string, value: Value): void {
    drop(key);
    const weight = weigh(value);
    if (weight > weightMax) return;
    held.set(key, { value, weight });
    total += weight;
    for (const oldest of held.keys()) {
      if (total <= weightMax) return;
      drop(oldest);
    }
  }

  /** The load begins after it has been noted, so that no change is missed. */
  async function begin(key: string, load: () => Promise<Value>, changes: Loading<Value>['changes']): Promise<Value> {
    await undefined;
    const isNoted = () => loads.get(key)?.changes === changes;
    try {
      const value = await load();
      for (const apply of changes) apply(value);
      if (isNoted()) put(key, value);
      return value;
    } finally {
      if (isNoted()) loads.delete(key);
    }
  }

  return {
    async read(key, load) {
      const known = held.get(key);
      if (known !== undefined) {
        held.delete(key);
        held.set(key, known);
        return known.value;
      }
      const loading = loads.get(key);
      if (loading !== undefined) return loading.value;
      const changes: Loading<Value>['changes'] = [];
      const value = begin(key, load, changes);
      loads.set(key, { value, changes });
      return value;
    },
    change(key, apply) {
      loads.get(key)?.changes.push(apply);
      const known = held.get(key);
      if (known === undefined) return;
      apply(known.value);
      put(key, known.value);
    },
    forget(key) {
      loads.delete(key);
      drop(key);
    },
  };
}
