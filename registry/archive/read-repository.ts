/**
 * One repository as a snapshot tells of it, read while others push and delete.
 *
 * The order makes it whole: tags first, then manifests with everything they lead to, then what else there is, so that
 * whatever a tag had when it was read is found. Collection is held off meanwhile, so nothing that is needed is removed
 * but by a caller's deletion, and then the tag is read again: it is gone too, or somewhere else.
 */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../../oci/spec/digest.ts';
import { reachedFrom } from '../collect/reachability.ts';
import type { DiskLayout } from '../disk/disk-layout.ts';
import { directoriesIn, isAbsence, namesIn, readFileIfPresent, readOrDamaged } from '../disk/durable-file.ts';
import { parseManifestFile } from '../disk/manifest-file.ts';
import { parseTagFile, parseTagMoves } from '../disk/tag-file.ts';
import type { StoredManifest } from '../storage.ts';
import { type ContentNeeds, contentNeeds } from './content-needs.ts';
import { digestsIn, type RepositoryPlace } from './repositories-in.ts';
import { isRecordPlace } from './snapshot-line.ts';

export interface SmallRecord {
  readonly directory: string;
  readonly name: string;
  readonly text: string;
}

export interface ReadManifest extends ContentNeeds {
  readonly sizeBytes: number;
  readonly mediaType: string;
}

export interface ReadRepository {
  /** Tags with their records, and whatever else is small and not made from manifests. */
  readonly records: readonly SmallRecord[];
  /** What each tag points at. */
  readonly tags: ReadonlyMap<string, Digest>;
  readonly manifests: ReadonlyMap<Digest, ReadManifest>;
  /** Manifests that are needed and were not found, or that lie damaged. */
  readonly missing: ReadonlySet<Digest>;
  /** Paths of what cannot be read as what it should be. Records among them go along, so that no name becomes free. */
  readonly damaged: readonly string[];
}

export interface ReadRepositoryInit {
  readonly layout: DiskLayout;
  readonly place: RepositoryPlace;
  readonly onManifest: (manifest: StoredManifest) => Promise<void>;
}

/** How often a tag that is being moved is followed. */
const tagReadsMax = 20;

/** Directories that are told of otherwise, or not at all: referrers are made anew, what is damaged stays here. */
const readOtherwise = ['_tags', '_blobs', '_manifests', '_referrers', '_quarantine'];

/** Everything in the repository but the bytes of its blobs. */
export async function readRepository(init: ReadRepositoryInit): Promise<ReadRepository> {
  const { layout, place } = init;
  const manifests = openManifestReading(init);
  const damaged = new Set<string>();
  const tagRecords = new Map<string, string>();
  for (const { name, text } of await readRecords(place.directory, '_tags', damaged)) tagRecords.set(name, text);
  for (const text of tagRecords.values()) await follow(text, manifests);
  for await (const digest of digestsIn(layout.manifests(place.name))) await manifests.read(digest);
  await manifests.readNeeded();

  const tags = new Map<string, Digest>();
  const records: SmallRecord[] = [];
  for (const [name, text] of tagRecords) {
    const settled = await settleTag(join(place.directory, '_tags', name), text, manifests);
    if (settled === undefined) continue;
    records.push({ directory: '_tags', name, text: settled.text });
    if (settled.digest !== undefined) tags.set(name, settled.digest);
  }
  // After the tags: what outlives a tag is written before the tag is removed.
  for (const directory of place.records.filter((each) => !readOtherwise.includes(each))) {
    for (const record of await readRecords(place.directory, directory, damaged)) records.push(record);
  }
  for (const { directory, name, text } of records) {
    if (!isSound(directory, text)) damaged.add(join(place.directory, directory, name));
  }
  const missing = await manifests.listMissing();
  return { records, tags, manifests: manifests.found, missing, damaged: [...damaged, ...manifests.damaged] };
}

interface ManifestReading {
  readonly found: ReadonlyMap<Digest, ReadManifest>;
  readonly damaged: ReadonlySet<string>;
  read(digest: Digest): Promise<void>;
  /** Reads what the manifests found so far need, and what that needs. */
  readNeeded(): Promise<void>;
  /** Whether it is there with every manifest it leads to. */
  isWhole(digest: Digest): boolean;
  /** What is needed and absent; a manifest that was deleted meanwhile needs nothing, and is taken out. */
  listMissing(): Promise<ReadonlySet<Digest>>;
}

function openManifestReading({ layout, place, onManifest }: ReadRepositoryInit): ManifestReading {
  const found = new Map<Digest, ReadManifest>();
  const damaged = new Set<string>();
  const whole = new Set<Digest>();
  let unread: Digest[] = [];

  async function read(digest: Digest): Promise<void> {
    if (found.has(digest)) return;
    const path = layout.manifest(place.name, digest);
    const content = await readOrDamaged(path);
    if (content === 'absent') return;
    const manifest = content === 'damaged' ? undefined : parseManifestFile(content, digest);
    if (manifest === undefined) {
      damaged.add(path);
      return;
    }
    const needs = contentNeeds(manifest);
    await onManifest(manifest);
    found.set(digest, { sizeBytes: manifest.bytes.length, mediaType: manifest.mediaType, ...needs });
    unread.push(...needs.manifests);
  }

  /** Each is walked once, since clients may push indexes that list one another any number of times, to any depth. */
  function isWhole(digest: Digest): boolean {
    if (whole.has(digest)) return true;
    const children = (one: Digest) => (found.get(one)?.manifests ?? []).filter((child) => !whole.has(child));
    const reached = reachedFrom([digest], children);
    for (const one of reached) if (!found.has(one)) return false;
    for (const one of reached) whole.add(one);
    return true;
  }

  return {
    found,
    damaged,
    read,
    async readNeeded() {
      while (unread.length > 0) {
        const digests = unread;
        unread = [];
        for (const digest of digests) await read(digest);
      }
    },
    isWhole,
    async listMissing() {
      const missing = new Set<Digest>();
      for (const [digest, { manifests }] of found) {
        const absent = manifests.filter((child) => !found.has(child));
        if (absent.length === 0) continue;
        if ((await readFileIfPresent(layout.manifest(place.name, digest))) === undefined) found.delete(digest);
        else for (const child of absent) missing.add(child);
      }
      return missing;
    },
  };
}

async function follow(text: string, manifests: ManifestReading): Promise<Digest | undefined> {
  const digest = parseTagFile(text, 'tag')?.digest;
  if (digest === undefined) return undefined;
  await manifests.read(digest);
  await manifests.readNeeded();
  return digest;
}

/** The tag with content that is whole, or as it is when it stays put; undefined when it was removed meanwhile. */
async function settleTag(
  path: string,
  firstText: string,
  manifests: ManifestReading,
): Promise<{ readonly text: string; readonly digest: Digest | undefined } | undefined> {
  let text = firstText;
  for (let reads = 0; ; reads += 1) {
    const digest = await follow(text, manifests);
    if (digest === undefined || manifests.isWhole(digest)) return { text, digest };
    const again = await readFileIfPresent(path);
    if (again === undefined) return undefined;
    if (again.toString('utf8') === text || reads >= tagReadsMax) return { text, digest };
    text = again.toString('utf8');
  }
}

/**
 * Every file below the directory, of any name that a record may have. What cannot be read is damaged, and so is a link:
 * it may lead to any file of the machine. Nothing of it goes along but its name.
 */
async function readRecords(
  repository: string,
  directory: string,
  damaged: Set<string>,
): Promise<readonly SmallRecord[]> {
  const records: SmallRecord[] = [];
  for (const name of await recordNames(join(repository, directory))) {
    if (!isRecordPlace(directory, name)) continue;
    const path = join(repository, directory, name);
    const content = (await isLink(path)) ? 'damaged' : await readOrDamaged(path);
    if (content === 'absent') continue;
    if (content === 'damaged') damaged.add(path);
    records.push({ directory, name, text: content === 'damaged' ? '' : content.toString('utf8') });
  }
  return records;
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

async function recordNames(directory: string): Promise<readonly string[]> {
  const below = new Set(await directoriesIn(directory));
  const own = (await namesIn(directory)).filter((name) => !below.has(name));
  const deeper = await Promise.all(
    [...below].map(async (name) => (await recordNames(join(directory, name))).map((rest) => `${name}/${rest}`)),
  );
  return [...own, ...deeper.flat()].sort();
}

function isSound(directory: string, text: string): boolean {
  if (directory === '_tags') return parseTagFile(text, 'tag') !== undefined;
  if (directory === '_fences') return parseTagFile(text, 'removed') !== undefined;
  return directory !== '_history' || parseTagMoves(text) !== undefined;
}
