/** The decision about a version that may be there already, or the error that ends the release. */
import {
  decideRelease,
  type ReleaseDecision,
  type ReleaseRefusal,
  type ReleaseWish,
} from '../../core/release-decision.ts';
import { assert, ConflictError, type ErrorFields } from '../../errors/errors.ts';
import type { ObtainedImage } from '../image/obtained-image.ts';
import type { ReleaseRun } from '../release-run.ts';
import type { PlaceLook } from './look-at-places.ts';

/** A decision that lets the release go on. */
export type PlaceDecision = Exclude<ReleaseDecision<PlaceLook>, { readonly kind: 'refuse' }>;

/**
 * What to do, seen from all places; `known` is the image, where it is there before anything is built.
 * @throws ConflictError VERSION_PUBLISHED, VERSION_DIVERGED, with every reason in the message; what reading a required
 * place failed with.
 */
export function decideOnPlaces(
  run: ReleaseRun,
  looks: readonly PlaceLook[],
  known: ObtainedImage | undefined,
): PlaceDecision {
  const decision = decideRelease(wishOf(run, known), looks);
  if (decision.kind !== 'refuse') return decision;
  throw refusal(decision.reasons);
}

/** What a release asks of the places. */
export function wishOf({ request, exact }: ReleaseRun, known: ObtainedImage | undefined): ReleaseWish {
  const { policy, revision, build } = request;
  const ready = build.ready?.kind;
  return {
    tag: exact ?? '',
    revision: revision.commit,
    source: revision.source,
    digest: known?.root.digest,
    // Who names an image by its digest means that one, whatever else was made from the commit.
    sameBy: ready === 'digest' || ready === 'merge' ? 'digest' : 'revision',
    onExisting: policy.onExisting,
    isProtected: policy.isProtected,
    partial: policy.partial,
  };
}

/** What could not be read goes first: what else is wrong may only seem so without it. */
function refusal(reasons: readonly ReleaseRefusal<PlaceLook>[]): unknown {
  const unread = reasons.flatMap(({ code, places }) =>
    code === 'REGISTRY_UNREADABLE' ? places.flatMap(({ failure }) => failure ?? []) : [],
  );
  if (unread[0] !== undefined) return unread[0];
  const [first] = reasons.flatMap(({ code, wayOut }) => (code === 'REGISTRY_UNREADABLE' ? [] : [{ code, wayOut }]));
  assert(first !== undefined, 'a refusal has a reason');
  const fields: ErrorFields = { reasons: reasons.map(({ code, message }) => `${code}: ${message}`) };
  return new ConflictError({ ...first, message: reasons.map(({ message }) => message).join('; '), fields });
}
