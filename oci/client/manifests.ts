/** Reading, writing and deleting the manifests of one repository. */
import { ConflictError, NotFoundError } from '../../errors/errors.ts';
import type { FetchedManifest, PushTagOptions, Resolved } from '../copy/target.ts';
import { type Digest, isDigest } from '../spec/digest.ts';
import { mediaTypes } from '../spec/media-type.ts';
import type { Tag } from '../spec/tag.ts';
import { verifiedManifest } from '../verified-manifest.ts';
import { commandHeaders } from './command.ts';
import { fenceHeader, parseFence } from './fence.ts';
import { readManifest } from './manifest-answer.ts';
import { type Remote, urlBelow } from './remote.ts';
import { assertStored, digestIn } from './stored-digest.ts';
import type { Answer } from './wire/answer.ts';
import { type Asked, readRefusal, refusalError, throwRefusal } from './wire/refusal.ts';

/**
 * Every type we take. Some registries convert what is not listed, so schema 1 is too: it is refused with a clear
 * message instead of being turned into bytes with another digest.
 */
const accept = [
  mediaTypes.ociIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerManifestList,
  mediaTypes.dockerManifest,
  mediaTypes.dockerSchema1Signed,
  mediaTypes.dockerSchema1,
  '*/*;q=0.1',
].join(', ');

/** What a HEAD may leave open: the digest, when the registry does not tell it. */
type Looked = Resolved | 'absent' | 'unclear';

/**
 * What the tag or digest names; undefined when it is absent. One HEAD, which does not count as a pull where pulls are
 * counted; and a GET where the registry does not answer HEADs in full. The digest of a tag is the registry's word
 * here: it is verified when the manifest is fetched by it.
 *
 * Spec: distribution-spec v1.1.1, "Checking if content exists in the registry".
 */
export async function resolveManifest(
  remote: Remote,
  tagOrDigest: Tag | Digest,
  signal?: AbortSignal,
): Promise<Resolved | undefined> {
  const asked = askedOf('resolve', remote, tagOrDigest);
  const looked = await remote.exchange.send<Looked>(
    { ...readRequest(remote, tagOrDigest, signal), method: 'HEAD', asked },
    async (answer) => {
      if (answer.status === 404) return 'absent';
      if (answer.status === 405) return 'unclear';
      if (answer.status !== 200) return await throwRefusal(answer, asked);
      return resolvedIn(answer, tagOrDigest) ?? 'unclear';
    },
  );
  if (looked === 'absent') return undefined;
  if (looked !== 'unclear') return looked;
  const got = await fetchIfPresent(remote, tagOrDigest, asked, signal);
  return got && { ...got.manifest.descriptor, ...got.fence };
}

/**
 * The manifest's bytes, verified against the digest asked for, or against the one the registry tells for a tag.
 *
 * Spec: distribution-spec v1.1.1, "Pulling manifests".
 * @throws NotFoundError MANIFEST_UNKNOWN; IntegrityError DIGEST_MISMATCH, MANIFEST_TOO_LARGE.
 */
export async function fetchManifest(
  remote: Remote,
  tagOrDigest: Tag | Digest,
  signal?: AbortSignal,
): Promise<FetchedManifest> {
  const asked = askedOf('fetch', remote, tagOrDigest);
  const got = await fetchIfPresent(remote, tagOrDigest, asked, signal);
  if (got !== undefined) return got.manifest;
  throw new NotFoundError({ code: 'MANIFEST_UNKNOWN', message: `manifest not found: ${asked.subject}` });
}

/**
 * Stores the manifest by its digest, under no tag; repeated when the answer is lost. Returns the subject among whose
 * referrers the registry says to list it.
 *
 * Spec: distribution-spec v1.1.1, "Pushing Manifests", "Pushing Manifests with Subject".
 */
export async function pushManifest(
  remote: Remote,
  manifest: FetchedManifest,
  signal?: AbortSignal,
): Promise<Digest | undefined> {
  return (await putManifest(remote, manifest.descriptor.digest, manifest, { signal })).subject;
}

/**
 * Points the tag at the manifest, in one attempt and one request.
 *
 * Spec: distribution-spec v1.1.1, "Pushing Manifests".
 * @throws TransportError when it is unknown whether the tag moved; ConflictError TAG_FENCED.
 */
export async function pushTag(
  remote: Remote,
  tag: Tag,
  manifest: FetchedManifest,
  options: PushTagOptions = {},
): Promise<void> {
  await putManifest(remote, tag, manifest, { ...options, attempts: 'once' });
}

/**
 * Stores the manifest by its digest, asking for all the tags as well; answers those that the registry says it accepted:
 * none where it does not know of this. One attempt.
 *
 * Spec: distribution-spec main (967efdc), "Pushing Manifests".
 * @throws TransportError when it is unknown which tags moved; ConflictError TAG_FENCED.
 */
export async function pushTagsAtOnce(
  remote: Remote,
  tags: readonly Tag[],
  manifest: FetchedManifest,
  options: PushTagOptions = {},
): Promise<ReadonlySet<string>> {
  const put = await putManifest(remote, manifest.descriptor.digest, manifest, { ...options, tags, attempts: 'once' });
  return put.tags;
}

/**
 * Removes the tag, or the manifest with all its tags; absent ones are no error. One attempt, since what is deleted
 * again may have come back on purpose.
 *
 * Spec: distribution-spec v1.1.1, "Deleting tags", "Deleting Manifests".
 */
export async function deleteManifest(remote: Remote, tagOrDigest: Tag | Digest, signal?: AbortSignal): Promise<void> {
  const asked = askedOf('delete', remote, tagOrDigest);
  const url = urlBelow(remote, `manifests/${tagOrDigest}`);
  await remote.exchange.send(
    { method: 'DELETE', url, asked, scopes: remote.delete, attempts: 'once', signal },
    async (answer) => {
      if (answer.status !== 404 && !isSuccess(answer)) await throwRefusal(answer, asked);
    },
  );
}

interface PutOptions {
  readonly attempts?: 'once';
  readonly tags?: readonly Tag[];
  readonly fence?: number;
  readonly command?: string;
  readonly signal?: AbortSignal | undefined;
}

/** What the registry says of a manifest it stored. */
interface Put {
  /** Among whose referrers it lists the manifest. */
  readonly subject: Digest | undefined;
  /** Which of the tags in the query it accepted. */
  readonly tags: ReadonlySet<string>;
}

async function putManifest(
  remote: Remote,
  tagOrDigest: Tag | Digest,
  manifest: FetchedManifest,
  options: PutOptions,
): Promise<Put> {
  const { descriptor, bytes } = verifiedManifest(manifest, remote.name);
  const { fence, command, tags = [], ...others } = options;
  const asked = askedOf('push', remote, tagOrDigest);
  const headers = {
    'content-type': descriptor.mediaType,
    ...(fence === undefined ? {} : { [fenceHeader]: String(fence) }),
    ...commandHeaders(command),
  };
  const url = urlBelow(remote, `manifests/${tagOrDigest}`);
  for (const tag of tags) url.searchParams.append('tag', tag);
  return await remote.exchange.send(
    { method: 'PUT', url, asked, scopes: remote.push, headers, body: bytes, ...others },
    async (answer) => {
      if (!isStored(answer)) await throwPushRefusal(answer, asked);
      assertStored(answer, descriptor.digest, asked);
      const accepted = (answer.header('oci-tag') ?? '').split(',').map((tag) => tag.trim());
      return { subject: digestIn(answer, 'oci-subject'), tags: new Set(accepted) };
    },
  );
}

async function throwPushRefusal(answer: Answer, asked: Asked): Promise<never> {
  const refusal = await readRefusal(answer);
  if (refusal.status !== 412 || !refusal.specCodes.includes('TAG_FENCED')) throw refusalError(refusal, asked);
  throw new ConflictError({ code: 'TAG_FENCED', message: `tag was written by a newer lane token: ${asked.subject}` });
}

/** What a HEAD tells; undefined when it leaves out type, size or digest. */
function resolvedIn(answer: Answer, tagOrDigest: Tag | Digest): Resolved | undefined {
  const mediaType = answer.header('content-type')?.split(';', 1)[0]?.trim();
  const size = answer.header('content-length');
  const digest = isDigest(tagOrDigest) ? tagOrDigest : digestIn(answer);
  if (!mediaType || size === undefined || !/^[1-9]\d{0,14}$/.test(size) || digest === undefined) return undefined;
  return { mediaType, digest, size: Number(size), ...parseFence(answer) };
}

async function fetchIfPresent(
  remote: Remote,
  tagOrDigest: Tag | Digest,
  asked: Asked,
  signal: AbortSignal | undefined,
): Promise<{ readonly manifest: FetchedManifest; readonly fence: { readonly fence?: number } } | undefined> {
  return await remote.exchange.send(
    { ...readRequest(remote, tagOrDigest, signal), method: 'GET', asked },
    async (answer) => {
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) return await throwRefusal(answer, asked);
      const expected = isDigest(tagOrDigest) ? tagOrDigest : digestIn(answer);
      return { manifest: await readManifest(answer, expected, asked), fence: parseFence(answer) };
    },
  );
}

function readRequest(remote: Remote, tagOrDigest: Tag | Digest, signal: AbortSignal | undefined) {
  return { url: urlBelow(remote, `manifests/${tagOrDigest}`), scopes: remote.pull, headers: { accept }, signal };
}

function askedOf(verb: string, remote: Remote, tagOrDigest: Tag | Digest): Asked {
  const mark = isDigest(tagOrDigest) ? '@' : ':';
  return { operation: `${verb} manifest`, subject: `${remote.name}${mark}${tagOrDigest}` };
}

/** Some registries answer 200 or 202; so does a proxy that knows nothing of registries, but it names no location. */
function isStored(answer: Answer): boolean {
  if (answer.status === 201) return true;
  return isSuccess(answer) && (answer.header('location') ?? answer.header('docker-content-digest')) !== undefined;
}

function isSuccess(answer: Answer): boolean {
  return answer.status >= 200 && answer.status <= 204;
}
