/**
 * Which manifests of a repository cannot be whole without a digest: an index of each repository in memory, made by the
 * first who asks and kept in step. Of a repository that is too large for it, the manifests are read for each question.
 */
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import { edgesOf } from '../collect/manifest-edges.ts';
import type { StoredManifest } from '../storage.ts';
import { followedCache } from './followed-cache.ts';
import { type NeedGraph, openNeedGraph } from './need-graph.ts';

export interface NeedingManifests {
  /** Makes the index, unless it is there: whoever asks next finds it. */
  prepare(repository: RepositoryName): Promise<void>;
  find(repository: RepositoryName, digest: Digest): Promise<FoundNeed>;
  /** Tells that the manifest is there now. */
  add(repository: RepositoryName, manifest: StoredManifest): void;
  /** Tells that it is no more. */
  remove(repository: RepositoryName, digest: Digest): void;
  /** Tells that it was found damaged: what it needs is not known any more. */
  lose(repository: RepositoryName, digest: Digest): void;
  /** Tells that nobody knows what became of a manifest of the repository. */
  forget(repository: RepositoryName): void;
}

export interface FoundNeed {
  /** Manifests from which the digest can be reached, without itself. */
  readonly needing: ReadonlySet<Digest>;
  /** Manifests that cannot be read, so that nobody can tell what they need. */
  readonly unreadable: ReadonlySet<Digest>;
  /** Those, and all from which one of them can be reached. */
  readonly doubtful: ReadonlySet<Digest>;
}

/** A manifest of a repository; one that cannot be read has no content. */
export interface ListedManifest {
  readonly digest: Digest;
  readonly manifest: StoredManifest | undefined;
}

export interface NeedingManifestsInit {
  /** Every manifest of the repository. */
  readonly list: (repository: RepositoryName) => AsyncIterable<ListedManifest>;
  readonly indexedMax?: number;
}

/** Digests and references in remembered indexes, all repositories together: some ten to twenty for an image. */
const indexedDefaultMax = 500_000;

/** Undefined when it became too large. */
interface NeedIndex {
  graph: NeedGraph | undefined;
}

/** Indexes of nothing. */
export function openNeedingManifests({ list, indexedMax = indexedDefaultMax }: NeedingManifestsInit): NeedingManifests {
  const indexes = followedCache<NeedIndex>({
    weightMax: indexedMax,
    weigh: ({ graph }) => (graph?.size ?? 0) + 1,
  });

  /** A change that is told while this goes on is applied behind it. */
  async function load(repository: RepositoryName): Promise<NeedIndex> {
    const graph = openNeedGraph();
    for await (const { digest, manifest } of list(repository)) {
      if (manifest === undefined) graph.addUnreadable(digest);
      else graph.add(digest, namedBy(manifest));
      if (graph.size >= indexedMax) return { graph: undefined };
    }
    return { graph };
  }

  const read = (repository: RepositoryName) => indexes.read(repository, () => load(repository));

  /** One reading for all the digests of a wave. */
  async function readNaming(repository: RepositoryName, digests: ReadonlySet<Digest>): Promise<Reading> {
    const naming = new Set<Digest>();
    const unreadable = new Set<Digest>();
    for await (const { digest, manifest } of list(repository)) {
      if (manifest === undefined) unreadable.add(digest);
      else if (namedBy(manifest).some((named) => digests.has(named))) naming.add(digest);
    }
    return { naming, unreadable };
  }

  return {
    async prepare(repository) {
      await read(repository);
    },
    async find(repository, digest) {
      const { graph } = await read(repository);
      const ask =
        graph === undefined ? (digests: ReadonlySet<Digest>) => readNaming(repository, digests) : askOf(graph);
      return findNeed(digest, ask);
    },
    add: (repository, manifest) =>
      indexes.change(repository, ({ graph }) => graph?.add(manifest.digest, namedBy(manifest))),
    remove: (repository, digest) => indexes.change(repository, ({ graph }) => graph?.remove(digest)),
    lose: (repository, digest) => indexes.change(repository, ({ graph }) => graph?.addUnreadable(digest)),
    forget: indexes.forget,
  };
}

/** What is named as a blob covers what is named as a manifest. */
function namedBy(manifest: StoredManifest): readonly Digest[] {
  return edgesOf(manifest).blobs;
}

interface Reading {
  readonly naming: ReadonlySet<Digest>;
  readonly unreadable: ReadonlySet<Digest>;
}

type Ask = (digests: ReadonlySet<Digest>) => Promise<Reading>;

function askOf(graph: NeedGraph): Ask {
  return async (digests) => ({ naming: graph.naming(digests), unreadable: graph.unreadable });
}

async function findNeed(digest: Digest, ask: Ask): Promise<FoundNeed> {
  const { naming, unreadable } = await ask(new Set([digest]));
  return { needing: await climb(naming, ask), unreadable, doubtful: await climb(unreadable, ask) };
}

/** The manifests, and all from which they can be reached: a wave for each level of indexes. */
async function climb(from: ReadonlySet<Digest>, ask: Ask): Promise<ReadonlySet<Digest>> {
  const found = new Set(from);
  for (let wave = from; wave.size > 0; ) {
    const { naming } = await ask(wave);
    wave = new Set([...naming].filter((digest) => !found.has(digest)));
    for (const digest of wave) found.add(digest);
  }
  return found;
}
