/** Manifests of a repository: reading and deleting them. Pushing: push-manifest.ts. */
import { type Answer, emptyAnswer, refusal, withoutBody } from '../http/answer.ts';
import type { Exchange, Operations } from '../http/exchange.ts';
import type { ManifestRoute } from '../http/route.ts';
import type { TagRecord } from '../storage.ts';
import { fenceHeader } from './fence.ts';
import { pushManifest } from './push-manifest.ts';

/** What `/v2/<name>/manifests/<tag or digest>` answers. */
export function manifestOperations(route: ManifestRoute): Operations {
  return {
    GET: { verb: 'pull', answer: (exchange) => readManifest(route, exchange) },
    HEAD: { verb: 'pull', answer: async (exchange) => withoutBody(await readManifest(route, exchange)) },
    PUT: { verb: 'push', answer: (exchange) => pushManifest(route, exchange) },
    DELETE: { verb: 'delete', answer: (exchange) => deleteManifest(route, exchange) },
  };
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
  if (tag !== undefined) {
    if (!(await storage.deleteTag(repository, tag))) return manifestUnknown(route);
    onEvent({ kind: 'tag-deleted', repository, tag, actor: actor.name });
    return emptyAnswer(202);
  }
  const tags = digest && (await storage.deleteManifest(repository, digest));
  if (digest === undefined || tags === undefined) return manifestUnknown(route);
  onEvent({ kind: 'manifest-deleted', content: { repository, digest, actor: actor.name }, tags });
  return emptyAnswer(202);
}

async function resolve(route: ManifestRoute, storage: Exchange['storage']): Promise<TagRecord | undefined> {
  if (route.digest !== undefined) return { digest: route.digest };
  return route.tag && storage.readTag(route.repository, route.tag);
}

function manifestUnknown({ repository, tag, digest }: ManifestRoute): Answer {
  return refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown', { detail: { name: repository, tag, digest } });
}
