/**
 * Keeps a process from changing anything in a data directory that is not its own: not yet, as where its disk took no writes
 * at the start, or not any more.
 */
import type { ScrubStore } from '../archive/scrub-store.ts';
import type { CollectionStore } from '../collect/collection-store.ts';
import type { Storage } from '../storage.ts';
import type { DataDirectory } from './data-directory.ts';

interface Heeded extends Storage {
  readonly collection: CollectionStore;
  readonly scrubbing: ScrubStore;
}

/**
 * The storage, whose every change first makes sure that the directory is ours. What needs a temporary path asks once more
 * when it takes one: the nearer to the change, the less happens between the two.
 */
export function heedLock({ own }: Pick<DataDirectory, 'own'>, storage: Heeded): Heeded {
  function asOurs<Values extends readonly unknown[], Result>(
    change: (...values: Values) => Promise<Result>,
  ): (...values: Values) => Promise<Result> {
    return async (...values) => {
      await own();
      return change(...values);
    };
  }

  const { collection, scrubbing } = storage;
  return {
    ...storage,
    mountBlob: asOurs(storage.mountBlob),
    deleteBlob: asOurs(storage.deleteBlob),
    openStaging: asOurs(storage.openStaging),
    pushManifest: asOurs(storage.pushManifest),
    deleteManifest: asOurs(storage.deleteManifest),
    deleteTag: asOurs(storage.deleteTag),
    collection: {
      ...collection,
      collectManifest: asOurs(collection.collectManifest),
      collectBlob: asOurs(collection.collectBlob),
      collectReferrerEntry: asOurs(collection.collectReferrerEntry),
      trashContent: asOurs(collection.trashContent),
      restoreContent: asOurs(collection.restoreContent),
      emptyTrash: asOurs(collection.emptyTrash),
      writeUnreached: asOurs(collection.writeUnreached),
      writeRunningTimes: asOurs(collection.writeRunningTimes),
    },
    scrubbing: {
      ...scrubbing,
      quarantineContent: asOurs(scrubbing.quarantineContent),
      quarantineManifest: asOurs(scrubbing.quarantineManifest),
      clearQuarantine: asOurs(scrubbing.clearQuarantine),
      writeLastScrub: asOurs(scrubbing.writeLastScrub),
    },
  };
}
