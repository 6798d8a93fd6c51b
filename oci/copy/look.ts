/** The first look of a copy: what is to be copied, and where its tags point now. */
import { manifestNotFound } from '../not-found.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import { type Digest, isDigest } from '../spec/digest.ts';
import { parseManifest } from '../spec/manifest.ts';
import type { Tag } from '../spec/tag.ts';
import type { CopyOptions } from './copy-graph.ts';
import type { CopyMemory } from './copy-memory.ts';
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
  /** Where there are no tags to ask for: what the digest to be copied names, or that it names nothing. */
  readonly root?: Resolved | 'absent' | undefined;
  /** Whether the target is without any tag, where that is being asked because what was looked for is not there. */
  readonly emptiness?: Promise<boolean> | undefined;
  /** Source and target are one repository: the content is there. */
  readonly isWithinSource: boolean;
  /** The target could not be asked. */
  readonly failure: { readonly cause: unknown } | undefined;
}

/**
 * Looks at both sides at once. A source that counts pulls is asked what the tag names; any other for the manifest
 * itself, which is needed unless nothing is to be done. Of a digest the source need not be asked when all tags name it,
 * or, where there are none, when it is there. A target without the tags is asked at once whether it holds anything.
 *
 * @throws NotFoundError MANIFEST_UNKNOWN when the source has no such manifest; what else its side throws.
 */
export async function lookAt(
  source: Source,
  tagOrDigest: Tag | Digest,
  destinations: readonly Destination[],
  options: CopyOptions,
): Promise<Look> {
  const { repair = false, referrers, signal } = options;
  const looking = Promise.all(
    destinations.map((destination) => lookAtTarget(source, tagOrDigest, destination, options)),
  );
  try {
    const [first, errands] = await settleBoth(lookAtSource(source, tagOrDigest, signal), looking);
    const there = repair || referrers !== undefined ? undefined : namedByAll(errands, first.digest);
    if (there !== undefined) return { root: there, node: undefined, errands };
    const fetched = first.fetched ?? (await fetchManifest(source, first.digest, signal));
    return { root: fetched.descriptor, node: nodeOf(fetched), errands };
  } catch (error) {
    // Nothing of it is still running then.
    await settleQuestions(await looking);
    throw error;
  }
}

/** Resolves when no question of the look is under way any more. */
export async function settleQuestions(errands: readonly Errand[]): Promise<void> {
  await Promise.allSettled(errands.map(({ emptiness }) => emptiness));
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
  tagOrDigest: Tag | Digest,
  { target, tags }: Destination,
  { signal, memory }: CopyOptions,
): Promise<Errand> {
  const isWithinSource = isSameRepository(source, target);
  const errand = { target, tags, named: new Map<Tag, Resolved>(), isWithinSource, failure: undefined };
  target.expectWrites?.();
  if (isWithinSource) return errand;
  try {
    const root =
      tags.length === 0 && isDigest(tagOrDigest)
        ? ((await resolveAtTarget(target, tagOrDigest, signal)) ?? ('absent' as const))
        : undefined;
    const found = await Promise.all(tags.map((tag) => resolveAtTarget(target, tag, signal)));
    const named = tags.flatMap((tag, at) => (found[at] === undefined ? [] : [[tag, found[at]] as const]));
    const looked = { ...errand, named: new Map(named), root };
    return { ...looked, emptiness: isNew(looked) ? askEmptiness(target, memory, signal) : undefined };
  } catch (cause) {
    signal?.throwIfAborted();
    return { ...errand, failure: { cause } };
  }
}

/** Undefined where it is known, or cannot be asked. */
function askEmptiness(
  target: Target,
  memory: CopyMemory | undefined,
  signal: AbortSignal | undefined,
): Promise<boolean> | undefined {
  const { place } = target;
  if (place === undefined || target.isEmpty === undefined || memory?.knows(place)) return undefined;
  const emptiness = atSide('target', target.isEmpty(signal));
  emptiness.catch(() => {});
  return emptiness;
}

/** What every tag of every destination names, when that is the digest; where there are no tags, the digest itself. */
function namedByAll(errands: readonly Errand[], digest: Digest): Descriptor | undefined {
  return errands.every((errand) => isThere(errand, digest))
    ? errands.flatMap(({ named, root }) => [...named.values(), ...(isFound(root) ? [root] : [])])[0]
    : undefined;
}

/** Whether there is nothing to be done: all tags name the digest, or, where there are none, it is there. */
export function isThere(errand: Errand, digest: Digest): boolean {
  return errand.tags.length === 0 ? isFound(errand.root) : tagsToMove(errand, digest).length === 0;
}

/** Whether nothing of the image is to be expected: what was looked for is not there. */
export function isNew({ tags, named, root, isWithinSource }: Errand): boolean {
  return !isWithinSource && (tags.length === 0 ? root === 'absent' : named.size === 0);
}

/** Whether the look for a digest found it. */
export function isFound(root: Errand['root']): root is Resolved {
  return root !== undefined && root !== 'absent';
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
