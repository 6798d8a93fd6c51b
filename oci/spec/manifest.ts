/** Manifests: the documents an image is made of. They are read here and never written back: callers keep the bytes. */
import { IntegrityError } from '../../errors/errors.ts';
import { type Descriptor, parseDescriptor, parseMediaType } from './descriptor.ts';
import {
  isAbsent,
  type JsonObject,
  malformed,
  parseArray,
  parseObject,
  parseOptionalAnnotations,
  parseOptionalText,
} from './json-value.ts';
import { isImageManifestType, isIndexType, isManifestType, isSchema1Type, mediaTypes } from './media-type.ts';
import { schema1Refused } from './schema1.ts';
import { parseStrictJson } from './strict-json.ts';

/**
 * Longest manifest we hold in memory. Implementations are expected to support at least 4 megabytes,
 * so a larger one would not be portable anyway. Spec: distribution-spec v1.1.1, "Pushing Manifests".
 */
export const manifestSizeBytesMax = 4 * 1024 * 1024;

/** One image, or one artifact. Spec: image-spec v1.1.1, "OCI Image Manifest Specification". */
export interface ImageManifest {
  readonly kind: 'image';
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A manifest that lists manifests. Spec: image-spec v1.1.1, "OCI Image Index Specification". */
export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export type Manifest = ImageManifest | ImageIndex;

/**
 * The manifest in the bytes; with `contentType`, only if the document is of that type.
 *
 * Refuses what two readers could take for two different images (CVE-2021-41190): a document with both layers and
 * manifests, a document whose type is not the one it was served as, a key written twice.
 *
 * @throws IntegrityError MANIFEST_INVALID, MANIFEST_OUTDATED, MANIFEST_TOO_LARGE.
 */
export function parseManifest(bytes: Uint8Array, contentType?: string): Manifest {
  if (bytes.length > manifestSizeBytesMax) {
    throw new IntegrityError({
      code: 'MANIFEST_TOO_LARGE',
      message: `manifest of ${bytes.length} bytes, more than ${manifestSizeBytesMax}`,
    });
  }
  const document = parseObject(parseDocument(bytes), 'document');
  const mediaType = parseDocumentType(document, contentType);
  const common = {
    mediaType,
    ...(isAbsent(document['subject']) ? {} : { subject: parseDescriptor(document['subject'], 'subject') }),
    ...parseOptionalText(document, 'artifactType', 'document'),
    ...parseOptionalAnnotations(document, 'document'),
  };
  if (isIndexType(mediaType)) return { kind: 'index', ...common, manifests: parseChildren(document) };
  return {
    kind: 'image',
    ...common,
    config: parseDescriptor(document['config'], 'config'),
    layers: parseLayers(document),
  };
}

/** What the manifest points at and cannot be used without: config and layers, or manifests. The subject is not among them. */
export function successors(manifest: Manifest): readonly Descriptor[] {
  return manifest.kind === 'image' ? [manifest.config, ...manifest.layers] : manifest.manifests;
}

/** The successors that are stored as manifests. */
export function manifestSuccessors(manifest: Manifest): readonly Descriptor[] {
  return manifest.kind === 'image' ? [] : manifest.manifests.filter((child) => isManifestType(child.mediaType));
}

/**
 * The successors that are stored as blobs: whatever an image lists, and what an index lists that is no manifest
 * (build caches are indexes of layers).
 */
export function blobSuccessors(manifest: Manifest): readonly Descriptor[] {
  return successors(manifest).filter((child) => manifest.kind === 'image' || !isManifestType(child.mediaType));
}

function parseDocument(bytes: Uint8Array): unknown {
  try {
    return parseStrictJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw malformed('not JSON:', cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** The document's type: its own word, else the one it was served as, else what its shape says. */
function parseDocumentType(document: JsonObject, contentType: string | undefined): string {
  const served = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  const written = isAbsent(document['mediaType']) ? undefined : parseMediaType(document['mediaType'], 'mediaType');
  if (document['schemaVersion'] === 1 || isSchema1Type(written ?? served ?? '')) throw schema1Refused();
  if (document['schemaVersion'] !== 2) throw malformed('schemaVersion', 'is not 2');
  if (written !== undefined && served !== undefined && written !== served) {
    throw malformed('mediaType', `is ${written}, but it was served as ${served}`);
  }
  const mediaType =
    written ?? served ?? (isAbsent(document['manifests']) ? mediaTypes.ociManifest : mediaTypes.ociIndex);
  if (!isManifestType(mediaType)) throw malformed('mediaType', `is not one of a manifest: ${mediaType}`);
  assertShape(document, mediaType);
  return mediaType;
}

function assertShape(document: JsonObject, mediaType: string): void {
  const strangers = isImageManifestType(mediaType) ? ['manifests'] : ['config', 'layers'];
  for (const key of [...strangers, 'fsLayers']) {
    if (!isAbsent(document[key])) throw malformed(key, `does not belong in ${mediaType}`);
  }
}

function parseChildren(document: JsonObject): readonly Descriptor[] {
  const children = parseDescriptors(document['manifests'], 'manifests');
  if (children.some((child) => isSchema1Type(child.mediaType))) throw schema1Refused();
  return children;
}

function parseLayers(document: JsonObject): readonly Descriptor[] {
  return parseDescriptors(document['layers'], 'layers');
}

/** An empty list may be written as null, but not left out. */
function parseDescriptors(value: unknown, where: string): readonly Descriptor[] {
  if (value === null) return [];
  return parseArray(value, where).map((entry, at) => parseDescriptor(entry, `${where}[${at}]`));
}
