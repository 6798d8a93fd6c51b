/** What clients of the soak were told, as plain data, and what follows from it. */
import type { Digest } from '../../../oci/spec/digest.ts';
import type { Content } from '../../oci/content.ts';

/** A manifest with what it names. */
export interface Graph {
  readonly root: Content;
  readonly blobs: readonly Content[];
  readonly children: readonly Graph[];
  readonly subject?: Digest;
  /** Of an index: its owner never deletes it alone. */
  readonly isPart?: true;
}

/** What a tag named, from when to when it may have: both ends are generous, as nobody knows when within a request. */
export interface TagSpan {
  readonly digest: Digest | undefined;
  readonly from: number;
  to: number;
}

export interface SoakTag {
  readonly repository: string;
  readonly tag: string;
  readonly spans: TagSpan[];
}

export interface AttachedReferrer {
  readonly repository: string;
  readonly subject: Digest;
  readonly graph: Graph;
  /** When its push began. */
  readonly from: number;
}

export interface SoakModel {
  /** Counts the beginnings and ends of requests. */
  step: number;
  readonly graphs: Map<Digest, Graph>;
  readonly tags: Map<string, SoakTag>;
  /** When manifests were deleted by digest, by repository and digest. */
  readonly deletions: Map<string, { readonly from: number; to: number }[]>;
  readonly referrers: AttachedReferrer[];
  /** What a collection is about to take away, or took away last: there a client is most likely to hurt itself. */
  hot: { readonly repository?: string; readonly digest: Digest } | undefined;
}

/** Nobody was told anything yet. */
export function emptyModel(): SoakModel {
  return { step: 0, graphs: new Map(), tags: new Map(), deletions: new Map(), referrers: [], hot: undefined };
}

/** The tag, which may not be there yet. */
export function tagOf(model: SoakModel, repository: string, tag: string): SoakTag {
  const key = `${repository}:${tag}`;
  const known = model.tags.get(key) ?? {
    repository,
    tag,
    spans: [{ digest: undefined, from: 0, to: Number.POSITIVE_INFINITY }],
  };
  model.tags.set(key, known);
  return known;
}

/** What the tag names, as its owner knows. */
export function currentOf({ spans }: SoakTag): Digest | undefined {
  return spans.at(-1)?.digest;
}

/** The tag named the digest, or nothing, at some moment of the time. */
export function mayHaveNamed({ spans }: SoakTag, digest: Digest | undefined, from: number, to: number): boolean {
  return spans.some((span) => span.digest === digest && span.from <= to && span.to >= from);
}

/** Somebody deleted the manifest in the repository during the time. */
export function wasDeleted(model: SoakModel, repository: string, digest: Digest, from: number): boolean {
  return (model.deletions.get(`${repository}@${digest}`) ?? []).some(({ to }) => to >= from);
}

/** Moves the tag: from the begin of the request on it may name the new, until its end the old. */
export function moveTag(tag: SoakTag, digest: Digest | undefined, begin: number, end: number): void {
  const last = tag.spans.at(-1);
  if (last?.digest === digest) return;
  if (last !== undefined) last.to = end;
  tag.spans.push({ digest, from: begin, to: Number.POSITIVE_INFINITY });
}

/** Moves that a tag's file surely still tells of. */
const movesSurelyKept = 30;

/**
 * Digests the tag named before, the last first; `sure` of those alone that it has kept ever since: a tag that is not
 * there keeps nothing.
 */
export function previousOf(tag: SoakTag, most: number, sure: boolean): readonly Digest[] {
  const current = currentOf(tag);
  const spans = tag.spans.slice(0, -1).toReversed();
  const gap = spans.findIndex(({ digest }) => digest === undefined);
  const kept = sure ? spans.slice(0, gap < 0 ? movesSurelyKept : Math.min(gap, movesSurelyKept)) : spans;
  const digests = kept.flatMap(({ digest }) => (digest === undefined || digest === current ? [] : [digest]));
  return [...new Set(digests)].slice(0, most);
}

/** One tag has named the subject since before the referrer was pushed, so that neither was ever without anything. */
export function wasHeld(model: SoakModel, { repository, subject, from }: AttachedReferrer): boolean {
  return [...model.tags.values()].some(
    (tag) => tag.repository === repository && currentOf(tag) === subject && (tag.spans.at(-1)?.from ?? 0) < from,
  );
}

export interface Live {
  readonly manifests: ReadonlySet<Digest>;
  readonly blobs: ReadonlySet<Digest>;
}

/** What the repository keeps once everybody has gone. */
export function liveIn(model: SoakModel, repository: string, previousDigests: number, sure: boolean): Live {
  const manifests = new Set<Digest>();
  const blobs = new Set<Digest>();
  for (const tag of model.tags.values()) {
    const current = currentOf(tag);
    if (tag.repository !== repository || current === undefined) continue;
    manifests.add(current);
    for (const digest of previousOf(tag, previousDigests, sure)) {
      if (!sure || !wasDeleted(model, repository, digest, 0)) manifests.add(digest);
    }
  }
  // A set goes on with what is added while it is walked.
  for (const digest of manifests) {
    const graph = model.graphs.get(digest);
    for (const blob of graph?.blobs ?? []) blobs.add(blob.descriptor.digest);
    for (const child of graph?.children ?? []) manifests.add(child.root.descriptor.digest);
    for (const attached of model.referrers) {
      if (attached.repository !== repository || attached.subject !== digest) continue;
      if (!sure || wasHeld(model, attached)) manifests.add(attached.graph.root.descriptor.digest);
    }
  }
  return { manifests, blobs };
}
