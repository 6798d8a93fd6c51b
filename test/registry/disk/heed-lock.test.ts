/** What is done with a data directory that is not ours: not yet, or not any more. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { openLeases } from '../../../registry/collect/leases.ts';
import { heedLock } from '../../../registry/disk/heed-lock.ts';
import { openKeyedLock } from '../../../registry/disk/keyed-lock.ts';
import { type DiskStorage, openDiskStorage } from '../../../registry/disk-storage.ts';
import { codeOf } from '../../oci/code-of.ts';
import { absentDigest as digest, temporaryDirectory } from '../registry-under-test.ts';

const repository = parseRepositoryName('team/app');
const place = { repository, digest };
const leases = openLeases({ uptime: () => 0 });
const mark = leases.mark();
const trashed = { digest, sizeBytes: 1, atMs: 0 };

let root: string;
let storage: DiskStorage;

beforeEach(async () => {
  root = await temporaryDirectory();
  const onCollectionStep = async () => {};
  storage = await openDiskStorage({ root, onEvent: () => {}, locks: openKeyedLock(), leases, onCollectionStep });
});

afterEach(async () => {
  await storage.close();
  await rm(root, { recursive: true });
});

const changes: [string, (changed: DiskStorage) => Promise<unknown>][] = [
  ['collects no manifest', ({ collection }) => collection.collectManifest(place, undefined, { mark, graceMs: 0 })],
  ['collects no blob', ({ collection }) => collection.collectBlob(place, { mark, graceMs: 0 })],
  [
    'collects no referrer',
    ({ collection }) => collection.collectReferrerEntry(repository, { subject: digest, referrer: digest }),
  ],
  ['throws nothing away', ({ collection }) => collection.trashContent(digest, mark, 0)],
  ['brings nothing back', ({ collection }) => collection.restoreContent(trashed)],
  ['empties no trash', ({ collection }) => collection.emptyTrash(trashed)],
  ['moves no content aside', ({ scrubbing }) => scrubbing.quarantineContent(digest, 'stamp')],
  ['moves no manifest aside', ({ scrubbing }) => scrubbing.quarantineManifest(repository, digest)],
  ['clears no quarantine', ({ scrubbing }) => scrubbing.clearQuarantine(async () => false)],
];

describe('who lost the lock', () => {
  test.each(changes)('%s', async (_, change) => {
    expect(await codeOf(() => change(storage))).toBe('none');
    await rm(join(root, 'registry.lock'));
    expect(await codeOf(() => change(storage))).toBe('DATA_DIRECTORY_LOST');
  });
});

/** What reads, or counts in memory. A new function of a store belongs here, or waits for the directory. */
const reads = new Set([
  ...['blobSizeBytes', 'hasRepository', 'listBlobRepositories', 'listReferrers', 'listRepositories', 'listTags'],
  ...['openBlob', 'readContentBytes', 'readHealth', 'readManifest', 'readPulls', 'readTag', 'readTagHistory'],
  ...['readTagStanding', 'recordPull', 'close', 'own'],
  ...[
    'contentSizeBytes',
    'hasManifest',
    'listBlobs',
    'listContent',
    'listManifests',
    'listReferrerEntries',
    'listTrash',
  ],
  ...['readRunningTimes', 'readTagDigest', 'readUnreached'],
  ...['hasBlob', 'listDamagedRecords', 'openContent', 'readLastScrub'],
]);

test('before the directory is ours all that is no read is refused with what is in the way', async () => {
  const full = new Error('ENOSPC');
  const heeded = heedLock({ own: () => Promise.reject(full) }, storage);
  const members = [heeded, heeded.collection, heeded.scrubbing].flatMap((store) => Object.entries(store));
  const refused: string[] = [];
  for (const [name, member] of members) {
    if (typeof member !== 'function' || reads.has(name)) continue;
    await expect(member(), name).rejects.toBe(full);
    refused.push(name);
  }
  expect(refused).toHaveLength(18);
});
