/** What moves content to or from one repository of a registry, and what speaks of referrers. */
import { isWithinReach } from '../copy/mount-reach.ts';
import type { Target } from '../copy/target.ts';
import { fetchBlob } from './blobs.ts';
import { mountBlob } from './mounts.ts';
import { pushTags } from './push-tags.ts';
import { enterReferrers, listReferrers, pushListedManifest, pushReferrer } from './referrers.ts';
import { placeOf, type Remote } from './remote.ts';
import type { Siblings } from './siblings.ts';
import { pushBlob } from './upload/uploads.ts';

/** The part of a repository that is loaded when content moves: a look does without half of the client. */
export type RemoteContent = Required<
  Pick<
    Target,
    | 'fetchBlob'
    | 'pushBlob'
    | 'mountBlob'
    | 'pushManifest'
    | 'pushTags'
    | 'listReferrers'
    | 'pushReferrer'
    | 'enterReferrers'
  >
>;

/** That part of the repository. */
export function openRemoteContent({ uploads, tagging, referrers, family }: Siblings, remote: Remote): RemoteContent {
  const place = placeOf(remote, family);
  return {
    fetchBlob: (descriptor, signal) => fetchBlob(remote, descriptor, signal),
    pushBlob: (descriptor, open, signal) => pushBlob(remote, uploads, descriptor, open, signal),
    async mountBlob(descriptor, from, signal) {
      return isWithinReach(from, place) && (await mountBlob(remote, uploads, descriptor, from, signal));
    },
    pushManifest: (manifest, signal) => pushListedManifest(remote, referrers, manifest, signal),
    pushTags: (tags, manifest, options) => pushTags(remote, tagging, tags, manifest, options),
    listReferrers: (subject, signal) => listReferrers(remote, referrers, subject, signal),
    pushReferrer: (manifest, signal) => pushReferrer(remote, referrers, manifest, signal),
    enterReferrers: (subject, entries, signal) => enterReferrers(remote, subject, entries, signal),
  };
}
