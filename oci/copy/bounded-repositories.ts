/** Repositories that are asked for no more than so many things at once. */
import { openSlots, type Slots } from './slots.ts';
import type { Target } from './target.ts';

/** A bound on what goes on at once, for everything that is opened through it. */
export interface BoundedRepositories {
  /** The repository, to be read from. */
  source(repository: Target): Target;
  /** The repository, to be written to. */
  target(repository: Target): Target;
}

/**
 * At most `count` requests at once at each registry to read from, and at each to write to. A blob that moves is one on
 * either side; whoever sends has a place at the target and then takes one at the source, so nobody waits for himself.
 * Repositories of no registry are not bounded.
 */
export function boundRepositories(count: number): BoundedRepositories {
  const slots = new Map<string, Slots>();
  const bound = (role: 'source' | 'target') => (repository: Target) => {
    const { place } = repository;
    if (place === undefined) return repository;
    const key = `${role} ${place.registry}`;
    const those = slots.get(key) ?? openSlots(count);
    slots.set(key, those);
    return boundedRepository(repository, those);
  };
  return { source: bound('source'), target: bound('target') };
}

/** Powers that make several requests at once are left out: whoever lacks them makes one after the other. */
function boundedRepository(inner: Target, slots: Slots): Target {
  const { enterReferrers: _, pushTags: __, ...rest } = inner;
  const { listReferrers, mountBlob, isEmpty, pushReferrer, deleteTag, deleteManifest } = inner;
  return {
    ...rest,
    resolve: (...asked) => slots(() => inner.resolve(...asked)),
    fetchManifest: (...asked) => slots(() => inner.fetchManifest(...asked)),
    hasBlob: (...asked) => slots(() => inner.hasBlob(...asked)),
    // Asked for when it is read: a stream that nobody reads must not keep a place. What is absent shows then.
    fetchBlob: async (...asked) => inSlot(slots, () => inner.fetchBlob(...asked)),
    listTags: (signal) => inSlot(slots, async () => inner.listTags(signal)),
    pushBlob: (...asked) => slots(() => inner.pushBlob(...asked)),
    pushManifest: (...asked) => slots(() => inner.pushManifest(...asked)),
    pushTag: (...asked) => slots(() => inner.pushTag(...asked)),
    ...(listReferrers && { listReferrers: (...asked) => slots(() => listReferrers(...asked)) }),
    ...(mountBlob && { mountBlob: (...asked) => slots(() => mountBlob(...asked)) }),
    ...(isEmpty && { isEmpty: (...asked) => slots(() => isEmpty(...asked)) }),
    ...(pushReferrer && { pushReferrer: (...asked) => slots(() => pushReferrer(...asked)) }),
    ...(deleteTag && { deleteTag: (...asked) => slots(() => deleteTag(...asked)) }),
    ...(deleteManifest && { deleteManifest: (...asked) => slots(() => deleteManifest(...asked)) }),
  };
}

/** What is iterated holds a place from its first step to its end. */
async function* inSlot<Item>(slots: Slots, open: () => Promise<AsyncIterable<Item>>): AsyncGenerator<Item> {
  const [entered, left] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const held = slots(() => {
    entered.resolve();
    return left.promise;
  });
  await entered.promise;
  try {
    yield* await open();
  } finally {
    left.resolve();
    await held;
  }
}
