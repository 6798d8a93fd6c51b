/** A repository of a registry as a Target, with every optional power. */
import type { Target } from '../copy/target.ts';
import type { RepositoryName } from '../spec/repository-name.ts';
import { hasBlob } from './blob-presence.ts';
import { deleteManifest, fetchManifest, pushTag, resolveManifest } from './manifests.ts';
import { placeOf, remoteOf } from './remote.ts';
import type { RemoteContent } from './remote-content.ts';
import type { Siblings } from './siblings.ts';
import { isEmpty, listTags } from './tags.ts';
import { isDockerHub } from './wire/endpoint.ts';

/** The repository of that name; nothing is asked of the registry before it is used. */
export function openRemoteRepository(siblings: Siblings, repository: RepositoryName): Target {
  const { exchange, uploads, family } = siblings;
  const remote = remoteOf(exchange, repository);
  let loaded: Promise<RemoteContent> | undefined;
  const content = (): Promise<RemoteContent> => {
    loaded ??= import('./remote-content.ts').then(({ openRemoteContent }) => openRemoteContent(siblings, remote));
    return loaded;
  };
  return {
    name: remote.name,
    place: placeOf(remote, family),
    ...(isDockerHub(exchange.endpoint) ? { countsPulls: true } : {}),
    resolve: (tagOrDigest, signal) => resolveManifest(remote, tagOrDigest, signal),
    fetchManifest: (tagOrDigest, signal) => fetchManifest(remote, tagOrDigest, signal),
    async hasBlob(descriptor, signal) {
      const isThere = await hasBlob(remote, descriptor, signal);
      // What a mount came to in its place is not needed.
      if (isThere) await uploads.waiting.cancel(repository, descriptor.digest);
      return isThere;
    },
    fetchBlob: async (...asked) => await (await content()).fetchBlob(...asked),
    listTags: (signal) => listTags(remote, signal),
    pushBlob: async (...asked) => await (await content()).pushBlob(...asked),
    pushManifest: async (...asked) => await (await content()).pushManifest(...asked),
    pushTag: (tag, manifest, options) => pushTag(remote, tag, manifest, options),
    pushTags: async (...asked) => await (await content()).pushTags(...asked),
    listReferrers: async (...asked) => await (await content()).listReferrers(...asked),
    pushReferrer: async (...asked) => await (await content()).pushReferrer(...asked),
    enterReferrers: async (...asked) => await (await content()).enterReferrers(...asked),
    mountBlob: async (...asked) => await (await content()).mountBlob(...asked),
    deleteTag: (tag, signal) => deleteManifest(remote, tag, signal),
    deleteManifest: (digest, signal) => deleteManifest(remote, digest, signal),
    expectWrites: () => remote.expectWrites(),
    async isEmpty(signal) {
      // Where this is asked, content is going to move: what moves it is loaded while the answer is on its way.
      content().catch(() => {});
      return await isEmpty(remote, signal);
    },
  };
}
