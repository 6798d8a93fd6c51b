/** Keeps the collector from what a damaged manifest needs: nobody can tell what that is until it was pushed again. */
import type { CollectionStore } from '../collect/collection-store.ts';
import { collectionUnsafe } from '../collect/collection-unsafe.ts';
import type { DiskLayout } from './disk-layout.ts';
import type { Quarantine } from './quarantine.ts';

/** The listings of manifests, which stop at a repository with a manifest that is in quarantine and nowhere else. */
export function heedQuarantine(
  collection: CollectionStore,
  quarantine: Pick<Quarantine, 'listManifests'>,
  layout: Pick<DiskLayout, 'quarantinedManifest'>,
): CollectionStore {
  return {
    ...collection,
    async *listManifests(repository) {
      for await (const digest of quarantine.listManifests(repository)) {
        if (await collection.hasManifest(repository, digest)) continue;
        const path = layout.quarantinedManifest(repository, digest);
        throw collectionUnsafe(
          path,
          'the manifest is damaged: push it again, or delete the tags that need it and scrub',
        );
      }
      yield* collection.listManifests(repository);
    },
  };
}
