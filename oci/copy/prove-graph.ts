/** The proof that a repository holds a whole graph. */
import { NotFoundError } from '../../errors/errors.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import { manifestSuccessors } from '../spec/manifest.ts';
import { assertListedAs, fetchNode, type GraphNode, requiredBlobs } from './graph-node.ts';
import { assertDepth, type GraphWalk, settleAll, walkGraph } from './graph-walk.ts';
import type { FetchedManifest, Source } from './target.ts';

/** How far a proof goes. */
export interface ProofOptions {
  readonly signal?: AbortSignal;
  /** `graph`: every manifest is read and every blob asked for. `manifests`: blobs are taken on trust. */
  readonly depth?: 'graph' | 'manifests';
  /** Exchanges with the repository at once. */
  readonly concurrency?: number;
}

/** A proof asks only for what is there, so it can go on wider than a copy. */
export const proofDefaults = { depth: 'graph', concurrency: 16 } as const;

/** What a proof found. */
export type Proof =
  /** `manifest` is the root as it lies there; `checked` counts the distinct manifests and blobs found. */
  | { readonly complete: true; readonly manifest: FetchedManifest; readonly checked: number }
  /** Everything found missing; what lies below a missing manifest is not known. */
  | { readonly complete: false; readonly missing: readonly Descriptor[] };

/**
 * Reads back the manifest named by `root.digest` and what lies below it. Manifests are verified byte by byte; of a blob
 * it is asked whether the repository has it.
 *
 * @throws IntegrityError when a manifest is there and its bytes are not what they should be.
 */
export async function proveGraph(target: Source, root: Descriptor, options: ProofOptions = {}): Promise<Proof> {
  const { signal, depth = proofDefaults.depth, concurrency = proofDefaults.concurrency } = options;
  return await walkGraph({ signal, concurrency }, async (walk) => {
    const proving: Proving = { target, walk, withBlobs: depth === 'graph', missing: [], found: 0, root: undefined };
    await walk.visit('manifest', root, () => proveManifest(proving, root, 0));
    const { missing, found } = proving;
    return proving.root === undefined || missing.length > 0
      ? { complete: false, missing }
      : { complete: true, manifest: proving.root.fetched, checked: found };
  });
}

interface Proving {
  readonly target: Source;
  readonly walk: GraphWalk;
  readonly withBlobs: boolean;
  readonly missing: Descriptor[];
  found: number;
  root: GraphNode | undefined;
}

async function proveManifest(proving: Proving, listed: Descriptor, depth: number): Promise<void> {
  const { walk, target } = proving;
  const node = await walk.exchange(() => readNode(target, listed, walk.signal));
  if (node === undefined) {
    proving.missing.push(listed);
    return;
  }
  proving.found += 1;
  if (depth === 0) proving.root = node;
  else assertListedAs(listed, node);
  await proveSuccessors(proving, node, depth);
}

async function proveSuccessors(proving: Proving, { manifest }: GraphNode, depth: number): Promise<void> {
  const { walk } = proving;
  const manifests = manifestSuccessors(manifest);
  const blobs = proving.withBlobs ? requiredBlobs(manifest) : [];
  for (const child of manifests) assertDepth(depth + 1, child);
  await settleAll([
    ...manifests.map((child) => walk.visit('manifest', child, () => proveManifest(proving, child, depth + 1))),
    ...blobs.map((blob) => walk.visit('blob', blob, () => proveBlob(proving, blob))),
  ]);
}

async function proveBlob(proving: Proving, blob: Descriptor): Promise<void> {
  const { walk, target } = proving;
  if (await walk.exchange(() => target.hasBlob(blob, walk.signal))) proving.found += 1;
  else proving.missing.push(blob);
}

async function readNode(target: Source, { digest }: Descriptor, signal: AbortSignal): Promise<GraphNode | undefined> {
  try {
    return await fetchNode(target, digest, signal);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
