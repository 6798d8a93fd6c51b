/** What copies have seen of registries, for the copies after them and beside them. */
import type { Descriptor } from '../spec/descriptor.ts';
import type { Digest } from '../spec/digest.ts';
import type { NodeRole } from './graph-walk.ts';
import type { RepositoryPlace } from './target.ts';

/**
 * Shared by all copies of a process. It is believed and never relied on: whoever acts on it is put right by the
 * registry's answer (BLOB_UNKNOWN, MANIFEST_UNKNOWN), forgets the repository, and copies again.
 */
export interface CopyMemory {
  /** Whether anything was seen in the repository, so that it is not empty. */
  knows(place: RepositoryPlace): boolean;
  /** A tag was seen there. */
  rememberTagged(place: RepositoryPlace): void;
  has(place: RepositoryPlace, role: NodeRole, digest: Digest): boolean;
  remember(place: RepositoryPlace, role: NodeRole, digest: Digest): void;
  /**
   * The blobs are part of a manifest that lies in the repository. Only these can be mounted from there everywhere: ECR
   * answers 202 for blobs that no manifest has claimed yet. Nobody has seen them there, so `has` does not know of them.
   */
  rememberCommitted(place: RepositoryPlace, blobs: readonly Descriptor[]): void;
  /** A repository of the same registry, other than `place`, with the blob in a committed manifest. */
  holderOf(place: RepositoryPlace, digest: Digest): RepositoryPlace | undefined;
  /** What was remembered of the repository was wrong. */
  forget(place: RepositoryPlace): void;
  /** The blob's delivery to a repository of the registry that is under way now; undefined when there is none. */
  flightTo(registry: string, digest: Digest): BlobFlight | undefined;
  /** Makes the delivery known to others while the work lasts. */
  fly<Result>(place: RepositoryPlace, digest: Digest, work: () => Promise<Result>): Promise<Result>;
}

/** One blob on its way to a repository. */
export interface BlobFlight {
  readonly place: RepositoryPlace;
  /** Settles with the delivery; never rejects. */
  readonly landing: Promise<void>;
}

/**
 * How long a memory lasts. Registries collect garbage, and other hands delete: ten minutes is what a proof of content
 * is good for elsewhere in this product, too.
 */
const memoryMs = 10 * 60_000;

/** Digests remembered; the oldest goes first. Some 200 bytes each: 20 MB at most. */
const digestsMax = 100_000;

/** A memory of nothing. */
export function openCopyMemory(now: () => number): CopyMemory {
  const seen = openAgingMap<true>(now);
  const holders = openAgingMap<RepositoryPlace>(now);
  const repositories = openAgingMap<true>(now);
  const flights = new Map<string, BlobFlight>();

  const remember = (place: RepositoryPlace, role: NodeRole, digest: Digest) => {
    seen.set(`${keyOf(place)} ${role} ${digest}`, true);
    repositories.set(keyOf(place), true);
  };

  return {
    knows: (place) => repositories.get(keyOf(place)) !== undefined,
    rememberTagged: (place) => repositories.set(keyOf(place), true),
    has: (place, role, digest) => seen.get(`${keyOf(place)} ${role} ${digest}`) !== undefined,
    remember,
    rememberCommitted(place, blobs) {
      repositories.set(keyOf(place), true);
      for (const { digest } of blobs) holders.set(`${place.registry} ${digest}`, place);
    },
    holderOf(place, digest) {
      const holder = holders.get(`${place.registry} ${digest}`);
      return holder === undefined || holder.repository === place.repository ? undefined : holder;
    },
    forget(place) {
      seen.drop((key) => key.startsWith(`${keyOf(place)} `));
      repositories.drop((key) => key === keyOf(place));
      holders.drop((_, holder) => keyOf(holder) === keyOf(place));
    },
    flightTo: (registry, digest) => flights.get(`${registry} ${digest}`),
    async fly(place, digest, work) {
      const key = `${place.registry} ${digest}`;
      const result = work();
      const flight = { place, landing: result.then(ignore, ignore) };
      flights.set(key, flight);
      try {
        return await result;
      } finally {
        if (flights.get(key) === flight) flights.delete(key);
      }
    },
  };
}

function ignore(): void {}

/** Origins have no space in them, nor have repository names. */
function keyOf(place: RepositoryPlace): string {
  return `${place.registry}/${place.repository}`;
}

interface AgingMap<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  drop(suits: (key: string, value: Value) => boolean): void;
}

/** Entries that are gone after a while, or when newer ones need their room. */
function openAgingMap<Value>(now: () => number): AgingMap<Value> {
  const entries = new Map<string, { readonly value: Value; readonly until: number }>();
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined || entry.until > now()) return entry?.value;
      entries.delete(key);
      return undefined;
    },
    set(key, value) {
      entries.delete(key);
      const [oldest] = entries.keys();
      if (entries.size >= digestsMax && oldest !== undefined) entries.delete(oldest);
      entries.set(key, { value, until: now() + memoryMs });
    },
    drop(suits) {
      for (const [key, { value }] of entries) if (suits(key, value)) entries.delete(key);
    },
  };
}
