/** The entry point of an OCI image layout, `index.json`: which manifest each tag names. */
import { IntegrityError } from '../../errors/errors.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import type { Digest } from '../spec/digest.ts';
import { type JsonObject, parseArray, parseObject } from '../spec/json-value.ts';
import { parseManifest } from '../spec/manifest.ts';
import { mediaTypes } from '../spec/media-type.ts';
import { isTag, type Tag } from '../spec/tag.ts';

/** A parsed `index.json`. What other tools wrote into it is kept when it is written again. */
export interface LayoutIndex {
  readonly document: JsonObject;
  /** As listed in the document, in its order. */
  readonly entries: readonly LayoutEntry[];
}

interface LayoutEntry {
  readonly written: unknown;
  readonly descriptor: Descriptor;
  /** The entry's name where it has one that is a tag; other tools also write whole references. */
  readonly tag: Tag | undefined;
}

/** Spec: image-spec v1.1.1, "Pre-Defined Annotation Keys". */
const nameAnnotation = 'org.opencontainers.image.ref.name';

/** The index of a layout that holds nothing. */
export const emptyLayoutIndex: LayoutIndex = {
  document: { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] },
  entries: [],
};

/**
 * The index in the bytes of an `index.json`. Spec: image-spec v1.1.1, "index.json file".
 * @throws IntegrityError MANIFEST_INVALID, MANIFEST_TOO_LARGE.
 */
export function parseLayoutIndex(bytes: Uint8Array): LayoutIndex {
  const index = parseManifest(bytes, mediaTypes.ociIndex);
  const document = parseObject(JSON.parse(new TextDecoder().decode(bytes)), 'index.json');
  const written = parseArray(document['manifests'], 'manifests');
  const descriptors = index.kind === 'index' ? index.manifests : [];
  return {
    document,
    entries: descriptors.map((descriptor, at) => ({
      written: written[at],
      descriptor,
      tag: tagOf(descriptor),
    })),
  };
}

/** The bytes of `index.json`. */
export function formatLayoutIndex(index: LayoutIndex): Uint8Array {
  const document = { ...index.document, manifests: index.entries.map((entry) => entry.written) };
  return new TextEncoder().encode(`${JSON.stringify(document)}\n`);
}

/** Every tag once, sorted. */
export function listLayoutTags(index: LayoutIndex): readonly Tag[] {
  const tags = index.entries.flatMap((entry) => (entry.tag === undefined ? [] : [entry.tag]));
  return [...new Set(tags)].sort();
}

/**
 * What the tag names; undefined when it is absent.
 * @throws IntegrityError MANIFEST_INVALID when it names two manifests: a layout may, but then no reader can tell which is meant.
 */
export function resolveLayoutTag(index: LayoutIndex, tag: Tag): Descriptor | undefined {
  const named = index.entries.filter((entry) => entry.tag === tag).map((entry) => entry.descriptor);
  const digests = new Set(named.map((descriptor) => descriptor.digest));
  if (digests.size <= 1) return named[0];
  throw new IntegrityError({
    code: 'MANIFEST_INVALID',
    message: `tag names several manifests in an image layout: ${tag}: ${[...digests].join(', ')}`,
  });
}

/** The index with the tag at the manifest, and nowhere else. */
export function withLayoutTag(index: LayoutIndex, tag: Tag, { mediaType, digest, size }: Descriptor): LayoutIndex {
  const descriptor: Descriptor = { mediaType, digest, size, annotations: { [nameAnnotation]: tag } };
  const others = withoutLayoutTag(index, tag);
  return { ...others, entries: [...others.entries, { written: descriptor, descriptor, tag }] };
}

/** The index with an entry for the manifest under no tag, which stays when its tags go. */
export function withLayoutManifest(index: LayoutIndex, descriptor: Descriptor): LayoutIndex {
  const { digest } = descriptor;
  if (index.entries.some((entry) => entry.tag === undefined && entry.descriptor.digest === digest)) return index;
  return { ...index, entries: [...index.entries, { written: descriptor, descriptor, tag: undefined }] };
}

/** Every manifest that has an entry, once. */
export function listLayoutManifests(index: LayoutIndex): readonly Digest[] {
  return [...new Set(index.entries.map((entry) => entry.descriptor.digest))];
}

/** The index without the tag. */
export function withoutLayoutTag(index: LayoutIndex, tag: Tag): LayoutIndex {
  return { ...index, entries: index.entries.filter((entry) => entry.tag !== tag) };
}

/** The index without any entry for the manifest. */
export function withoutLayoutManifest(index: LayoutIndex, digest: Digest): LayoutIndex {
  return { ...index, entries: index.entries.filter((entry) => entry.descriptor.digest !== digest) };
}

function tagOf(descriptor: Descriptor): Tag | undefined {
  const name = descriptor.annotations?.[nameAnnotation];
  return name !== undefined && isTag(name) ? name : undefined;
}
