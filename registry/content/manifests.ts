/** Manifests of a repository: reading and deleting them. Pushing: push-manifest.ts. */
import type { Actor } from '../../core/access.ts';
import { isDigest } from '../../oci/spec/digest.ts';
import { type Answer, emptyAnswer, refusal, withoutBody } from '../http/answer.ts';
import type { Exchange, Operations } from '../http/exchange.ts';
import type { ManifestRoute } from '../http/route.ts';
import type { TagRecord } from '../storage.ts';
import { reportTags } from '../tags/report-tags.ts';
import { tagAuthor } from '../tags/tag-author.ts';
import { breakGlassInvalid, tagRefusal } from '../tags/tag-refusal.ts';
import { fenceHeader } from './fence.ts';
import { pushInRoom } from './push-in-room.ts';
import { pushManifest } from './push-manifest.ts';

/** What `/v2/<name>/manifests/<tag or digest>` answers. */
export function manifestOperations(route: ManifestRoute): Operations {
  return {
    GET: { verb: 'pull', answer: (exchange) => pullManifest(route, exchange) },
    HEAD: { verb: 'pull', answer: async (exchange) => withoutBody(await readManifest(route, exchange)) },
    PUT: { verb: 'push', answer: (exchange) => pushInRoom(exchange, (within) => pushManifest(route, within)) },
    DELETE: {
      verb: 'delete',
      // The tags of environments are the promotion service's to remove; those of others the rules refuse it.
      ...(route.tag === undefined ? {} : { orVerb: 'environment-tags' }),
      answer: (exchange) => deleteManifest(route, exchange),
    },
  };
}

/** The manifest, and a word about it: the promotion service reads to copy and to prove, which is no use of an image. */
async function pullManifest(route: ManifestRoute, exchange: Exchange): Promise<Answer> {
  const answer = await readManifest(route, exchange);
  const digest = answer.status === 200 && !isService(exchange.actor) && answer.headers['docker-content-digest'];
  if (typeof digest !== 'string' || !isDigest(digest)) return answer;
  const { repository, tag } = route;
  exchange.onEvent({ kind: 'manifest-pulled', content: { repository, digest, actor: exchange.actor.name }, tag });
  return answer;
}

function isService(actor: Actor): boolean {
  return 'role' in actor && actor.role === 'service';
}

/** The exact bytes that were pushed, as the type they were pushed. Spec: distribution-spec v1.1.1, "Pulling manifests". */
async function readManifest(route: ManifestRoute, { storage }: Exchange): Promise<Answer> {
  const record = await resolve(route, storage);
  const manifest = record && (await storage.readManifest(route.repository, record.digest));
  if (record === undefined || manifest === undefined) return manifestUnknown(route);
  return {
    status: 200,
    headers: {
      'content-type': manifest.mediaType,
      'docker-content-digest': manifest.digest,
      ...(record.fence === undefined ? {} : { [fenceHeader]: String(record.fence) }),
    },
    body: manifest.bytes,
  };
}

/** A tag is removed alone, a manifest with all its tags. Spec: distribution-spec v1.1.1, "Deleting tags" and "Deleting Manifests". */
async function deleteManifest(route: ManifestRoute, exchange: Exchange): Promise<Answer> {
  const { storage, actor, onEvent } = exchange;
  const { repository, tag, digest } = route;
  const author = tagAuthor(exchange, { repository, how: tag === undefined ? 'manifest-delete' : 'delete' });
  if ('kind' in author) return breakGlassInvalid(author.why);
  const outcome =
    tag === undefined
      ? digest && (await storage.deleteManifest(repository, digest, author))
      : await storage.deleteTag(repository, tag, author);
  if (outcome === undefined || outcome.kind === 'absent') return manifestUnknown(route);
  if (outcome.kind === 'refused') return tagRefusal(outcome);
  const tags = outcome.changed.filter(({ move }) => move.to === undefined).map((changed) => changed.tag);
  if (digest !== undefined)
    onEvent({ kind: 'manifest-deleted', content: { repository, digest, actor: actor.name }, tags });
  reportTags(onEvent, repository, outcome.changed);
  return emptyAnswer(202);
}

async function resolve(route: ManifestRoute, storage: Exchange['storage']): Promise<TagRecord | undefined> {
  if (route.digest !== undefined) return { digest: route.digest };
  return route.tag && storage.readTag(route.repository, route.tag);
}

function manifestUnknown({ repository, tag, digest }: ManifestRoute): Answer {
  return refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown', { detail: { name: repository, tag, digest } });
}
