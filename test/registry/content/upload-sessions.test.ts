/** How many uploads there may be, when they are begun in the same moment. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { openLeases } from '../../../registry/collect/leases.ts';
import { openUploadSessions } from '../../../registry/content/upload-sessions.ts';
import { openKeyedLock } from '../../../registry/disk/keyed-lock.ts';
import { openDiskStorage } from '../../../registry/disk-storage.ts';
import { defaultRegistryLimits } from '../../../registry/registry-limits.ts';
import { temporaryDirectory } from '../registry-under-test.ts';

test.each([
  ['of everybody', { sessionsMax: 3 }, (at: number) => `user ${at}`],
  ['of one user', { sessionsPerActorMax: 3 }, () => 'ann'],
] as const)('the bound on uploads %s holds for those that are being begun', async (_, bound, owner) => {
  const root = await temporaryDirectory();
  const leases = openLeases({ uptime: () => 0 });
  const locks = openKeyedLock();
  const storage = await openDiskStorage({ root, locks, leases, onEvent: () => {}, onCollectionStep: async () => {} });
  const sessions = openUploadSessions(storage, { ...defaultRegistryLimits, ...bound });
  const begin = (at: number) => sessions.open(parseRepositoryName('team/app'), owner(at), 'sha256');
  const begun = await Promise.all(Array.from({ length: 20 }, (__, at) => begin(at)));
  expect(begun.filter((session) => session !== undefined)).toHaveLength(3);
  expect(await readdir(join(root, 'temporary'))).toHaveLength(3);
  await sessions.close();
  expect((await begin(0))?.sizeBytes).toBe(0);
  await sessions.close();
  await storage.close();
  await rm(root, { recursive: true });
});
