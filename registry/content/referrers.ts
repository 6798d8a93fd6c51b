/** The manifests that point at a manifest: signatures, attestations, lists of contents. */
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import { type Digest, isDigest } from '../../oci/spec/digest.ts';
import { manifestSizeBytesMax } from '../../oci/spec/manifest.ts';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { type Answer, jsonAnswer } from '../http/answer.ts';
import type { Exchange, Operations } from '../http/exchange.ts';
import { linkToNext, pageEntriesMax } from '../http/page.ts';
import { onlyValue } from '../http/request-target.ts';
import type { ReferrersRoute } from '../http/route.ts';

/** What `/v2/<name>/referrers/<digest>` answers. */
export function referrersOperations(route: ReferrersRoute): Operations {
  return { GET: { verb: 'pull', answer: (exchange) => listReferrers(route, exchange) } };
}

/** The answer is read as a manifest, so it stays below the size of one; what is around the entries needs this much. */
const frameBytes = 1_024;

/**
 * An index of the referrers, an empty one for a subject or repository that does not exist: a referrer may come first.
 * Spec: distribution-spec v1.1.1, "Listing Referrers".
 */
async function listReferrers(route: ReferrersRoute, { storage, query }: Exchange): Promise<Answer> {
  const { repository, subject } = route;
  const artifactType = onlyValue(query, 'artifactType');
  const last = onlyValue(query, 'last') ?? '';
  const all = storage.listReferrers(repository, subject, isDigest(last) ? last : undefined);
  const { entries, next } = await cutReferrers(all, artifactType);
  const filter: Record<string, string> = artifactType === undefined ? {} : { artifactType };
  const path = `/v2/${repository}/referrers/${subject}`;
  return jsonAnswer(
    { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: entries },
    {
      headers: {
        'content-type': mediaTypes.ociIndex,
        ...(artifactType === undefined ? {} : { 'oci-filters-applied': 'artifactType' }),
        ...(next === undefined ? {} : linkToNext(path, { ...filter, last: next })),
      },
    },
  );
}

interface ReferrersPage {
  readonly entries: readonly Descriptor[];
  /** The referrer behind which the next page begins; undefined when there is none. */
  readonly next: Digest | undefined;
}

/**
 * Referrers looked at for one answer: whoever may push can add as many as he likes, and a filter may match none of them.
 * The answer is then short, or empty, and leads on.
 */
export const referrersLookedAtMax = 5_000;

/** Annotations may be large, so a page is bounded in bytes as well; one entry always fits, or nobody could get past it. */
async function cutReferrers(all: AsyncIterable<Descriptor>, artifactType: string | undefined): Promise<ReferrersPage> {
  const entries: Descriptor[] = [];
  let sizeBytes = frameBytes;
  let lookedAt = 0;
  let last: Digest | undefined;
  for await (const referrer of all) {
    if (lookedAt >= referrersLookedAtMax) return { entries, next: last };
    lookedAt += 1;
    if (artifactType === undefined || referrer.artifactType === artifactType) {
      sizeBytes += Buffer.byteLength(JSON.stringify(referrer)) + 1;
      const full = entries.length >= pageEntriesMax || sizeBytes > manifestSizeBytesMax;
      if (full && entries.length > 0) return { entries, next: last };
      entries.push(referrer);
    }
    last = referrer.digest;
  }
  return { entries, next: undefined };
}
