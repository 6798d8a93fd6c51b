/** The thread that hashes files, which dies of the first question about each: the mark beside the file says so. */
import { existsSync, writeFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { HashingOrder } from '../../../registry/disk/file-hashing.ts';

parentPort?.on('message', ({ kind, path }: HashingOrder) => {
  if (kind !== 'digest' || existsSync(`${path}.died`)) return;
  writeFileSync(`${path}.died`, '');
  process.exit(1);
});
await import('../../../registry/disk/file-hashing-worker.ts');
