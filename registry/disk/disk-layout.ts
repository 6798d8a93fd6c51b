/**
 * Where everything lies below the data directory.
 *
 * ```
 * registry.lock  schema.json
 * served-certificate.pem                     what is shown over TLS, for whoever belongs to the registry on its machine
 * temporary/                                 whatever is being written; emptied at each start
 * content/sha256/ab/<hex>                    bytes of blobs, one copy for all repositories
 * trash/<running time>/<digest>              content that was collected and is not yet gone
 * quarantine/sha256/<hex>                    content whose bytes were found to be wrong
 * scrub.json                                 what the last scrub found
 * collection.json                            for how long the registry has run in all
 * repositories/team/app/_blobs/sha256/<hex>         empty: the blob may be read here
 * repositories/team/app/_manifests/sha256/<hex>     a manifest with its type
 * repositories/team/app/_tags/<tag>                 the digest of a tag, its fence and its last moves
 * repositories/team/app/_fences/<tag>               the same of a tag that was removed
 * repositories/team/app/_history/<tag>/<number>     earlier moves of a tag, from that number on
 * repositories/team/app/_quarantine/sha256/<hex>    a manifest that was found damaged
 * repositories/team/app/_referrers/sha256/<subject hex>/<referrer>   descriptor of a referrer
 * repositories/team/app/_unreached           since when nothing points at which manifests
 * repositories/team/app/_pulls/<manifest>           how often and when last the manifest was pulled
 * ```
 * No part of a repository name begins with an underscore, so records and repositories below one another never meet.
 */
import { join } from 'node:path';
import { type Digest, digestAlgorithm, digestHex } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';

export interface DiskLayout {
  readonly root: string;
  readonly lock: string;
  readonly schema: string;
  readonly temporary: string;
  readonly content: string;
  readonly repositories: string;
  readonly trash: string;
  readonly collection: string;
  readonly quarantine: string;
  readonly lastScrub: string;
  quarantined(digest: Digest): string;
  repositoryQuarantine(repository: RepositoryName): string;
  quarantinedManifest(repository: RepositoryName, digest: Digest): string;
  contentOf(digest: Digest): string;
  blobs(repository: RepositoryName): string;
  blobLink(repository: RepositoryName, digest: Digest): string;
  manifests(repository: RepositoryName): string;
  manifest(repository: RepositoryName, digest: Digest): string;
  tags(repository: RepositoryName): string;
  tag(repository: RepositoryName, tag: Tag): string;
  removedTags(repository: RepositoryName): string;
  removedTag(repository: RepositoryName, tag: Tag): string;
  tagHistories(repository: RepositoryName): string;
  tagHistory(repository: RepositoryName, tag: Tag): string;
  allReferrers(repository: RepositoryName): string;
  referrers(repository: RepositoryName, subject: Digest): string;
  referrer(repository: RepositoryName, subject: Digest, referrer: Digest): string;
  unreached(repository: RepositoryName): string;
  pulls(repository: RepositoryName): string;
  pullsOf(repository: RepositoryName, manifest: Digest): string;
}

/** Leading digits that choose the directory, so that none holds all content. */
const fanOutChars = 2;

/** The paths below a data directory. */
export function diskLayout(root: string): DiskLayout {
  const content = join(root, 'content');
  const repositories = join(root, 'repositories');
  const repository = (name: RepositoryName) => join(repositories, name);
  const referrers = (name: RepositoryName, subject: Digest) =>
    join(repository(name), '_referrers', digestAlgorithm(subject), digestHex(subject));
  return {
    root,
    lock: join(root, 'registry.lock'),
    schema: join(root, 'schema.json'),
    temporary: join(root, 'temporary'),
    content,
    repositories,
    trash: join(root, 'trash'),
    collection: join(root, 'collection.json'),
    quarantine: join(root, 'quarantine'),
    lastScrub: join(root, 'scrub.json'),
    quarantined: (digest) => join(root, 'quarantine', digestAlgorithm(digest), digestHex(digest)),
    repositoryQuarantine: (name) => join(repository(name), '_quarantine'),
    quarantinedManifest: (name, digest) =>
      join(repository(name), '_quarantine', digestAlgorithm(digest), digestHex(digest)),
    contentOf: (digest) =>
      join(content, digestAlgorithm(digest), digestHex(digest).slice(0, fanOutChars), digestHex(digest)),
    blobs: (name) => join(repository(name), '_blobs'),
    blobLink: (name, digest) => join(repository(name), '_blobs', digestAlgorithm(digest), digestHex(digest)),
    manifests: (name) => join(repository(name), '_manifests'),
    manifest: (name, digest) => join(repository(name), '_manifests', digestAlgorithm(digest), digestHex(digest)),
    tags: (name) => join(repository(name), '_tags'),
    tag: (name, tag) => join(repository(name), '_tags', tag),
    removedTags: (name) => join(repository(name), '_fences'),
    removedTag: (name, tag) => join(repository(name), '_fences', tag),
    tagHistories: (name) => join(repository(name), '_history'),
    tagHistory: (name, tag) => join(repository(name), '_history', tag),
    allReferrers: (name) => join(repository(name), '_referrers'),
    referrers,
    referrer: (name, subject, referrer) =>
      join(referrers(name, subject), `${digestAlgorithm(referrer)}-${digestHex(referrer)}`),
    unreached: (name) => join(repository(name), '_unreached'),
    pulls: (name) => join(repository(name), '_pulls'),
    pullsOf: (name, manifest) =>
      join(repository(name), '_pulls', `${digestAlgorithm(manifest)}-${digestHex(manifest)}`),
  };
}
