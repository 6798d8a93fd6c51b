/** The manifests that point at a manifest of one repository: listing them, and pushing one so that it is listed. */
import { AccessError, IntegrityError } from '../../errors/errors.ts';
import { enterFallbackReferrers, type ListKeeper, listFallbackReferrers } from '../copy/referrers/referrer-fallback.ts';
import type { FetchedManifest, ReferrerListing } from '../copy/target.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import type { Digest } from '../spec/digest.ts';
import { parseManifest } from '../spec/manifest.ts';
import { referrerDescriptor } from '../spec/referrer.ts';
import { fetchManifest, pushManifest, pushTag, resolveManifest } from './manifests.ts';
import { listReferrersByApi } from './referrers-api.ts';
import type { ApiAnswer, ReferrersSupport } from './referrers-support.ts';
import type { Remote } from './remote.ts';

/**
 * Every referrer of the subject: as the registry lists them, else as clients do under the fallback tag.
 *
 * Spec: distribution-spec v1.1.1, "Listing Referrers", "Unavailable Referrers API".
 * @throws RegistryError rather than leave one out.
 */
export async function listReferrers(
  remote: Remote,
  support: ReferrersSupport,
  subject: Digest,
  signal?: AbortSignal,
): Promise<ReferrerListing> {
  const answer = await support.ask(remote.repository, () => askApi(remote, subject, signal));
  if (typeof answer !== 'string') return { door: 'api', referrers: answer };
  return { door: 'fallback-tag', referrers: await listFallbackReferrers(listKeeper(remote), subject, signal) };
}

/** Stores the manifest by its digest; one with a subject is listed when the push has succeeded. */
export async function pushListedManifest(
  remote: Remote,
  support: ReferrersSupport,
  manifest: FetchedManifest,
  signal?: AbortSignal,
): Promise<void> {
  const listedUnder = await pushManifest(remote, manifest, signal);
  await enterUnlessListed(remote, support, manifest, listedUnder, signal);
}

/** Stores the manifest by its digest, and says whether the registry lists it by itself. */
export async function pushReferrer(
  remote: Remote,
  support: ReferrersSupport,
  manifest: FetchedManifest,
  signal?: AbortSignal,
): Promise<'listed' | 'unlisted'> {
  const listedUnder = await pushManifest(remote, manifest, signal);
  return isListed(remote, support, listedUnder, parseReferrer(manifest)?.subject) ? 'listed' : 'unlisted';
}

/** Enters manifests that are there into the list that clients keep under the subject's fallback tag. */
export async function enterReferrers(
  remote: Remote,
  subject: Digest,
  referrers: readonly Descriptor[],
  signal?: AbortSignal,
): Promise<void> {
  await enterFallbackReferrers(listKeeper(remote), subject, referrers, signal);
}

async function askApi(remote: Remote, subject: Digest, signal: AbortSignal | undefined): Promise<ApiAnswer> {
  try {
    return await listReferrersByApi(remote, subject, signal);
  } catch (error) {
    // Harbor 2.7 refuses the credentials for an API that it does not have. If they are wrong indeed, the fallback tag,
    // for which they must be as good, is refused as well.
    if (error instanceof AccessError && !error.signedIn) return 'no answer';
    throw error;
  }
}

async function enterUnlessListed(
  remote: Remote,
  support: ReferrersSupport,
  manifest: FetchedManifest,
  listedUnder: Digest | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const referrer = parseReferrer(manifest);
  if (referrer === undefined || isListed(remote, support, listedUnder, referrer.subject)) return;
  await enterReferrers(remote, referrer.subject, [referrer.descriptor], signal);
}

/** ECR was seen to claim the subject without having the API (sigstore-js), so its absence counts for more. */
function isListed(
  { repository }: Remote,
  support: ReferrersSupport,
  listedUnder: Digest | undefined,
  subject: Digest | undefined,
): boolean {
  return listedUnder !== undefined && listedUnder === subject && !support.isMissing(repository);
}

interface Referrer {
  readonly subject: Digest;
  readonly descriptor: Descriptor;
}

/** Undefined for a manifest without a subject, and for one that only the registry can make sense of. */
function parseReferrer({ bytes, descriptor }: FetchedManifest): Referrer | undefined {
  try {
    const manifest = parseManifest(bytes, descriptor.mediaType);
    const subject = manifest.subject?.digest;
    return subject && { subject, descriptor: referrerDescriptor(manifest, descriptor) };
  } catch (error) {
    if (error instanceof IntegrityError) return undefined;
    throw error;
  }
}

function listKeeper(remote: Remote): ListKeeper {
  return {
    name: remote.name,
    resolve: (tagOrDigest, signal) => resolveManifest(remote, tagOrDigest, signal),
    fetchManifest: (tagOrDigest, signal) => fetchManifest(remote, tagOrDigest, signal),
    async pushTag(tag, manifest, options) {
      await pushTag(remote, tag, manifest, options);
    },
  };
}
