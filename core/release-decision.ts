/** What a release does about the version it is asked for, seen from what the exact tag names in every registry. */
import type { Digest } from '../oci/spec/digest.ts';
import type { Reason } from './decision.ts';

/** What the exact tag names in one repository. */
export type ExactSight =
  | { readonly kind: 'absent' }
  /** `revision` and `source` are what the image there says of itself; undefined when it says nothing. */
  | {
      readonly kind: 'present';
      readonly digest: Digest;
      readonly revision: string | undefined;
      readonly source: string | undefined;
    }
  | { readonly kind: 'unreadable' };

/** One repository that was looked at. */
export interface SeenPlace {
  /** `registry/repository`, for messages. */
  readonly name: string;
  readonly isRequired: boolean;
  readonly sight: ExactSight;
}

/** What is to be published, and what may be done about what is there. */
export interface ReleaseWish {
  /** The exact tag, as it is spelled in the repositories. */
  readonly tag: string;
  /** The commit; undefined when nobody told, which is never the same as any other. */
  readonly revision: string | undefined;
  readonly source: string | undefined;
  /** The image, where it is known before anything is built. */
  readonly digest: Digest | undefined;
  /** What makes an image that is there the same one: its digest alone, or being made from the same commit, too. */
  readonly sameBy: 'revision' | 'digest';
  readonly onExisting: 'refuse' | 'overwrite';
  /** What is published stays, whatever `onExisting` says. */
  readonly isProtected: boolean;
  /** Whether a required repository that cannot be read may be left out. */
  readonly partial: 'refuse' | 'allow';
}

/** The decision; the places in it are those that were given. */
export type ReleaseDecision<Place extends SeenPlace = SeenPlace> =
  /** Nothing is there: the image is made, and goes to every place that can be read. */
  | { readonly kind: 'build' }
  /** This image is there: nothing is made, and `lacking` get it from `from`. */
  | { readonly kind: 'adopt'; readonly digest: Digest; readonly from: Place; readonly lacking: readonly Place[] }
  /** Another image is there, and may be replaced. `adopted` is this one where some place has it, else it is made. */
  | {
      readonly kind: 'overwrite';
      readonly adopted: { readonly digest: Digest; readonly from: Place } | undefined;
      readonly over: readonly Place[];
    }
  | { readonly kind: 'refuse'; readonly reasons: readonly ReleaseRefusal<Place>[] };

/** A reason against the release. */
export interface ReleaseRefusal<Place extends SeenPlace = SeenPlace> extends Reason {
  readonly code: 'VERSION_PUBLISHED' | 'VERSION_DIVERGED' | 'REGISTRY_UNREADABLE';
  /** Where it was seen. */
  readonly places: readonly Place[];
}

/**
 * What to do, or every reason against it. The order of the places decides only who is copied from: the first required
 * one that has the image, else the first that has it.
 */
export function decideRelease<Place extends SeenPlace>(
  wish: ReleaseWish,
  places: readonly Place[],
): ReleaseDecision<Place> {
  const found = places.flatMap((place) => (place.sight.kind === 'present' ? [{ place, sight: place.sight }] : []));
  const same = found.filter(({ sight }) => isSame(sight, wish));
  // A place may have lost what tells the commit; bytes that are the same elsewhere are the same there.
  const digests = new Set(same.map(({ sight }) => sight.digest));
  const foreign = found.filter(({ sight }) => !digests.has(sight.digest));
  const adopted = same.find(({ place }) => place.isRequired) ?? same[0];
  const others = found.filter(({ sight }) => sight.digest !== adopted?.sight.digest);
  const mayOverwrite = wish.onExisting === 'overwrite' && !wish.isProtected;
  const reasons = [
    ...refuseUnreadable(wish, places),
    ...(mayOverwrite ? [] : [...refusePublished(wish, foreign), ...refuseDiverged(wish, found)]),
  ];
  if (reasons.length > 0) return { kind: 'refuse', reasons };
  const from = adopted && { digest: adopted.sight.digest, from: adopted.place };
  if (others.length > 0) return { kind: 'overwrite', adopted: from, over: others.map(({ place }) => place) };
  if (from === undefined) return { kind: 'build' };
  return { kind: 'adopt', ...from, lacking: places.filter(({ sight }) => sight.kind === 'absent') };
}

interface Found<Place> {
  readonly place: Place;
  readonly sight: Extract<ExactSight, { readonly kind: 'present' }>;
}

/** Whether the image that is there is the one that is to be published. */
function isSame(sight: Found<unknown>['sight'], wish: ReleaseWish): boolean {
  if (sight.digest === wish.digest) return true;
  if (wish.sameBy === 'digest' || wish.revision === undefined || sight.revision === undefined) return false;
  if (sight.revision.toLowerCase() !== wish.revision.toLowerCase()) return false;
  // A commit is known by its digits; the source only tells forks apart, where both sides name one.
  if (sight.source === undefined || wish.source === undefined) return true;
  return addressOf(sight.source) === addressOf(wish.source);
}

/** Builders write the address with and without its ending. */
function addressOf(source: string): string {
  return source
    .toLowerCase()
    .replace(/\/+$/, '')
    .replace(/\.git$/, '');
}

/** What cannot be read may hold the version as another image. */
function refuseUnreadable<Place extends SeenPlace>(
  { tag, partial }: ReleaseWish,
  places: readonly Place[],
): readonly ReleaseRefusal<Place>[] {
  const unreadable = places.filter(({ sight }) => sight.kind === 'unreadable');
  const isLeftAlone = unreadable.length === places.length;
  return unreadable
    .filter(({ isRequired }) => isLeftAlone || (isRequired && partial === 'refuse'))
    .map((place) => ({
      code: 'REGISTRY_UNREADABLE',
      message: `cannot see whether ${tag} is published already: ${place.name}`,
      wayOut: 'see that the registry can be reached and read with the credentials that were given',
      places: [place],
    }));
}

function refusePublished<Place extends SeenPlace>(
  wish: ReleaseWish,
  foreign: readonly Found<Place>[],
): readonly ReleaseRefusal<Place>[] {
  return foreign.map(({ place, sight }) => ({
    code: 'VERSION_PUBLISHED',
    message: `${wish.tag} is published already: ${place.name}:${wish.tag} is ${sayImage(sight)}, not ${sayWish(wish)}`,
    wayOut: publishedWayOut(wish, sight),
    places: [place],
  }));
}

function refuseDiverged<Place extends SeenPlace>(
  { tag, isProtected }: ReleaseWish,
  found: readonly Found<Place>[],
): readonly ReleaseRefusal<Place>[] {
  if (new Set(found.map(({ sight }) => sight.digest)).size < 2) return [];
  const named = found.map(({ place, sight }) => `${place.name}:${tag} is ${sayImage(sight)}`);
  const cleared = 'find out which one is right, and delete the tag where it is wrong';
  return [
    {
      code: 'VERSION_DIVERGED',
      message: `${tag} is not the same image everywhere: ${named.join(', ')}`,
      wayOut: isProtected ? cleared : `${cleared}; or set on-existing to overwrite`,
      places: found.map(({ place }) => place),
    },
  ];
}

function publishedWayOut({ isProtected, revision, sameBy }: ReleaseWish, sight: Found<unknown>['sight']): string {
  const anew = 'release the image under a new version';
  const unknown =
    sameBy === 'revision' && (revision === undefined || sight.revision === undefined)
      ? '; a commit is recognised by the label org.opencontainers.image.revision, which one of the two lacks'
      : '';
  if (isProtected) return `${anew}: what is published is protected here${unknown}`;
  return `${anew}; to replace what is published on purpose, set on-existing to overwrite${unknown}`;
}

function sayImage({ digest, revision }: Found<unknown>['sight']): string {
  return `${digest} from ${revision === undefined ? 'a commit it does not name' : revision}`;
}

function sayWish({ digest, revision, sameBy }: ReleaseWish): string {
  const from = revision === undefined ? 'from a commit that nobody named' : `from ${revision}`;
  if (digest === undefined) return `an image that is yet to be made ${from}`;
  return sameBy === 'digest' ? digest : `${digest} ${from}`;
}
