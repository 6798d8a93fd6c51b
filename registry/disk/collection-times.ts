/**
 * Since when nothing points at what, and for how long the registry has run: what the collector has to know for days. A
 * file that is damaged says nothing: times are counted anew, and everything is kept for longer.
 */

import { isDigest } from '../../oci/spec/digest.ts';
import type { CollectionStore, OnCollectionStep, UnreachedSince } from '../collect/collection-store.ts';
import { parseJson, parseObject } from '../json-object.ts';
import type { DataDirectory } from './data-directory.ts';
import { readFileIfPresent, removeDurably, writeFileDurably } from './durable-file.ts';
import type { Trash } from './trash.ts';

export type CollectionTimes = Pick<
  CollectionStore,
  'readUnreached' | 'writeUnreached' | 'readRunningTimes' | 'writeRunningTimes'
>;

/** The times in a data directory. */
export function openCollectionTimes(
  { layout, temporaryPath }: Pick<DataDirectory, 'layout' | 'temporaryPath'>,
  trash: Pick<Trash, 'list'>,
  onStep: OnCollectionStep,
): CollectionTimes {
  async function replace(path: string, value: object): Promise<void> {
    await writeFileDurably(path, `${JSON.stringify(value)}\n`, temporaryPath());
  }

  async function read(path: string): Promise<Readonly<Record<string, unknown>>> {
    const content = await readFileIfPresent(path);
    return parseObject(parseJson(content?.toString('utf8') ?? '{}')) ?? {};
  }

  return {
    async readUnreached(repository) {
      return parseUnreached(await read(layout.unreached(repository)));
    },
    async writeUnreached(repository, since) {
      if (since.size === 0) await removeDurably(layout.unreached(repository));
      else await replace(layout.unreached(repository), Object.fromEntries(since));
      await onStep('since-written');
    },
    async readRunningTimes() {
      const { ranMs, collectedAtMs } = await read(layout.collection);
      // Where the file was lost, what was thrown away tells that the registry has run for so long at least.
      const thrown = await Array.fromAsync(trash.list(), ({ atMs }) => atMs);
      return {
        ranMs: thrown.reduce((one, other) => Math.max(one, other), isTime(ranMs) ? ranMs : 0),
        ...(isTime(collectedAtMs) ? { collectedAtMs } : {}),
      };
    },
    writeRunningTimes: (times) => replace(layout.collection, times),
  };
}

function parseUnreached(written: Readonly<Record<string, unknown>>): UnreachedSince {
  return new Map(
    Object.entries(written).flatMap(([digest, since]) =>
      isDigest(digest) && typeof since === 'number' ? [[digest, since]] : [],
    ),
  );
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
