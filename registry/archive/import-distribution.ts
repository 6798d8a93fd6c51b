/**
 * From the data directory of a distribution registry to ours: repositories, blobs, manifests, tags. What was brought
 * before is found, so an import can be repeated until the day on which everybody moves.
 */
import { join } from 'node:path';
import { CodedError } from '../../errors/errors.ts';
import { digestOf } from '../../oci/hash.ts';
import { type Digest, digestAlgorithm, isDigest } from '../../oci/spec/digest.ts';
import { manifestSizeBytesMax } from '../../oci/spec/manifest.ts';
import { isRepositoryName, type RepositoryName } from '../../oci/spec/repository-name.ts';
import { isTag } from '../../oci/spec/tag.ts';
import { type ManifestNeeds, needsOf } from '../content/manifest-needs.ts';
import { directoriesIn, fileSizeBytes, readFileIfPresent } from '../disk/durable-file.ts';
import { type DistributionLayout, digestLinks, type FoundLink, tagLinks } from './distribution-layout.ts';
import type { ImportTally } from './import-report.ts';
import type { ImportTarget } from './import-target.ts';

export interface ImportInit {
  readonly source: DistributionLayout;
  readonly target: ImportTarget;
  readonly tally: ImportTally;
  readonly signal: AbortSignal;
}

/** Brings every repository; the tally has what came of it. */
export async function importDistribution(init: ImportInit): Promise<void> {
  const { source, tally, signal } = init;
  for await (const { name, directory } of repositoriesOf(source.repositories, '')) {
    signal.throwIfAborted();
    if (isRepositoryName(name)) await importRepository(init, name, directory);
    else tally.leave('name-invalid', name);
  }
}

interface SourceRepository {
  readonly name: string;
  readonly directory: string;
}

async function* repositoriesOf(root: string, name: string): AsyncIterable<SourceRepository> {
  const directory = join(root, name);
  const entries = (await directoriesIn(directory)).toSorted();
  if (entries.includes('_manifests') || entries.includes('_layers')) yield { name, directory };
  for (const entry of entries) {
    if (!entry.startsWith('_')) yield* repositoriesOf(root, name === '' ? entry : `${name}/${entry}`);
  }
}

/** Blobs, then manifests, then tags: an import that is interrupted leaves nothing that points at nothing. */
async function importRepository(init: ImportInit, repository: RepositoryName, directory: string): Promise<void> {
  const { tally, signal } = init;
  tally.counts.repositories += 1;
  const blobs = openBlobImport(init, repository);
  for await (const digest of soundLinks(init, digestLinks(join(directory, '_layers')))) {
    signal.throwIfAborted();
    await blobs.bring(digest);
  }
  const manifests = openManifestImport(init, repository, blobs);
  for await (const digest of soundLinks(init, digestLinks(join(directory, '_manifests', 'revisions')))) {
    signal.throwIfAborted();
    await manifests.bring(digest);
  }
  for await (const link of tagLinks(directory)) {
    signal.throwIfAborted();
    await importTag(init, repository, link, manifests);
  }
}

async function* soundLinks({ tally }: ImportInit, links: AsyncIterable<FoundLink>): AsyncIterable<Digest> {
  for await (const { path, name, digest } of links) {
    if (digest !== undefined && digest === name) yield digest;
    // The link only says what its directory is called, so the content is known all the same; but it is told.
    else {
      tally.leave('link-damaged', path);
      if (digest === undefined && isDigest(name)) yield name;
    }
  }
}

async function importTag(
  { target, tally }: ImportInit,
  repository: RepositoryName,
  { path, name, digest }: FoundLink,
  manifests: ManifestImport,
): Promise<void> {
  const place = `${repository}:${name}`;
  if (!isTag(name)) return tally.leave('name-invalid', place);
  if (digest === undefined) return tally.leave('link-damaged', path);
  const needs = await manifests.readBrought(digest);
  if (needs === undefined) return tally.leave('tag-dangling', place);
  const outcome = await target.bringTag(repository, name, needs);
  if (outcome === 'incomplete') return tally.leave('tag-dangling', place);
  if (outcome === 'kept') return tally.leave('tag-kept', place);
  tally.counts.tags += 1;
  if (outcome === 'brought') tally.counts.newTags += 1;
}

interface BlobImport {
  /** Each once. */
  bring(digest: Digest): Promise<void>;
}

function openBlobImport({ source, target, tally }: ImportInit, repository: RepositoryName): BlobImport {
  const seen = new Set<Digest>();
  return {
    async bring(digest) {
      if (seen.has(digest)) return;
      seen.add(digest);
      const brought = await target.bringBlob(repository, { digest, path: source.contentOf(digest) });
      const { counts } = tally;
      if (brought.outcome === 'absent' || brought.outcome === 'damaged') {
        const kind = brought.outcome === 'absent' ? 'content-missing' : 'content-damaged';
        tally.leave(kind, `${repository}@${digest}`);
        return;
      }
      counts.blobs += 1;
      if (brought.outcome === 'linked') counts.linkedFiles += 1;
      if (brought.outcome !== 'copied') return;
      counts.copiedFiles += 1;
      counts.copiedBytes += brought.sizeBytes;
    },
  };
}

interface ManifestImport {
  /** The manifest with what it leads to, each once. */
  bring(digest: Digest): Promise<void>;
  /** What was brought, read again: all of a repository are too much to keep. Undefined when it was left behind. */
  readBrought(digest: Digest): Promise<ManifestNeeds | undefined>;
}

function openManifestImport(init: ImportInit, repository: RepositoryName, blobs: BlobImport): ManifestImport {
  const { target, tally } = init;
  const seen = new Set<Digest>();
  const brought = new Set<Digest>();

  async function bring(digest: Digest): Promise<void> {
    if (seen.has(digest)) return;
    seen.add(digest);
    const needs = await readManifest(init, repository, digest);
    if (needs === undefined) return;
    // Children first; a digest cannot be in what it was made of, so this ends.
    for (const child of needs.manifests) await bring(child.digest);
    for (const blob of needs.blobs) await blobs.bring(blob.digest);
    const outcome = await target.bringManifest(repository, needs);
    if (outcome === 'incomplete') return tally.leave('manifest-incomplete', `${repository}@${digest}`);
    tally.counts.manifests += 1;
    if (outcome === 'brought') tally.counts.newManifests += 1;
    brought.add(digest);
  }

  return {
    bring,
    readBrought: async (digest) => (brought.has(digest) ? readManifest(init, repository, digest) : undefined),
  };
}

/** The manifest as its content says what it is; distribution keeps no type beside it. */
async function readManifest(
  { source, tally }: ImportInit,
  repository: RepositoryName,
  digest: Digest,
): Promise<ManifestNeeds | undefined> {
  const place = `${repository}@${digest}`;
  const path = source.contentOf(digest);
  const sizeBytes = await fileSizeBytes(path);
  const bytes = sizeBytes === undefined || sizeBytes > manifestSizeBytesMax ? undefined : await readFileIfPresent(path);
  if (bytes === undefined) {
    tally.leave(sizeBytes === undefined ? 'content-missing' : 'manifest-invalid', place);
    return undefined;
  }
  if (digestOf(bytes, digestAlgorithm(digest)) !== digest) {
    tally.leave('content-damaged', place);
    return undefined;
  }
  try {
    return needsOf({ digest, bytes }, undefined);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    tally.leave(error.code === 'MANIFEST_OUTDATED' ? 'manifest-outdated' : 'manifest-invalid', place);
    return undefined;
  }
}
