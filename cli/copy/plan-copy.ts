/** What a copy will do: what is copied, and what the target's tags name now. */
import { NotFoundError } from '../../errors/errors.ts';
import { knownSource } from '../../oci/copy/platforms/known-source.ts';
import type { Resolved, Source, Target } from '../../oci/copy/target.ts';
import { digestOf } from '../../oci/hash.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import { type Digest, digestAlgorithm } from '../../oci/spec/digest.ts';
import type { Platform } from '../../oci/spec/platform.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import { formatRepository } from '../location.ts';
import type { CopyJob } from './copy-job.ts';

/** What is copied. */
export interface CopyRoot {
  /** The source, which knows the root already where it was read. */
  readonly source: Source;
  readonly root: Descriptor;
  /** What tag or digest name at the source; another than the root when platforms were chosen. */
  readonly whole: Descriptor;
  readonly attestationsLeftOut: number;
}

/** One copy, looked at from both sides. `Into` is undefined in a dry run where there is no layout yet. */
export interface CopyPlan<Into extends Target | undefined = Target | undefined> extends CopyRoot {
  readonly job: CopyJob;
  readonly target: Into;
  /** What the target's tags name now; where there are none, whether it has the digest that is wanted, if it was asked. */
  readonly present: ReadonlyMap<Tag | Digest, Resolved | undefined>;
  /** The tags to write: not those that are to be left as they are. */
  readonly tags: readonly Tag[];
}

/** A tag that names something else now. */
export interface TagMove {
  readonly tag: Tag;
  readonly from: Digest;
}

export interface RootOptions {
  /** None: all. */
  readonly platforms: readonly Platform[];
  /** Reads the manifest, which a copy needs next, unless the registry counts that as a pull. */
  readonly isRead: boolean;
}

/**
 * What the job copies.
 * @throws NotFoundError MANIFEST_UNKNOWN, PLATFORM_UNKNOWN.
 */
export async function readRoot(
  source: Source,
  job: CopyJob,
  options: RootOptions,
  signal: AbortSignal,
): Promise<CopyRoot> {
  const { platforms, isRead } = options;
  if (platforms.length === 0 && (!isRead || source.countsPulls)) {
    const root = await source.resolve(job.wanted, signal);
    if (root === undefined) throw missing(job);
    return { source, root, whole: root, attestationsLeftOut: 0 };
  }
  const manifest = await source.fetchManifest(job.wanted, signal);
  const whole = manifest.descriptor;
  if (platforms.length === 0) {
    return { source: knownSource(source, manifest), root: whole, whole, attestationsLeftOut: 0 };
  }
  const { narrowSource } = await import('../../oci/copy/platforms/narrow-source.ts');
  return { ...(await narrowSource(source, manifest, platforms, signal)), whole };
}

/** What the names stand for at the target now; nothing where there is no target yet. */
export async function readTags(
  target: Target | undefined,
  names: readonly (Tag | Digest)[],
  signal: AbortSignal,
): Promise<ReadonlyMap<Tag | Digest, Resolved | undefined>> {
  const resolved = await Promise.all(names.map((name) => target?.resolve(name, signal)));
  return new Map(names.map((name, at) => [name, resolved[at]]));
}

/** What the target has, when all that it was asked for is the digest: what lies at the source need not be asked then. */
export function rootThere(
  digest: Digest,
  present: ReadonlyMap<Tag | Digest, Resolved | undefined>,
): Descriptor | undefined {
  const all = [...present.values()];
  return all.every((named) => named?.digest === digest) ? all[0] : undefined;
}

/**
 * The same, where a tag that names the root's bytes by another digest counts as naming the root: registries name what
 * lies under a tag by sha256, whatever digest it was copied by.
 */
export async function namedLikeRoot(
  { source, root }: CopyRoot,
  present: ReadonlyMap<Tag | Digest, Resolved | undefined>,
  signal: AbortSignal,
): Promise<ReadonlyMap<Tag | Digest, Resolved | undefined>> {
  const isOther = (named: Resolved | undefined) =>
    named !== undefined && digestAlgorithm(named.digest) !== digestAlgorithm(root.digest);
  if (![...present.values()].some(isOther)) return present;
  const { bytes } = await source.fetchManifest(root.digest, signal);
  const entries = [...present].map(([name, named]) => {
    const isRoot = named !== undefined && digestOf(bytes, digestAlgorithm(named.digest)) === named.digest;
    return [name, isRoot ? { ...named, digest: root.digest } : named] as const;
  });
  return new Map(entries);
}

/** The tags among those to write that name something else now. */
export function movesOf({ tags, present, root }: Pick<CopyPlan, 'tags' | 'present' | 'root'>): readonly TagMove[] {
  return tags.flatMap((tag) => {
    const from = present.get(tag)?.digest;
    return from === undefined || from === root.digest ? [] : [{ tag, from }];
  });
}

/** The plan without the tags that name something else now. */
export function withoutMoves<Into extends Target | undefined>(plan: CopyPlan<Into>): CopyPlan<Into> {
  const moving = new Set(movesOf(plan).map(({ tag }) => tag));
  return { ...plan, tags: plan.tags.filter((tag) => !moving.has(tag)) };
}

function missing({ source, wanted }: CopyJob): NotFoundError {
  const mark = source.digest === undefined ? ':' : '@';
  const message = `manifest not found: ${formatRepository(source)}${mark}${wanted}`;
  return new NotFoundError({ code: 'MANIFEST_UNKNOWN', message });
}
