/** The copy of a graph: a manifest and everything below it, by digest. */
import { NotFoundError, RegistryError } from '../../errors/errors.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import { manifestSuccessors } from '../spec/manifest.ts';
import { copyBlob, pushBlob } from './copy-blob.ts';
import type { CopyEvent } from './copy-event.ts';
import { type CopyRun, type CopyTally, emptyTally, recordOutcome } from './copy-run.ts';
import { atSide } from './copy-side.ts';
import { assertListedAs, fetchNode, type GraphNode, requiredBlobs } from './graph-node.ts';
import { assertDepth, settleAll, walkGraph } from './graph-walk.ts';
import type { FetchedManifest, Source, Target } from './target.ts';

/** How a copy is made. */
export interface CopyOptions {
  readonly signal?: AbortSignal;
  /** Exchanges with source and target at once. */
  readonly concurrency?: number;
  readonly onEvent?: (event: CopyEvent) => void;
  /** Also looks below manifests that the target has, and copies what is missing there. */
  readonly repair?: boolean;
}

/** Eight exchanges hide most of a slow network's round trips and stay below what registries throttle. */
export const copyDefaults = { concurrency: 8, repair: false } as const;

/** What a copy did. */
export interface CopyResult extends Readonly<CopyTally> {
  readonly root: Descriptor;
  /** The root manifest; undefined when the target had it, so that it was not read. */
  readonly manifest: FetchedManifest | undefined;
}

/**
 * Copies the manifest named by `root.digest` and everything below it, under no tag.
 *
 * A manifest is pushed when all it points at is there, so a manifest that the target has is taken to be complete there,
 * and the walk does not go below it (where other hands may have made holes, `repair`). Every digest is copied once.
 * When the copy fails, nothing of it is still running; a repeat continues where it stopped. Layers that their makers
 * want fetched from elsewhere are left out.
 *
 * @throws NotFoundError MANIFEST_UNKNOWN, BLOB_UNKNOWN when the source is incomplete.
 * @throws IntegrityError when the source's bytes are not what their digests say, or a manifest cannot be understood.
 */
export async function copyGraph(
  source: Source,
  target: Target,
  root: Descriptor,
  options: CopyOptions = {},
): Promise<CopyResult> {
  const { signal, concurrency = copyDefaults.concurrency, repair = copyDefaults.repair } = options;
  const onEvent = options.onEvent ?? (() => {});
  return await walkGraph({ signal, concurrency }, async (walk) => {
    const run: CopyRun = { source, target, walk, repair, tally: emptyTally(), onEvent, manifest: undefined };
    await walk.visit('manifest', root, () => copyManifest(run, root, 0));
    return { root, ...run.tally, manifest: run.manifest };
  });
}

async function copyManifest(run: CopyRun, listed: Descriptor, depth: number): Promise<void> {
  run.onEvent({ kind: 'started', descriptor: listed });
  const present = await askTarget(run, listed);
  if (present && !run.repair) return recordOutcome(run, 'manifest', 'present', listed);

  const node = await readSource(run, listed);
  if (depth === 0) run.manifest = node.fetched;
  else assertListedAs(listed, node);
  await copySuccessors(run, node, depth);
  if (present) return recordOutcome(run, 'manifest', 'present', listed);

  await pushManifest(run, node);
  const { descriptor } = node.fetched;
  run.onEvent({ kind: 'progressed', descriptor, bytes: descriptor.size });
  recordOutcome(run, 'manifest', 'copied', descriptor);
}

async function copySuccessors(run: CopyRun, { manifest }: GraphNode, depth: number): Promise<void> {
  const { walk } = run;
  const manifests = manifestSuccessors(manifest);
  for (const child of manifests) assertDepth(depth + 1, child);
  await settleAll([
    ...manifests.map((child) => walk.visit('manifest', child, () => copyManifest(run, child, depth + 1))),
    ...requiredBlobs(manifest).map((blob) =>
      walk.visit('blob', blob, () => {
        run.onEvent({ kind: 'started', descriptor: blob });
        return walk.exchange(() => copyBlob(run, blob));
      }),
    ),
  ]);
}

/**
 * Pushes the manifest. Some registries answer that they have content and then refuse the manifest because they do not
 * (a copy interrupted elsewhere left it half committed; oras-go #1212): then all it points at is pushed unasked, once.
 */
async function pushManifest(run: CopyRun, node: GraphNode): Promise<void> {
  try {
    await writeTarget(run, node);
  } catch (error) {
    if (!reportsMissingContent(error)) throw error;
    await pushSuccessorsAgain(run, node);
    await writeTarget(run, node);
  }
}

async function pushSuccessorsAgain(run: CopyRun, { manifest }: GraphNode): Promise<void> {
  await settleAll([
    ...manifestSuccessors(manifest).map(async (child) => pushManifest(run, await readSource(run, child))),
    ...requiredBlobs(manifest).map((blob) => run.walk.exchange(() => pushBlob(run, blob, () => {}))),
  ]);
}

const missingContentCodes: ReadonlySet<string> = new Set(['BLOB_UNKNOWN', 'MANIFEST_BLOB_UNKNOWN', 'MANIFEST_UNKNOWN']);

function reportsMissingContent(error: unknown): boolean {
  if (error instanceof RegistryError) return error.specCodes.some((code) => missingContentCodes.has(code));
  return error instanceof NotFoundError && missingContentCodes.has(error.code);
}

async function askTarget(run: CopyRun, { digest }: Descriptor): Promise<boolean> {
  const { target, walk } = run;
  return await walk.exchange(async () => (await atSide('target', target.resolve(digest, walk.signal))) !== undefined);
}

async function readSource(run: CopyRun, { digest }: Descriptor): Promise<GraphNode> {
  const { source, walk } = run;
  return await walk.exchange(() => atSide('source', fetchNode(source, digest, walk.signal)));
}

async function writeTarget(run: CopyRun, node: GraphNode): Promise<void> {
  const { target, walk } = run;
  await walk.exchange(() => atSide('target', target.pushManifest(node.fetched, walk.signal)));
}
