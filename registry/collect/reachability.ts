/** Walking a graph of digests, however deep it is and even if it goes round in circles. */
import type { Digest } from '../../oci/spec/digest.ts';

type Next = (digest: Digest) => readonly Digest[];

/** The roots and everything that can be reached from them. */
export function reachedFrom(roots: Iterable<Digest>, next: Next): ReadonlySet<Digest> {
  const reached = new Set(roots);
  // A set goes on with what is added while it is walked.
  for (const digest of reached) {
    for (const following of next(digest)) reached.add(following);
  }
  return reached;
}

/** The digests so that each comes before whatever can be reached from it, unless the two reach each other. */
export function parentsFirst(digests: Iterable<Digest>, next: Next): readonly Digest[] {
  const wanted = new Set(digests);
  const seen = new Set<Digest>();
  const childrenFirst: Digest[] = [];
  for (const root of wanted) {
    if (seen.has(root)) continue;
    seen.add(root);
    const open = [{ digest: root, rest: next(root)[Symbol.iterator]() }];
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const { done, value } = top.rest.next();
      if (done === true) {
        childrenFirst.push(top.digest);
        open.pop();
      } else if (wanted.has(value) && !seen.has(value)) {
        seen.add(value);
        open.push({ digest: value, rest: next(value)[Symbol.iterator]() });
      }
    }
  }
  return childrenFirst.reverse();
}
