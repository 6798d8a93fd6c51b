/**
 * The data directory of a distribution registry (docker-registry), read: which files say what.
 *
 * ```
 * blobs/sha256/ab/<hex>/data                             all bytes, of manifests as well
 * repositories/<name>/_layers/sha256/<hex>/link          the repository has the blob
 * repositories/<name>/_manifests/revisions/sha256/<hex>/link    the repository has the manifest
 * repositories/<name>/_manifests/tags/<tag>/current/link        what the tag names
 * ```
 * A link is a file with a digest as its text. Versions before 3.1 wrote links in place, so a crash or a full disk left
 * some of them empty.
 */
import { join } from 'node:path';
import { InputError } from '../../errors/errors.ts';
import { type Digest, digestAlgorithm, digestHex, isDigest } from '../../oci/spec/digest.ts';
import { directoriesIn, readFileIfPresent } from '../disk/durable-file.ts';

export interface DistributionLayout {
  readonly root: string;
  readonly repositories: string;
  contentOf(digest: Digest): string;
}

/** A file that should be a link. */
export interface FoundLink {
  readonly path: string;
  /** What it must say, or what the tag is called. */
  readonly name: string;
  /** What it says; undefined when that is no digest. */
  readonly digest: Digest | undefined;
}

/** Where below its root directory distribution keeps everything. */
const places = ['docker/registry/v2', 'registry/v2', 'v2', ''];

/**
 * The layout below a directory: distribution's root directory, or any on the way from there to what it holds.
 * @throws InputError IMPORT_SOURCE_INVALID.
 */
export async function openDistributionLayout(directory: string): Promise<DistributionLayout> {
  for (const place of places) {
    const root = join(directory, place);
    const names = await directoriesIn(root);
    if (names.includes('blobs') && names.includes('repositories')) return layoutAt(root);
  }
  throw new InputError({ code: 'IMPORT_SOURCE_INVALID', message: `no registry of distribution in ${directory}` });
}

function layoutAt(root: string): DistributionLayout {
  return {
    root,
    repositories: join(root, 'repositories'),
    contentOf(digest) {
      const hex = digestHex(digest);
      return join(root, 'blobs', digestAlgorithm(digest), hex.slice(0, 2), hex, 'data');
    },
  };
}

/**
 * The links below a directory of `<algorithm>/<hex>/link`; their names are the digests that they must say. What was
 * deleted leaves its directory without a link.
 */
export async function* digestLinks(directory: string): AsyncIterable<FoundLink> {
  for (const algorithm of await directoriesIn(directory)) {
    for (const hex of await directoriesIn(join(directory, algorithm))) {
      const link = await readLink(join(directory, algorithm, hex, 'link'), `${algorithm}:${hex}`);
      if (link !== undefined) yield link;
    }
  }
}

/** The tags of a repository. */
export async function* tagLinks(repository: string): AsyncIterable<FoundLink> {
  const tags = join(repository, '_manifests', 'tags');
  for (const name of (await directoriesIn(tags)).toSorted()) {
    const link = await readLink(join(tags, name, 'current', 'link'), name);
    if (link !== undefined) yield link;
  }
}

async function readLink(path: string, name: string): Promise<FoundLink | undefined> {
  const content = await readFileIfPresent(path);
  if (content === undefined) return undefined;
  const text = content.toString('utf8').trim();
  return { path, name, digest: isDigest(text) ? text : undefined };
}
