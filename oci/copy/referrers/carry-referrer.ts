/** The copy of one referrer: what it points at, then the manifest itself, so that it is found at the target as at the source. */
import { ConflictError, IntegrityError } from '../../../errors/errors.ts';
import type { Descriptor } from '../../spec/descriptor.ts';
import { type Manifest, parseManifest } from '../../spec/manifest.ts';
import { mediaTypes } from '../../spec/media-type.ts';
import { referrerDescriptor } from '../../spec/referrer.ts';
import type { Tag } from '../../spec/tag.ts';
import { type CopyOptions, runCopy } from '../copy-graph.ts';
import { copySuccessors, readSource, reportNode, writeNode } from '../copy-node.ts';
import { atSide } from '../copy-side.ts';
import type { GraphNode } from '../graph-node.ts';
import { settleAll } from '../graph-walk.ts';
import { moveTags } from '../move-tags.ts';
import type { FetchedManifest, Source, Target } from '../target.ts';
import { compareCosign } from './referrer-cosign.ts';
import type { FoundReferrer } from './referrer-report.ts';

/** Where referrers are carried from and to, and how their content is copied. */
export interface Carriage {
  readonly source: Source;
  readonly target: Target;
  readonly copy: CopyOptions;
}

/** What became of one: `unlisted` when it is at the target and its subject's list has yet to name it, as this entry. */
export type Carried =
  | { readonly kind: 'present' | 'carried' }
  | { readonly kind: 'unlisted'; readonly entry: Descriptor };

/** What is not larger is sent unasked: a signature or report is new, and asking would cost as much as half of sending. */
const sentUnaskedSizeBytesMax = 64 * 1024;

/**
 * Carries a referrer that the target does not list. Its manifest is pushed even if it is stored there: a copy that was
 * broken off may have left it unlisted.
 * @throws IntegrityError MANIFEST_INVALID when it points at another subject than it was listed under.
 */
export async function carryListed(carriage: Carriage, referrer: FoundReferrer): Promise<Carried> {
  let carried: Carried = { kind: 'carried' };
  await copyReferrer(carriage, referrer, async ({ manifest, fetched }, signal) => {
    const stored = await pushListed(carriage.target, fetched, signal);
    if (stored === 'unlisted') {
      carried = { kind: 'unlisted', entry: referrerDescriptor(manifest, fetched.descriptor) };
    }
  });
  return carried;
}

/**
 * Carries what cosign keeps under a tag. The target's tag moves only to what holds all that it named: signatures are
 * layers of one manifest there, and each side may have some that the other has not.
 * @throws ConflictError REFERRER_CONFLICT when the target's tag would lose any.
 */
export async function carryTagged(carriage: Carriage, referrer: FoundReferrer, tag: Tag): Promise<Carried> {
  const { source, target, copy } = carriage;
  const there = await atSide('target', target.resolve(tag, copy.signal));
  if (there?.digest === referrer.descriptor.digest) return { kind: 'present' };
  if (there !== undefined) {
    const [ours, theirs] = await Promise.all([
      atSide('source', source.fetchManifest(referrer.descriptor.digest, copy.signal)),
      atSide('target', target.fetchManifest(there.digest, copy.signal)),
    ]);
    if (compareCosign(parse(theirs), parse(ours)) === 'holds') return { kind: 'present' };
    if (compareCosign(parse(ours), parse(theirs)) === 'lacks') throw conflict(target, tag);
  }
  const errand = {
    target,
    tags: [tag],
    named: new Map(there === undefined ? [] : [[tag, there]]),
    isWithinSource: false,
    failure: undefined,
  };
  await copyReferrer(carriage, referrer, ({ fetched }, signal) => moveTags(errand, [tag], fetched, signal));
  return { kind: 'carried' };
}

async function copyReferrer(
  { source, target, copy }: Carriage,
  referrer: FoundReferrer,
  write: (node: GraphNode, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  await runCopy(source, [{ target: sendingSmallUnasked(target) }], copy, async (run) => {
    const node = await readSource(run, referrer.descriptor);
    if (referrer.tag === undefined) assertSubject(node, referrer);
    const { descriptor } = node.fetched;
    const { walk } = run;
    run.onEvent({ kind: 'started', descriptor });
    await walk.visit('manifest', descriptor, async () => {
      await copySuccessors(run, node, 0);
      await settleAll(run.legs.map((leg) => writeNode(run, leg, node, () => write(node, walk.signal))));
      reportNode(run, node, run.legs);
    });
  });
}

/** The empty configuration is asked for: all artifacts share it. */
function sendingSmallUnasked(target: Target): Target {
  return {
    ...target,
    async hasBlob(blob, signal) {
      if (blob.mediaType !== mediaTypes.ociEmpty && blob.size <= sentUnaskedSizeBytesMax) return false;
      return await target.hasBlob(blob, signal);
    },
  };
}

async function pushListed(
  target: Target,
  manifest: FetchedManifest,
  signal: AbortSignal,
): Promise<'listed' | 'unlisted'> {
  if (target.pushReferrer !== undefined) return await atSide('target', target.pushReferrer(manifest, signal));
  await atSide('target', target.pushManifest(manifest, signal));
  return target.listReferrers === undefined ? 'unlisted' : 'listed';
}

function assertSubject({ manifest, fetched }: GraphNode, { subject, door }: FoundReferrer): void {
  if (manifest.subject?.digest === subject) return;
  throw new IntegrityError({
    code: 'MANIFEST_INVALID',
    message: `${door} lists ${fetched.descriptor.digest} as a referrer of ${subject}, its subject is ${manifest.subject?.digest ?? 'none'}`,
  });
}

function parse({ bytes, descriptor }: FetchedManifest): Manifest {
  return parseManifest(bytes, descriptor.mediaType);
}

function conflict(target: Target, tag: Tag): ConflictError {
  return new ConflictError({
    code: 'REFERRER_CONFLICT',
    message: `tag holds what the source's does not: ${target.name}:${tag}`,
  });
}
