/** Who needs what in one repository: each manifest with what it names, and each digest with the manifests that name it. */
import type { Digest } from '../../oci/spec/digest.ts';

export interface NeedGraph {
  /** Digests and the references between them: what it weighs in memory, some 100 bytes each. */
  readonly size: number;
  /** Adds the manifest with the digests that it names, in the place of what was known of it. */
  add(manifest: Digest, named: readonly Digest[]): void;
  /** Adds a manifest that is there, or should be, and cannot be read, in the place of what was known of it. */
  addUnreadable(manifest: Digest): void;
  remove(manifest: Digest): void;
  /** The manifests that name one of these digests. */
  naming(digests: Iterable<Digest>): ReadonlySet<Digest>;
  readonly unreadable: ReadonlySet<Digest>;
}

/** A digest that is named, or that is a manifest and names others. */
interface Node {
  readonly digest: Digest;
  /** Undefined for what is no manifest here, as far as is known. */
  names: readonly Node[] | undefined;
  readonly namedBy: Node[];
}

/** A graph of nothing. */
export function openNeedGraph(): NeedGraph {
  const nodes = new Map<Digest, Node>();
  const unreadable = new Set<Digest>();
  let references = 0;

  function nodeOf(digest: Digest): Node {
    const known = nodes.get(digest);
    if (known !== undefined) return known;
    const node: Node = { digest, names: undefined, namedBy: [] };
    nodes.set(digest, node);
    return node;
  }

  function dropIfIdle({ digest, names, namedBy }: Node): void {
    if (names === undefined && namedBy.length === 0) nodes.delete(digest);
  }

  function remove(digest: Digest): void {
    unreadable.delete(digest);
    const node = nodes.get(digest);
    if (node?.names === undefined) return;
    for (const named of node.names) {
      named.namedBy.splice(named.namedBy.indexOf(node), 1);
      dropIfIdle(named);
    }
    references -= node.names.length;
    node.names = undefined;
    dropIfIdle(node);
  }

  return {
    get size() {
      return nodes.size + references + unreadable.size;
    },
    add(digest, named) {
      remove(digest);
      const node = nodeOf(digest);
      node.names = [...new Set(named)].map(nodeOf);
      for (const each of node.names) each.namedBy.push(node);
      references += node.names.length;
    },
    addUnreadable(digest) {
      remove(digest);
      unreadable.add(digest);
    },
    remove,
    naming(digests) {
      const found = new Set<Digest>();
      for (const digest of digests) {
        for (const node of nodes.get(digest)?.namedBy ?? []) found.add(node.digest);
      }
      return found;
    },
    unreadable,
  };
}
