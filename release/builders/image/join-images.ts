/** Images that were made each by itself, as one index. */
import { InputError } from '../../../errors/errors.ts';
import type { FetchedManifest, Source } from '../../../oci/copy/target.ts';
import { manifestNotFound } from '../../../oci/not-found.ts';
import type { Descriptor } from '../../../oci/spec/descriptor.ts';
import type { Digest } from '../../../oci/spec/digest.ts';
import { parseManifest } from '../../../oci/spec/manifest.ts';
import { isIndexType, mediaTypes } from '../../../oci/spec/media-type.ts';
import { formatPlatform, type Platform } from '../../../oci/spec/platform.ts';
import { normalisePlatform } from '../../../oci/spec/platform-match.ts';
import { describedBy } from './attestation.ts';
import type { FoundImage } from './find-root.ts';
import { joinedSource } from './joined-source.ts';
import { madeManifest, madeSource } from './made-source.ts';
import { readPlatform } from './read-platform.ts';

/** An image, or an index of some, that is to be a part of another one. */
export interface ImagePart {
  readonly source: Source;
  readonly digest: Digest;
  /** What it is called in messages. */
  readonly label: string;
}

/** Indexes within indexes are followed so far; nobody makes more than two. */
const nestingMax = 8;

/**
 * One index of all images of the parts, in their order: those of indexes are taken out of them, one that is there twice
 * is listed once, and attestations follow the image they describe, behind all images. Every image says its platform, by
 * its configuration where no index says it.
 * @throws InputError BUILD_INPUT_INVALID when two images are of one platform, or one is of none; NotFoundError MANIFEST_UNKNOWN.
 */
export async function joinImages(
  parts: readonly ImagePart[],
  annotations: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<FoundImage> {
  const known = new Map<Source, FetchedManifest[]>();
  const listed = new Map<Digest, Listed>();
  for (const { source, digest, label } of parts) {
    const read = known.get(source) ?? [];
    known.set(source, read);
    for (const one of await listImages({ source, known: read, label, signal }, digest, 0)) {
      if (!listed.has(one.descriptor.digest)) listed.set(one.descriptor.digest, one);
    }
  }
  const index = makeIndex(orderManifests([...listed.values()]), annotations);
  const [first, ...others] = known.keys();
  const joined = [...known].map(([source, manifests]) => ({ source, known: manifests }));
  const source = first !== undefined && others.length === 0 ? first : joinedSource(joined);
  return { source: madeSource(source, { made: [index], root: index.descriptor.digest }), root: index.descriptor };
}

interface Place {
  readonly source: Source;
  /** Manifests that were read there. */
  readonly known: FetchedManifest[];
  readonly label: string;
  readonly signal: AbortSignal;
}

/** A manifest of the index that is made. */
interface Listed {
  readonly descriptor: Descriptor;
  readonly label: string;
}

async function listImages(place: Place, digest: Digest, depth: number): Promise<readonly Listed[]> {
  const { source, known, label, signal } = place;
  if (depth > nestingMax) throw invalid(`indexes nested deeper than ${nestingMax}: ${label}`, 'name their images');
  const resolved = await source.resolve(digest, signal);
  if (resolved === undefined) throw manifestNotFound(source.name, digest);
  const fetched = await source.fetchManifest(digest, signal);
  known.push(fetched);
  const { descriptor, bytes } = fetched;
  const manifest = parseManifest(bytes, descriptor.mediaType);
  if (manifest.kind === 'image') return [{ descriptor: await withPlatform(place, descriptor, manifest.config), label }];
  const lists = manifest.manifests.map(async (child): Promise<readonly Listed[]> => {
    if (describedBy(child) !== undefined) return [{ descriptor: child, label }];
    const isReady = child.platform !== undefined && !isIndexType(child.mediaType);
    return isReady ? [{ descriptor: child, label }] : await listImages(place, child.digest, depth + 1);
  });
  return (await Promise.all(lists)).flat();
}

async function withPlatform(
  { source, label, signal }: Place,
  { mediaType, digest, size }: Descriptor,
  config: Descriptor,
): Promise<Descriptor> {
  const platform = await readPlatform(source, config, signal);
  if (platform !== undefined) return { mediaType, digest, size, platform };
  throw invalid(`no platform in the configuration of ${label}`, 'name images alone, no charts or other artifacts');
}

/** Images first, then what describes any of them. */
function orderManifests(all: readonly Listed[]): readonly Descriptor[] {
  const images = all.filter(({ descriptor }) => describedBy(descriptor) === undefined);
  assertOnePerPlatform(images);
  const digests = new Set<string>(images.map(({ descriptor }) => descriptor.digest));
  const attestations = all.filter(({ descriptor }) => digests.has(describedBy(descriptor) ?? ''));
  return [...images, ...attestations].map(({ descriptor }) => descriptor);
}

function assertOnePerPlatform(images: readonly Listed[]): void {
  const seen = new Map<string, Listed>();
  for (const image of images) {
    const platform = nameOf(image.descriptor.platform);
    const other = seen.get(platform);
    if (other !== undefined) {
      const both = `${describe(other)} and ${describe(image)}`;
      throw invalid(`two images for ${platform}: ${both}`, 'name one image for each platform');
    }
    seen.set(platform, image);
  }
}

function describe({ label, descriptor }: Listed): string {
  return label.endsWith(descriptor.digest) ? label : `${descriptor.digest} of ${label}`;
}

/** Features of an operating system tell images apart as well. */
function nameOf(platform: Platform | undefined): string {
  if (platform === undefined) return 'no platform';
  const features = platform['os.features'] ?? [];
  return [formatPlatform(normalisePlatform(platform)), ...features.toSorted()].join('+');
}

function makeIndex(manifests: readonly Descriptor[], annotations: Readonly<Record<string, string>>): FetchedManifest {
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
  return madeManifest(mediaTypes.ociIndex, new TextEncoder().encode(JSON.stringify(document)));
}

function invalid(message: string, wayOut: string): InputError {
  return new InputError({ code: 'BUILD_INPUT_INVALID', message, wayOut });
}
