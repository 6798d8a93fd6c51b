/** What lies in a data directory when everybody has gone: all of what something keeps, whole, and nothing else. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from '../../../oci/hash.ts';
import { type Digest, digestAlgorithm } from '../../../oci/spec/digest.ts';
import { openLeases } from '../../../registry/collect/leases.ts';
import { diskLayout } from '../../../registry/disk/disk-layout.ts';
import { openKeyedLock } from '../../../registry/disk/keyed-lock.ts';
import { openDiskStorage } from '../../../registry/disk-storage.ts';
import { liveIn, type SoakModel } from './soak-model.ts';

/** What is missing, wrong or left over; undefined when nothing is. */
export async function findLeaks(root: string, model: SoakModel, previousDigests: number): Promise<string | undefined> {
  const leases = openLeases({ uptime: () => 0 });
  const parts = { locks: openKeyedLock(), leases, onCollectionStep: async () => {} };
  const storage = await openDiskStorage({ root, onEvent: () => {}, ...parts });
  const { collection } = storage;
  const faults: string[] = [];
  const linked = new Set<Digest>();
  try {
    for await (const repository of collection.listRepositories()) {
      const sure = liveIn(model, repository, previousDigests, true);
      const possible = liveIn(model, repository, previousDigests, false);
      const manifests = new Set<Digest>();
      for await (const { digest } of collection.listManifests(repository)) manifests.add(digest);
      const blobs = new Set(await Array.fromAsync(collection.listBlobs(repository)));
      for (const blob of blobs) linked.add(blob);
      faults.push(...compare(`${repository}: manifest`, manifests, sure.manifests, possible.manifests));
      faults.push(...compare(`${repository}: blob`, blobs, sure.blobs, possible.blobs));
      for await (const { referrer } of collection.listReferrerEntries(repository)) {
        if (!manifests.has(referrer)) faults.push(`${repository}: entry of referrer left: ${referrer}`);
      }
    }
    const content = new Set(await Array.fromAsync(collection.listContent()));
    faults.push(...compare('content', content, linked, linked));
    for (const digest of content) {
      const bytes = await readFile(diskLayout(root).contentOf(digest));
      if (digestOf(bytes, digestAlgorithm(digest)) !== digest) faults.push(`content wrong: ${digest}`);
    }
    for await (const { digest } of collection.listTrash()) faults.push(`trash left: ${digest}`);
    for (const name of await readdir(join(root, 'temporary'))) faults.push(`temporary file left: ${name}`);
  } finally {
    await storage.close();
  }
  return faults.length === 0 ? undefined : faults.slice(0, 10).join('\n');
}

function compare(
  what: string,
  found: ReadonlySet<Digest>,
  sure: ReadonlySet<Digest>,
  possible: ReadonlySet<Digest>,
): readonly string[] {
  return [
    ...[...sure].filter((digest) => !found.has(digest)).map((digest) => `${what} lost: ${digest}`),
    ...[...found].filter((digest) => !possible.has(digest)).map((digest) => `${what} left: ${digest}`),
  ];
}
