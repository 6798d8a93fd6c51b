/** The first look of a copy: what is to be copied, and where its tags point now. */
import { manifestNotFound } from '../not-found.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import { type Digest, isDigest } from '../spec/digest.ts';
import { parseManifest } from '../spec/manifest.ts';
import type { Tag } from '../spec/tag.ts';
import type { CopyOptions } from './copy-graph.ts';
import { atSide } from './copy-side.ts';
import type { Destination } from './destination.ts';
import type { GraphNode } from './graph-node.ts';
import { resolveAtTarget } from './resolve-at-target.ts';
import type { FetchedManifest, Resolved, Source, Target } from './target.ts';

/** What was seen. */
export interface Look {
  readonly root: Descriptor;
  /** The root manifest as it lies at the source; undefined when no destination needs it. */
  readonly node: GraphNode | undefined;
  /** One for each destination, in their order. */
  readonly errands: readonly Errand[];
}

/** What is to be done at one destination. */
export interface Errand {
  readonly target: Target;
  readonly tags: readonly Tag[];
  /** What the tags named, of those that are there; in the target's own repository nothing is asked. */
  readonly named: ReadonlyMap<Tag, Resolved>;
  /** Source and target are one repository: the content is there. */
  readonly isWithinSource: boolean;
  /** The target could not be asked. */
  readonly failure: { readonly cause: unknown } | undefined;
}

/**
 * Looks at both sides at once. A source that counts pulls is asked what the tag names; any other for the manifest
 * itself, which is needed unless nothing is to be done. Of a digest the source need not be asked when all tags name it.
 *
 * @throws NotFoundError MANIFEST_UNKNOWN when the source has no such manifest; what else its side throws.
 */
export async function lookAt(
  source: Source,
  tagOrDigest: Tag | Digest,
  destinations: readonly Destination[],
  options: CopyOptions,
): Promise<Look> {
  const { signal, repair = false, referrers } = options;
  const [first, errands] = await settleBoth(
    lookAtSource(source, tagOrDigest, signal),
    Promise.all(destinations.map((destination) => lookAtTarget(source, destination, signal))),
  );
  const there = repair || referrers !== undefined ? undefined : namedByAll(errands, first.digest);
  if (there !== undefined) return { root: there, node: undefined, errands };
  const fetched = first.fetched ?? (await fetchManifest(source, first.digest, signal));
  return { root: fetched.descriptor, node: nodeOf(fetched), errands };
}

/** The errand's tags that do not name the digest yet. */
export function tagsToMove({ tags, named }: Errand, digest: Digest): readonly Tag[] {
  return tags.filter((tag) => named.get(tag)?.digest !== digest);
}

/** Both, when neither is running any more. */
async function settleBoth<One, Other>(one: Promise<One>, other: Promise<Other>): Promise<readonly [One, Other]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}

interface SourceLook {
  readonly digest: Digest;
  readonly fetched?: FetchedManifest;
}

async function lookAtSource(
  source: Source,
  tagOrDigest: Tag | Digest,
  signal: AbortSignal | undefined,
): Promise<SourceLook> {
  if (isDigest(tagOrDigest)) return { digest: tagOrDigest };
  if (!source.countsPulls) {
    const fetched = await fetchManifest(source, tagOrDigest, signal);
    return { digest: fetched.descriptor.digest, fetched };
  }
  const root = await atSide('source', source.resolve(tagOrDigest, signal));
  if (root === undefined) throw manifestNotFound(source.name, tagOrDigest);
  return root;
}

async function lookAtTarget(
  source: Source,
  { target, tags }: Destination,
  signal: AbortSignal | undefined,
): Promise<Errand> {
  const isWithinSource = isSameRepository(source, target);
  const errand = { target, tags, named: new Map<Tag, Resolved>(), isWithinSource, failure: undefined };
  target.expectWrites?.();
  if (isWithinSource) return errand;
  try {
    const found = await Promise.all(tags.map((tag) => resolveAtTarget(target, tag, signal)));
    const named = tags.flatMap((tag, at) => (found[at] === undefined ? [] : [[tag, found[at]] as const]));
    return { ...errand, named: new Map(named) };
  } catch (cause) {
    signal?.throwIfAborted();
    return { ...errand, failure: { cause } };
  }
}

/** What every tag of every destination names, when that is the digest and there are any. */
function namedByAll(errands: readonly Errand[], digest: Digest): Descriptor | undefined {
  const isThere = errands.every((errand) => errand.tags.length > 0 && tagsToMove(errand, digest).length === 0);
  return isThere ? errands.flatMap(({ named }) => [...named.values()])[0] : undefined;
}

async function fetchManifest(
  source: Source,
  tagOrDigest: Tag | Digest,
  signal: AbortSignal | undefined,
): Promise<FetchedManifest> {
  return await atSide('source', source.fetchManifest(tagOrDigest, signal));
}

function nodeOf(fetched: FetchedManifest): GraphNode {
  return { fetched, manifest: parseManifest(fetched.bytes, fetched.descriptor.mediaType) };
}

function isSameRepository(source: Source, target: Target): boolean {
  if (source.place === undefined || target.place === undefined) return source === target;
  return source.place.registry === target.place.registry && source.place.repository === target.place.repository;
}
