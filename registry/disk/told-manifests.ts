/** Manifests whose changes are told to the index of who needs what. */
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { ManifestStore } from './manifest-store.ts';
import type { NeedingManifests } from './needing-manifests.ts';

/** The same store. A change that breaks off may have been made, or not: then the index is made anew. */
export function toldManifests(store: ManifestStore, needs: NeedingManifests): ManifestStore {
  async function changed(repository: RepositoryName, change: Promise<void>, tell: () => void): Promise<void> {
    try {
      await change;
    } catch (error) {
      needs.forget(repository);
      throw error;
    }
    tell();
  }

  return {
    ...store,
    write: (repository, manifest) =>
      changed(repository, store.write(repository, manifest), () => needs.add(repository, manifest)),
    remove: (repository, digest) =>
      changed(repository, store.remove(repository, digest), () => needs.remove(repository, digest)),
  };
}
