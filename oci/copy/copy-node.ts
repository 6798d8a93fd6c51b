/** The copy of a manifest and everything below it, to every target of a run. */
import type { Descriptor } from '../spec/descriptor.ts';
import { manifestSuccessors } from '../spec/manifest.ts';
import { mediaTypes } from '../spec/media-type.ts';
import { copyBlob, copyBlobAgain } from './copy-blob.ts';
import type { CopyOutcome } from './copy-event.ts';
import { type CopyLeg, type CopyRun, onEachLeg, recordOutcome, reportOutcome } from './copy-run.ts';
import { atSide } from './copy-side.ts';
import { type BlobQuestion, readAheadSizeBytesMax } from './delivery.ts';
import { assertListedAs, fetchNode, type GraphNode, requiredBlobs, skippedBlobs } from './graph-node.ts';
import { assertDepth, settleAll } from './graph-walk.ts';
import { reportsMissingContent } from './missing-content.ts';
import type { FetchedManifest } from './target.ts';

/** How a manifest gets to a target: by its digest, or under a tag. */
export type WriteManifest = (leg: CopyLeg, manifest: FetchedManifest) => Promise<void>;

/** By its digest, under no tag. */
export const writeByDigest: WriteManifest = (leg, manifest) => leg.delivery.deliverManifest(manifest);

/** Copies a manifest that an index lists, `depth` levels below the root, to every target that lacks it. */
export async function copyListed(run: CopyRun, listed: Descriptor, depth: number): Promise<void> {
  run.onEvent({ kind: 'started', descriptor: listed });
  const lacking = await legsWithout(run, listed);
  if (lacking.length === 0 && !run.repair) return reportOutcome(run, present, listed);
  const node = await readSource(run, listed);
  assertListedAs(listed, node);
  await copyNode(run, node, depth, lacking);
}

/** Copies what the node points at, then the node itself, by its digest, to the targets that lack it. */
export async function copyNode(
  run: CopyRun,
  node: GraphNode,
  depth: number,
  lacking: readonly CopyLeg[],
): Promise<void> {
  await copySuccessors(run, node, depth);
  await onEachLeg(run, async (leg) => {
    if (lacking.includes(leg)) await writeNode(run, leg, node, writeByDigest);
  });
  reportNode(run, node, lacking);
}

/** Counts and reports a manifest that was written to the legs that lacked it. */
export function reportNode(run: CopyRun, { fetched }: GraphNode, lacking: readonly CopyLeg[]): void {
  const { descriptor } = fetched;
  for (const leg of lacking) if (leg.failure === undefined) recordOutcome(leg, 'manifest', 'copied', descriptor);
  if (lacking.length > 0) run.onEvent({ kind: 'progressed', descriptor, bytes: descriptor.size });
  reportOutcome(run, lacking.length > 0 ? copied : present, descriptor);
}

const present: ReadonlySet<CopyOutcome> = new Set(['present']);
const copied: ReadonlySet<CopyOutcome> = new Set(['copied']);

/** The manifest at the source, and what it points at. */
export async function readSource(run: CopyRun, { digest }: Descriptor): Promise<GraphNode> {
  const { source, walk } = run;
  const read = () => walk.exchange(() => atSide('source', fetchNode(source, digest, walk.signal)));
  const node = await (run.ahead.take(digest) ?? read());
  rememberSource(run, node);
  return node;
}

/** What lies at the source can be mounted from there later. */
export function rememberSource(run: CopyRun, { manifest }: GraphNode): void {
  if (run.source.place !== undefined) run.memory.rememberCommitted(run.source.place, requiredBlobs(manifest));
}

/** The legs whose target does not have the manifest; for the others it counts as present. */
export async function legsWithout(
  run: CopyRun,
  manifest: Descriptor,
  isAskedAnyway = false,
): Promise<readonly CopyLeg[]> {
  const lacking: CopyLeg[] = [];
  await onEachLeg(run, async (leg) => {
    const { delivery } = leg;
    const isThere = await run.walk.exchange(() => delivery.hasManifest(manifest, isAskedAnyway));
    if (isThere) recordOutcome(leg, 'manifest', 'present', manifest);
    else lacking.push(leg);
  });
  return lacking;
}

/** Copies what the node points at: manifests first, whose blobs follow; then the largest blobs, which take longest. */
export async function copySuccessors(run: CopyRun, { manifest }: GraphNode, depth: number): Promise<void> {
  const { walk } = run;
  const manifests = manifestSuccessors(manifest);
  for (const child of manifests) assertDepth(depth + 1, child);
  for (const blob of skippedBlobs(manifest)) skipBlob(run, blob);
  const blobs = requiredBlobs(manifest).toSorted((one, other) => other.size - one.size);
  const config = manifest.kind === 'image' ? manifest.config : undefined;
  await settleAll([
    ...manifests.map((child) => walk.visit('manifest', child, () => copyListed(run, child, depth + 1))),
    ...blobs.map((blob) =>
      walk.visit('blob', blob, () => copyInSlot(run, { descriptor: blob, isConfig: isOwnConfig(blob, config) })),
    ),
  ]);
}

/** Artifacts share the empty configuration, which is likely to be there. */
function isOwnConfig(blob: Descriptor, config: Descriptor | undefined): boolean {
  return blob.digest === config?.digest && blob.mediaType !== mediaTypes.ociEmpty;
}

function copyInSlot(run: CopyRun, blob: BlobQuestion): Promise<void> {
  const { walk } = run;
  // Before it is its turn: who watches wants to know early how much there is to do.
  run.onEvent({ kind: 'started', descriptor: blob.descriptor });
  const inSlot = blob.descriptor.size > readAheadSizeBytesMax ? walk.bulk : walk.exchange;
  return inSlot(() => copyBlob(run, blob));
}

function skipBlob(run: CopyRun, blob: Descriptor): void {
  if (run.skipped.has(blob.digest)) return;
  run.skipped.set(blob.digest, blob);
  run.onEvent({ kind: 'skipped', descriptor: blob });
}

/**
 * Writes the manifest. Some registries answer that they have content and then refuse the manifest because they do not
 * (a copy interrupted elsewhere left it half committed; oras-go #1212), and what was remembered may be gone: then all
 * it points at is pushed unasked, once.
 */
export async function writeNode(run: CopyRun, leg: CopyLeg, node: GraphNode, write: WriteManifest): Promise<void> {
  const { walk } = run;
  try {
    await walk.exchange(() => write(leg, node.fetched));
  } catch (error) {
    if (!reportsMissingContent(error)) throw error;
    leg.delivery.forget();
    await pushSuccessorsAgain(run, leg, node);
    await walk.exchange(() => write(leg, node.fetched));
  }
  leg.delivery.recordManifest(node);
}

async function pushSuccessorsAgain(run: CopyRun, leg: CopyLeg, { manifest }: GraphNode): Promise<void> {
  await settleAll([
    ...manifestSuccessors(manifest).map(async (child) =>
      writeNode(run, leg, await readSource(run, child), writeByDigest),
    ),
    ...requiredBlobs(manifest).map((blob) => run.walk.bulk(() => copyBlobAgain(run, leg, blob))),
  ]);
}
