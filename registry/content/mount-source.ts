/** Where a blob can be mounted from when the client names no repository. */

import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import { firstNotBefore } from '../first-not-before.ts';
import type { Storage } from '../storage.ts';

/**
 * Repositories looked into for one mount, each at the price of asking the disk for one name. A client that gets no
 * mount uploads the blob: with more repositories than this it may do so needlessly.
 */
export const mountCandidatesMax = 1_000;

export interface MountWish {
  readonly digest: Digest;
  readonly target: RepositoryName;
  /** Whether the caller may read the repository. */
  readonly mayRead: (repository: RepositoryName) => boolean;
}

/**
 * A repository that the caller may read and that has the blob, the nearest to the target by name first; undefined when
 * none of those looked into has it.
 *
 * No other repository is asked, nor the content all of them have in common: neither the answer nor the time it takes
 * depends on what the caller may not read. Spec: distribution-spec v1.1.1, "Mounting a blob from another repository".
 */
export async function findMountSource(
  storage: Pick<Storage, 'listBlobRepositories' | 'blobSizeBytes'>,
  { digest, target, mayRead }: MountWish,
): Promise<RepositoryName | undefined> {
  let asked = 0;
  for (const repository of nearestFirst(await storage.listBlobRepositories(), target)) {
    if (!mayRead(repository)) continue;
    if (asked === mountCandidatesMax) return undefined;
    asked += 1;
    if ((await storage.blobSizeBytes(repository, digest)) !== undefined) return repository;
  }
  return undefined;
}

/** Of a sorted list, those first that have the most leading parts in common with the target. They lie beside each other. */
function* nearestFirst(sorted: readonly RepositoryName[], target: RepositoryName): Iterable<RepositoryName> {
  const parts = target.split('/');
  let inner: Span = { start: 0, end: 0 };
  for (let depth = parts.length; depth > 0; depth -= 1) {
    const name = parts.slice(0, depth).join('/');
    const at = firstNotBefore(sorted, name);
    if (sorted[at] === name) yield sorted[at];
    const outer = { start: firstNotBefore(sorted, `${name}/`), end: firstNotBefore(sorted, `${name}${afterSlash}`) };
    yield* between(sorted, outer, inner, parts.slice(0, depth + 1).join('/'));
    inner = outer;
  }
  yield* between(sorted, { start: 0, end: sorted.length }, inner, parts[0] ?? '');
}

/** The character behind the slash: what begins with a name and a slash ends before the name and this one. */
const afterSlash = String.fromCharCode('/'.charCodeAt(0) + 1);

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The names of the outer span that are not in the inner one, nor are the name above it. */
function* between(
  sorted: readonly RepositoryName[],
  outer: Span,
  inner: Span,
  aboveInner: string,
): Iterable<RepositoryName> {
  for (let at = outer.start; at < outer.end; at += 1) {
    if (inner.start < inner.end && at === inner.start) at = inner.end;
    const name = sorted[at];
    if (at < outer.end && name !== undefined && name !== aboveInner) yield name;
  }
}
