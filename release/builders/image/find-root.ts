/** Which manifest of an image layout is the image that is meant. */
import { InputError, IntegrityError, NotFoundError } from '../../../errors/errors.ts';
import type { Source } from '../../../oci/copy/target.ts';
import { manifestNotFound } from '../../../oci/not-found.ts';
import type { Descriptor } from '../../../oci/spec/descriptor.ts';
import { isDigest } from '../../../oci/spec/digest.ts';
import { type LayoutIndex, parseLayoutIndex } from '../../../oci/store/layout-index.ts';
import { type LayoutFiles, layoutSource } from '../../../oci/store/layout-source.ts';
import { referrerIn } from '../../../oci/store/referrer-in.ts';

/** An image, and where it is read from. */
export interface FoundImage {
  readonly source: Source;
  readonly root: Descriptor;
}

/**
 * What the tag or digest names; without one the only image there is, beside which there may be signatures and the like.
 * @throws NotFoundError MANIFEST_UNKNOWN; InputError BUILD_INPUT_INVALID when there are several and none is named.
 */
export async function findRoot(
  files: LayoutFiles,
  tagOrDigest: string | undefined,
  signal: AbortSignal,
): Promise<FoundImage> {
  const source = layoutSource(files);
  const index = parseLayoutIndex(await files.readIndex());
  const named = tagOrDigest === undefined ? index.entries : index.entries.filter(isNamed(tagOrDigest));
  const listed = await withoutReferrers(source, named, signal);
  const digests =
    tagOrDigest !== undefined && isDigest(tagOrDigest)
      ? [tagOrDigest]
      : [...new Set(listed.map(({ descriptor }) => descriptor.digest))];
  const [digest, ...others] = digests;
  if (digest === undefined) throw absent(files, tagOrDigest);
  if (others.length > 0) throw ambiguous(files, listed);
  const root = await source.resolve(digest, signal);
  if (root === undefined) throw manifestNotFound(files.name, digest);
  return { source, root };
}

type LayoutEntry = LayoutIndex['entries'][number];

/** By its tag, or by a whole reference as some tools write it. */
function isNamed(name: string): (entry: LayoutEntry) => boolean {
  return (entry) => namesOf(entry).some((one) => one === name || one.endsWith(`:${name}`));
}

function namesOf({ descriptor }: LayoutEntry): readonly string[] {
  const { annotations = {} } = descriptor;
  // The second is containerd's, in archives that docker saves.
  const written = [annotations['org.opencontainers.image.ref.name'], annotations['io.containerd.image.name']];
  return written.filter((name) => name !== undefined);
}

async function withoutReferrers(
  source: Source,
  entries: readonly LayoutEntry[],
  signal: AbortSignal,
): Promise<readonly LayoutEntry[]> {
  if (entries.length < 2) return entries;
  const images: LayoutEntry[] = [];
  for (const entry of entries) {
    const manifest = await source.fetchManifest(entry.descriptor.digest, signal).catch((error: unknown) => {
      // A layout may list what it has no content of; nobody needs it yet.
      if (error instanceof NotFoundError || error instanceof IntegrityError) return undefined;
      throw error;
    });
    if (manifest === undefined || referrerIn(manifest) === undefined) images.push(entry);
  }
  return images;
}

function absent({ name }: LayoutFiles, tagOrDigest: string | undefined): NotFoundError {
  const message = `no image ${tagOrDigest === undefined ? 'in' : `${tagOrDigest} in`} ${name}`;
  const wayOut = 'name a tag or digest that is there';
  return new NotFoundError({ code: 'MANIFEST_UNKNOWN', message, wayOut });
}

function ambiguous({ name }: LayoutFiles, entries: readonly LayoutEntry[]): InputError {
  const names = entries.map((entry) => namesOf(entry)[0] ?? entry.descriptor.digest);
  return new InputError({
    code: 'BUILD_INPUT_INVALID',
    message: `several images in ${name}: ${names.join(', ')}`,
    wayOut: 'name one of them by its tag or digest',
  });
}
