/** Manifests read while it is still being asked whether they are needed, which spares a round trip. */
import type { Descriptor } from '../spec/descriptor.ts';
import type { Digest } from '../spec/digest.ts';
import { atSide } from './copy-side.ts';
import { fetchNode, type GraphNode } from './graph-node.ts';
import type { GraphWalk } from './graph-walk.ts';
import type { Source } from './target.ts';

/** Manifests on their way. */
export interface ManifestsAhead {
  /** Begins to read them, each in its turn among the exchanges of the walk. */
  begin(manifests: readonly Descriptor[]): void;
  /** The one of the digest, once; undefined when it is not on its way. */
  take(digest: Digest): Promise<GraphNode> | undefined;
  /** Stops what nobody took, and waits for it. */
  close(): Promise<void>;
}

/** Read ahead at most. Images have a dozen platforms; more may be read in vain, and cost too much then. */
const manifestsMax = 16;

/** Nothing on its way yet. Nor will there be where reading a manifest counts as a pull. */
export function openManifestsAhead(source: Source, walk: GraphWalk): ManifestsAhead {
  const begun = new Map<Digest, Promise<GraphNode>>();
  const stop = new AbortController();
  const signal = AbortSignal.any([walk.signal, stop.signal]);
  return {
    begin(manifests) {
      if (source.countsPulls) return;
      // An index may list one of them twice.
      for (const digest of new Set(manifests.slice(0, manifestsMax).map((manifest) => manifest.digest))) {
        const reading = walk.exchange(() => {
          signal.throwIfAborted();
          return atSide('source', fetchNode(source, digest, signal));
        });
        // What is wrong with it is for whoever takes it.
        reading.catch(() => {});
        begun.set(digest, reading);
      }
    },
    take(digest) {
      const reading = begun.get(digest);
      begun.delete(digest);
      return reading;
    },
    async close() {
      stop.abort();
      await Promise.allSettled(begun.values());
    },
  };
}
