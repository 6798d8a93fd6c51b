/** A repository of a registry as a Target, with every optional power. */
import type { Target } from '../copy/target.ts';
import type { RepositoryName } from '../spec/repository-name.ts';
import { fetchBlob, hasBlob } from './blobs.ts';
import type { Exchange } from './exchange.ts';
import { deleteManifest, fetchManifest, pushTag, resolveManifest } from './manifests.ts';
import { mountBlob } from './mounts.ts';
import { pushTags, type TagsSupport } from './push-tags.ts';
import { enterReferrers, listReferrers, pushListedManifest, pushReferrer } from './referrers.ts';
import type { ReferrersSupport } from './referrers-support.ts';
import { remoteOf } from './remote.ts';
import { isEmpty, listTags } from './tags.ts';
import { pushBlob, type Uploads } from './upload/uploads.ts';
import { isDockerHub } from './wire/endpoint.ts';

/** What the repositories of one client have in common. */
export interface Siblings {
  readonly exchange: Exchange;
  readonly uploads: Uploads;
  readonly tagging: TagsSupport;
  readonly referrers: ReferrersSupport;
}

/** The repository of that name; nothing is asked of the registry before it is used. */
export function openRemoteRepository(siblings: Siblings, repository: RepositoryName): Target {
  const { exchange, uploads, tagging, referrers } = siblings;
  const remote = remoteOf(exchange, repository);
  const place = { registry: exchange.endpoint.url.origin, repository };
  return {
    name: remote.name,
    place,
    ...(isDockerHub(exchange.endpoint) ? { countsPulls: true } : {}),
    resolve: (tagOrDigest, signal) => resolveManifest(remote, tagOrDigest, signal),
    fetchManifest: (tagOrDigest, signal) => fetchManifest(remote, tagOrDigest, signal),
    async hasBlob(descriptor, signal) {
      const isThere = await hasBlob(remote, descriptor, signal);
      // What a mount came to in its place is not needed.
      if (isThere) await uploads.waiting.cancel(repository, descriptor.digest);
      return isThere;
    },
    fetchBlob: (descriptor, signal) => fetchBlob(remote, descriptor, signal),
    listTags: (signal) => listTags(remote, signal),
    pushBlob: (descriptor, open, signal) => pushBlob(remote, uploads, descriptor, open, signal),
    pushManifest: (manifest, signal) => pushListedManifest(remote, referrers, manifest, signal),
    pushTag: (tag, manifest, options) => pushTag(remote, tag, manifest, options),
    pushTags: (tags, manifest, options) => pushTags(remote, tagging, tags, manifest, options),
    listReferrers: (subject, signal) => listReferrers(remote, referrers, subject, signal),
    pushReferrer: (manifest, signal) => pushReferrer(remote, referrers, manifest, signal),
    enterReferrers: (subject, entries, signal) => enterReferrers(remote, subject, entries, signal),
    async mountBlob(descriptor, from, signal) {
      return (
        from.registry === place.registry && (await mountBlob(remote, uploads, descriptor, from.repository, signal))
      );
    },
    deleteTag: (tag, signal) => deleteManifest(remote, tag, signal),
    deleteManifest: (digest, signal) => deleteManifest(remote, digest, signal),
    expectWrites: () => remote.expectWrites(),
    isEmpty: (signal) => isEmpty(remote, signal),
  };
}
