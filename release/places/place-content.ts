/** The image brought to every registry by its digest, and proved to be there. */
import type { ErrorCode } from '../../errors/catalogue.ts';
import { CodedError, NotFoundError } from '../../errors/errors.ts';
import { copyGraph } from '../../oci/copy/copy-graph.ts';
import { copyToMany, type DestinationOutcome } from '../../oci/copy/copy-to-many.ts';
import { proveGraph } from '../../oci/copy/prove-graph.ts';
import type { ReferrerReport } from '../../oci/copy/referrers/referrer-report.ts';
import type { Target } from '../../oci/copy/target.ts';
import type { ObtainedImage } from '../image/obtained-image.ts';
import type { ReleaseRun } from '../release-run.ts';
import { explainRefusal } from './explain-refusal.ts';
import type { PlaceLook } from './look-at-places.ts';
import { advance, beginAt, failed, type PlaceProgress } from './place-progress.ts';

/**
 * Copies the image to every place that lacks it: read once, written to each, each with its own outcome; what points at
 * the image goes along. Then each place is asked for all of it. No tag has moved yet.
 *
 * @throws what the image's own side throws while it is looked at.
 */
export async function placeContent(
  run: ReleaseRun,
  image: ObtainedImage,
  looks: readonly PlaceLook[],
): Promise<readonly PlaceProgress[]> {
  const copied = await copyToLacking(run, image, looks.map(beginAt));
  return await advance(run, copied, async (progress, target) => {
    await proveContent(run, image, target, holds(progress.look, image) ? 'manifests' : 'graph');
    run.emit({ kind: 'placed', place: progress.look.place, digest: image.root.digest });
    return progress;
  });
}

async function copyToLacking(
  run: ReleaseRun,
  image: ObtainedImage,
  places: readonly PlaceProgress[],
): Promise<readonly PlaceProgress[]> {
  const lacking = places.flatMap((progress) => {
    const { target } = progress.look;
    const isThere = holds(progress.look, image) || isOwn(image, target);
    return target === undefined || progress.failure !== undefined || isThere ? [] : [{ progress, target }];
  });
  if (lacking.length === 0) return places;
  const { signal, memory, emit } = run;
  const destinations = lacking.map(({ target }) => ({ target, tags: [] }));
  const outcomes = await copyToMany(image.from, image.root.digest, destinations, {
    signal,
    memory,
    onEvent: (event) => emit({ kind: 'copying', event }),
    referrers: {},
  });
  const after = new Map<PlaceProgress, PlaceProgress>();
  for (const [at, { progress, target }] of lacking.entries()) {
    after.set(progress, await afterCopy(run, image, { progress, target, outcome: outcomes[at] }));
  }
  return places.map((progress) => after.get(progress) ?? progress);
}

/** Whether the exact tag named this image at the first look. */
function holds({ sight }: PlaceLook, { root }: ObtainedImage): boolean {
  return sight.kind === 'present' && sight.digest === root.digest;
}

/** Whether the place is the repository that the image is read from; an index that was made here is not there yet. */
function isOwn({ from, root }: ObtainedImage, target: Target | undefined): boolean {
  if (from.made === root.digest || target === undefined) return false;
  const [one, other] = [from.place, target.place];
  if (one === undefined || other === undefined) return from === target;
  return one.registry === other.registry && one.repository === other.repository;
}

async function afterCopy(
  run: ReleaseRun,
  image: ObtainedImage,
  copy: {
    readonly progress: PlaceProgress;
    readonly target: Target;
    readonly outcome: DestinationOutcome | undefined;
  },
): Promise<PlaceProgress> {
  const { progress, target, outcome } = copy;
  if (outcome?.kind === 'copied') {
    warnOfReferrers(run, progress.look.name, outcome.result.referrers);
    return progress;
  }
  const cause = outcome?.cause;
  return failed(progress, cause instanceof CodedError ? await explainRefusal(run, image, target, cause) : cause);
}

/** Signatures that were left behind stop nothing, and have to be known. */
function warnOfReferrers({ warn }: ReleaseRun, name: string, report: ReferrerReport | undefined): void {
  for (const { code, message } of report?.failed ?? []) {
    const hint = isRefusal(code) ? '; where a registry takes no attestations, set attestations to none' : '';
    warn('referrer-not-carried', `what points at the image was not brought to ${name}: ${message}${hint}`);
  }
}

function isRefusal(code: ErrorCode): boolean {
  return code === 'REGISTRY_REFUSED' || code === 'REGISTRY_DENIED';
}

/** What a registry has lost below a manifest that it still has is copied again, once. */
async function proveContent(
  { signal, memory }: ReleaseRun,
  { from, root }: ObtainedImage,
  target: Target,
  depth: 'graph' | 'manifests',
): Promise<void> {
  const proof = await proveGraph(target, root, { signal, depth });
  if (proof.complete) return;
  if (from.name !== target.name) {
    await copyGraph(from, target, root, { signal, memory, repair: true });
    const again = await proveGraph(target, root, { signal });
    if (again.complete) return;
  }
  const names = proof.missing.slice(0, namedMissingMax).map(({ digest }) => digest);
  throw new NotFoundError({
    code: 'CONTENT_MISSING',
    message: `content of ${target.name}@${root.digest} is missing: ${names.join(', ')}`,
    wayOut: 'push the image again under a new version; see what in the registry deletes manifests without tags',
  });
}

/** Digests named in one error. */
const namedMissingMax = 5;
