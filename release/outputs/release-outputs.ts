/** The outputs of a release as values: what the Action hands to later steps and the command line writes into a file. */
import type { RungHold } from '../../core/ladder.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { formatPlatform } from '../../oci/spec/platform.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import { placeName } from '../places/place-name.ts';
import type { PlaceError, PlaceOutcome, ReleaseOutcome, ReleaseWarning } from '../release-outcome.ts';
import type { Revision } from '../release-request.ts';

/** By name, as in the table of outputs; `metadata` has all of them. */
export interface ReleaseOutputs {
  /** Empty when nothing was built and nothing was there. */
  readonly digest: Digest | '';
  /** Empty for an image that is no version. */
  readonly version: string;
  readonly tags: readonly string[];
  readonly 'tag-names': readonly Tag[];
  readonly moved: readonly MovedTag[];
  readonly held: readonly HeldTag[];
  readonly images: readonly ImageResult[];
  readonly platforms: Readonly<Record<string, Digest>>;
  readonly reused: boolean;
  readonly subjects: readonly Subject[];
  readonly metadata: ReleaseMetadata;
}

/** A tag that names the image now and did not before; `from` is null where the tag is new. */
export interface MovedTag {
  readonly image: string;
  readonly tag: Tag;
  readonly from: Digest | null;
  readonly to: Digest | null;
}

/** A floating tag that stayed; `at` is the version it belongs to, null when no version may have it. */
export interface HeldTag {
  readonly image: string;
  readonly tag: Tag;
  readonly reason: RungHold['reason'];
  readonly at: string | null;
}

/** What became of one repository. `ref` names the image there by its digest; null when it is not there. */
export interface ImageResult {
  readonly image: string;
  readonly ref: string | null;
  readonly digest: Digest | null;
  readonly status: PlaceOutcome['status'];
  readonly required: boolean;
  readonly error: PlaceError | null;
}

/** What an attestation is about. */
export interface Subject {
  readonly name: string;
  readonly digest: Digest;
}

/** Everything about a release in one object. */
export interface ReleaseMetadata extends Omit<ReleaseOutputs, 'metadata'> {
  /** Changes when a field changes its meaning or goes. */
  readonly schema: 1;
  readonly origin: ReleaseOutcome['origin']['kind'];
  readonly builder: string | null;
  /** `committedAt` as ISO 8601, UTC. */
  readonly revision: Readonly<Record<keyof Revision, string | null>>;
  readonly warnings: readonly ReleaseWarning[];
  readonly 'dry-run': boolean;
}

/** The outputs of the outcome. */
export function releaseOutputs(outcome: ReleaseOutcome): ReleaseOutputs {
  const { subject, places, digest, origin, revision } = outcome;
  const tags = places.flatMap((place) => tagsOf(place, digest).map((tag) => ({ image: placeName(place.place), tag })));
  const plain = {
    digest: digest ?? ('' as const),
    version: subject.kind === 'version' ? subject.version.text : '',
    tags: tags.map(({ image, tag }) => `${image}:${tag}`),
    'tag-names': [...new Set(tags.map(({ tag }) => tag))],
    moved: places.flatMap(movedTags),
    held: places.flatMap(heldTags),
    images: places.map((place) => imageResult(place, digest)),
    platforms: Object.fromEntries(outcome.platforms.map((one) => [formatPlatform(one.platform), one.digest])),
    reused: origin.kind === 'reused',
    subjects: subjectsOf(places, digest),
  };
  return {
    ...plain,
    metadata: {
      schema: 1,
      ...plain,
      origin: origin.kind,
      builder: origin.kind === 'built' ? origin.builder : null,
      revision: revisionOf(revision),
      warnings: outcome.warnings,
      'dry-run': outcome.isDryRun,
    },
  };
}

function revisionOf({ commit, source, committedAt }: Revision): ReleaseMetadata['revision'] {
  const time = committedAt === undefined ? null : new Date(committedAt).toISOString();
  return { commit: commit ?? null, source: source ?? null, committedAt: time };
}

/** Tags that name the image when the release is over; in the plan of one that is not built yet, all of them. */
function tagsOf({ tags }: PlaceOutcome, digest: Digest | undefined): readonly Tag[] {
  return tags.filter(({ to }) => to === digest).map(({ tag }) => tag);
}

function movedTags({ place, tags }: PlaceOutcome): readonly MovedTag[] {
  return tags
    .filter(({ change }) => change !== 'unchanged')
    .map(({ tag, from, to }) => ({ image: placeName(place), tag, from: from ?? null, to: to ?? null }));
}

function heldTags({ place, held }: PlaceOutcome): readonly HeldTag[] {
  return held.map(({ tag, reason, heldAt }) => ({ image: placeName(place), tag, reason, at: heldAt ?? null }));
}

function imageResult({ place, status, error }: PlaceOutcome, digest: Digest | undefined): ImageResult {
  const image = placeName(place);
  const isThere = isPlaced(status) && digest !== undefined;
  return {
    image,
    ref: isThere ? `${image}@${digest}` : null,
    digest: isThere ? digest : null,
    status,
    required: place.isRequired,
    error: error ?? null,
  };
}

function subjectsOf(places: readonly PlaceOutcome[], digest: Digest | undefined): readonly Subject[] {
  if (digest === undefined) return [];
  return places.filter(({ status }) => isPlaced(status)).map(({ place }) => ({ name: placeName(place), digest }));
}

function isPlaced(status: PlaceOutcome['status']): boolean {
  return status === 'done' || status === 'content-only';
}
