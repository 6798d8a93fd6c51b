/** Pushing a manifest: under its digest, and under tags. */
import type { IncomingHttpHeaders } from 'node:http';
import type { TagMoveWay } from '../../core/tag-move.ts';
import { digestOf } from '../../oci/hash.ts';
import { digestAlgorithm } from '../../oci/spec/digest.ts';
import { manifestSizeBytesMax } from '../../oci/spec/manifest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import { isTag, type Tag } from '../../oci/spec/tag.ts';
import { mayIn } from '../access/authorize.ts';
import { type Answer, emptyAnswer, refusal } from '../http/answer.ts';
import type { Exchange } from '../http/exchange.ts';
import { readBody } from '../http/request-body.ts';
import type { ManifestRoute } from '../http/route.ts';
import type { ChangedTag, StoredManifest, UnmetDescriptor } from '../storage.ts';
import { PushBrokenOff } from '../tags/push-broken-off.ts';
import { reportTags } from '../tags/report-tags.ts';
import { commandHeader, tagAuthor } from '../tags/tag-author.ts';
import { breakGlassInvalid, tagRefusal } from '../tags/tag-refusal.ts';
import { fenceHeader, parseFence } from './fence.ts';
import { needsOf } from './manifest-needs.ts';

/** Tags one push may write; more would hardly fit into a request line. */
const tagsPerPushMax = 100;

/** Spec: distribution-spec v1.1.1, "Pushing Manifests". */
export async function pushManifest(route: ManifestRoute, exchange: Exchange): Promise<Answer> {
  const { storage, headers, actor, onEvent } = exchange;
  const { repository } = route;
  const tags = tagsToMove(route, exchange.query);
  if ('status' in tags) return tags;
  const fence = fenceOfWriter(headers);
  if ('status' in fence) return fence;
  const author = tagAuthor(exchange, { repository, how: wayOf(exchange, repository, fence.fence) });
  if ('kind' in author) return breakGlassInvalid(author.why);
  const manifest = await receiveManifest(route, exchange);
  if ('status' in manifest) return manifest;
  const needs = needsOf(manifest, headers['content-type']);
  const tell = (pushed: readonly Tag[], changed: readonly ChangedTag[]) => {
    const content = { repository, digest: manifest.digest, actor: actor.name };
    onEvent({ kind: 'manifest-pushed', content, tags: pushed });
    reportTags(onEvent, repository, changed);
  };
  const outcome = await storage
    .pushManifest(repository, { ...needs, ...fence, tags, author })
    .catch((error: unknown) => {
      if (error instanceof PushBrokenOff) tell(error.pushed.confirmed, error.pushed.changed);
      throw error;
    });
  if (outcome.kind === 'refused') return tagRefusal(outcome);
  if (outcome.kind === 'incomplete') return incompleteRefusal(outcome.unmet);
  tell(tags, outcome.changed);
  return manifestCreated(route, needs.manifest, tags);
}

/** The tag of the path, or those of `?tag=`, which go with a digest. Spec: distribution-spec main (after v1.1.1), "Pushing Manifests". */
function tagsToMove(route: ManifestRoute, query: URLSearchParams): readonly Tag[] | Answer {
  if (route.tag !== undefined) return [route.tag];
  const written = [...new Set(query.getAll('tag'))];
  if (written.length > tagsPerPushMax)
    return refusal(414, 'TAG_INVALID', `more than ${tagsPerPushMax} tags in one push`);
  const tags = written.filter(isTag);
  if (tags.length === written.length) return tags;
  return refusal(400, 'TAG_INVALID', 'not a tag', { detail: { tag: written.filter((text) => !isTag(text)) } });
}

function fenceOfWriter(headers: IncomingHttpHeaders): { readonly fence?: number } | Answer {
  const header = headers[fenceHeader];
  if (header === undefined) return {};
  const fence = parseFence(String(header));
  return fence === undefined ? refusal(400, 'TAG_FENCED', `${fenceHeader} is not a decimal number`) : { fence };
}

async function receiveManifest(
  route: ManifestRoute,
  { body }: Exchange,
): Promise<Pick<StoredManifest, 'digest' | 'bytes'> | Answer> {
  const bytes = await readBody(body, manifestSizeBytesMax);
  if (bytes === undefined) return refusal(413, 'SIZE_INVALID', `a manifest has at most ${manifestSizeBytesMax} bytes`);
  const digest = digestOf(bytes, route.digest === undefined ? 'sha256' : digestAlgorithm(route.digest));
  if (route.digest === undefined || route.digest === digest) return { digest, bytes };
  return refusal(400, 'DIGEST_INVALID', 'the content is not that of the digest', { detail: { digest: route.digest } });
}

/** A lane token, or the id of a command, is a promotion's when it comes from who may move the tags of environments. */
function wayOf({ actor, headers }: Exchange, repository: RepositoryName, fence: number | undefined): TagMoveWay {
  const isOfLane = fence !== undefined || headers[commandHeader] !== undefined;
  return isOfLane && mayIn(actor, 'environment-tags', repository) ? 'promotion' : 'push';
}

function incompleteRefusal(unmet: readonly UnmetDescriptor[]): Answer {
  const missing = unmet.filter(({ foundBytes }) => foundBytes === undefined);
  const detail = unmet.map(({ descriptor, foundBytes }) => ({
    digest: descriptor.digest,
    size: descriptor.size,
    foundSize: foundBytes,
  }));
  return missing.length > 0
    ? refusal(404, 'MANIFEST_BLOB_UNKNOWN', 'content that the manifest lists is not in the repository', { detail })
    : refusal(400, 'SIZE_INVALID', 'content that the manifest lists has another size', { detail });
}

function manifestCreated(
  { repository }: ManifestRoute,
  { digest, subject }: StoredManifest,
  tags: readonly Tag[],
): Answer {
  return emptyAnswer(201, {
    location: `/v2/${repository}/manifests/${digest}`,
    'docker-content-digest': digest,
    ...(subject === undefined ? {} : { 'oci-subject': subject }),
    ...(tags.length === 0 ? {} : { 'oci-tag': [...tags] }),
  });
}
