/** Tags on disk: one small file per tag, replaced as a whole, so that digest and fence always belong together. */
import { dirname } from 'node:path';
import { isDigest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import { isTag, type Tag } from '../../oci/spec/tag.ts';
import type { OnRegistryEvent } from '../registry-event.ts';
import type { TagRecord } from '../storage.ts';
import type { DataDirectory } from './data-directory.ts';
import {
  type DurableDirectories,
  namesIn,
  readFileIfPresent,
  removeDurably,
  writeFileDurably,
} from './durable-file.ts';
import { readThroughCache } from './read-through-cache.ts';

/** The caller holds the tag's lock around `fence` and the writes. */
export interface TagStore {
  read(repository: RepositoryName, tag: Tag): Promise<TagRecord | undefined>;
  list(repository: RepositoryName): Promise<readonly Tag[]>;
  /** Highest lane token that wrote the tag, even if it was removed since. */
  fence(repository: RepositoryName, tag: Tag): Promise<number | undefined>;
  write(repository: RepositoryName, tag: Tag, record: TagRecord): Promise<void>;
  remove(repository: RepositoryName, tag: Tag): Promise<boolean>;
}

const rememberedTagsMax = 100_000;

/** Tag names in remembered listings, all repositories together. */
const listedTagsMax = 500_000;

/** The tags below the directory's repositories. */
export function openTagStore(
  { layout, temporaryPath }: DataDirectory,
  directories: DurableDirectories,
  onEvent: OnRegistryEvent,
): TagStore {
  const records = readThroughCache<TagRecord>({ weightMax: rememberedTagsMax, weigh: () => 1 });
  const listings = readThroughCache<readonly Tag[]>({ weightMax: listedTagsMax, weigh: (tags) => tags.length + 1 });

  async function load(repository: RepositoryName, tag: Tag): Promise<TagRecord | undefined> {
    const path = layout.tag(repository, tag);
    const content = await readFileIfPresent(path);
    if (content === undefined) return undefined;
    const record = parseTagRecord(content.toString('utf8'));
    if (record === undefined) onEvent({ kind: 'record-unreadable', path, why: 'it is not a tag record' });
    return record;
  }

  function read(repository: RepositoryName, tag: Tag): Promise<TagRecord | undefined> {
    return records.read(`${repository}:${tag}`, () => load(repository, tag));
  }

  async function readRemovedFence(repository: RepositoryName, tag: Tag): Promise<number | undefined> {
    const content = await readFileIfPresent(layout.removedTagFence(repository, tag));
    return content === undefined ? undefined : parseFence(content.toString('utf8'));
  }

  async function replace(path: string, content: string): Promise<void> {
    await directories.ensure(dirname(path));
    await writeFileDurably(path, content, temporaryPath());
  }

  return {
    read,
    async list(repository) {
      const load = async () => (await namesIn(layout.tags(repository))).filter(isTag).sort();
      return (await listings.read(repository, load)) ?? [];
    },
    async fence(repository, tag) {
      const record = await read(repository, tag);
      return record === undefined ? readRemovedFence(repository, tag) : record.fence;
    },
    async write(repository, tag, record) {
      const known = await read(repository, tag);
      if (known?.digest === record.digest && known.fence === record.fence) return;
      await replace(layout.tag(repository, tag), `${JSON.stringify(record)}\n`);
      records.remember(`${repository}:${tag}`, record);
      if (known === undefined) listings.forget(repository);
    },
    async remove(repository, tag) {
      const record = await read(repository, tag);
      if (record?.fence !== undefined) {
        await replace(layout.removedTagFence(repository, tag), `${JSON.stringify({ fence: record.fence })}\n`);
      }
      const removed = await removeDurably(layout.tag(repository, tag));
      records.forget(`${repository}:${tag}`);
      listings.forget(repository);
      return removed;
    },
  };
}

function parseTagRecord(text: string): TagRecord | undefined {
  const { digest, fence } = parseJsonObject(text);
  if (typeof digest !== 'string' || !isDigest(digest)) return undefined;
  return typeof fence === 'number' ? { digest, fence } : { digest };
}

function parseFence(text: string): number | undefined {
  const { fence } = parseJsonObject(text);
  return typeof fence === 'number' ? fence : undefined;
}

function parseJsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
