/** Manifests whose changes are told to the index of who needs what. */
import type { ManifestStore } from './manifest-store.ts';
import type { NeedingManifests } from './needing-manifests.ts';

/** The same store. A change that breaks off may have been made, or not: then the index is made anew. */
export function toldManifests(store: ManifestStore, needs: NeedingManifests): ManifestStore {
  return {
    ...store,
    async write(repository, manifest) {
      try {
        await store.write(repository, manifest);
      } catch (error) {
        needs.forget(repository);
        throw error;
      }
      needs.add(repository, manifest);
    },
    async remove(repository, digest) {
      try {
        await store.remove(repository, digest);
      } catch (error) {
        needs.forget(repository);
        throw error;
      }
      needs.remove(repository, digest);
    },
  };
}
