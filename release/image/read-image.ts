/** What an image says of itself: its platforms, and the commit it was made from. */
import { NotFoundError } from '../../errors/errors.ts';
import { readWhole } from '../../oci/byte-stream.ts';
import type { FetchedManifest, Source } from '../../oci/copy/target.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { type ImageManifest, type Manifest, parseManifest } from '../../oci/spec/manifest.ts';
import { isImageManifestType } from '../../oci/spec/media-type.ts';
import type { PlatformDigest } from '../release-outcome.ts';
import { imagesIn } from './attestations.ts';

export interface ImageReading {
  readonly fetched: FetchedManifest;
  readonly manifest: Manifest;
  readonly platforms: readonly PlatformDigest[];
  /** Undefined where the image does not say it. */
  readonly revision: string | undefined;
  readonly source: string | undefined;
}

/** Names of image-spec v1.1.1, "Pre-Defined Annotation Keys", which builders use for labels as well. */
const revisionKey = 'org.opencontainers.image.revision';
const sourceKey = 'org.opencontainers.image.source';

/** Platforms that are looked for one after the other: images have a dozen. */
const platformsMax = 32;

/** Largest configuration that is read: some kilobytes are usual. */
const configSizeBytesMax = 4 * 1024 * 1024;

/**
 * The image of the digest. Its commit is told by the labels of the first platform that is there or, where these do not
 * tell it, by the annotations of that manifest and of the index. An artifact says nothing of the kind.
 *
 * @throws NotFoundError MANIFEST_UNKNOWN, BLOB_UNKNOWN; IntegrityError MANIFEST_INVALID and others for damaged content.
 */
export async function readImage(source: Source, digest: Digest, signal: AbortSignal): Promise<ImageReading> {
  const fetched = await source.fetchManifest(digest, signal);
  const manifest = parseManifest(fetched.bytes, fetched.descriptor.mediaType);
  const first = await readFirst(source, manifest, signal);
  const config = first === undefined ? {} : await readConfig(source, first, signal);
  const labels = [labelsIn(config), first?.annotations ?? {}, manifest.annotations ?? {}];
  const told = (key: string) => labels.map((some) => some[key]).find((text) => text !== undefined && text !== '');
  return {
    fetched,
    manifest,
    platforms: manifest.kind === 'image' ? ownPlatform(config, digest) : listedPlatforms(manifest),
    revision: told(revisionKey),
    source: told(sourceKey),
  };
}

/** The first image of an index, or the image itself. A cleaning job may have taken one that has no tag. */
async function readFirst(source: Source, manifest: Manifest, signal: AbortSignal): Promise<ImageManifest | undefined> {
  if (manifest.kind === 'image') return manifest;
  const listed = imagesIn(manifest).filter(({ mediaType }) => isImageManifestType(mediaType));
  for (const { digest } of listed.slice(0, platformsMax)) {
    const found = await fetchListed(source, digest, signal);
    if (found?.kind === 'image') return found;
  }
  return undefined;
}

async function fetchListed(source: Source, digest: Digest, signal: AbortSignal): Promise<Manifest | undefined> {
  try {
    const { bytes, descriptor } = await source.fetchManifest(digest, signal);
    return parseManifest(bytes, descriptor.mediaType);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

type Config = Readonly<Record<string, unknown>>;

async function readConfig(source: Source, { config }: ImageManifest, signal: AbortSignal): Promise<Config> {
  if (config.size > configSizeBytesMax) return {};
  const bytes = await readWhole(await source.fetchBlob(config, signal));
  return parseConfig(bytes.toString('utf8'));
}

/** An artifact's configuration may be anything. */
function parseConfig(text: string): Config {
  try {
    return recordOf(JSON.parse(text));
  } catch {
    return {};
  }
}

function recordOf(value: unknown): Config {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Spec: image-spec v1.1.1, "OCI Image Configuration", `config.Labels`. */
function labelsIn(config: Config): Readonly<Record<string, string>> {
  const labels = Object.entries(recordOf(recordOf(config['config'])['Labels']));
  return Object.fromEntries(labels.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])));
}

function ownPlatform(config: Config, digest: Digest): readonly PlatformDigest[] {
  const { os, architecture, variant } = config;
  if (typeof os !== 'string' || typeof architecture !== 'string') return [];
  const platform = { os, architecture, ...(typeof variant === 'string' && variant !== '' ? { variant } : {}) };
  return [{ platform, digest }];
}

function listedPlatforms(manifest: Manifest): readonly PlatformDigest[] {
  return imagesIn(manifest).flatMap(({ platform, digest }) => (platform === undefined ? [] : [{ platform, digest }]));
}
