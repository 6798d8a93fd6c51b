/**
 * Where the attestations of an image go.
 *
 * - `index` leaves the image as its builder made it. BuildKit's index has a manifest of unknown platform for each image,
 *   which everybody reads who knows BuildKit; but an image of one platform is an index then, and some readers of plain
 *   images (AWS Lambda, old registries) refuse that.
 * - `referrers` takes them out: each becomes a referrer of the image it describes, of the artifact type of in-toto, and
 *   goes with it wherever copies take referrers along. The index lists platforms alone; with one platform there is none,
 *   and the digest of the image depends on nothing that an attestation tells of the moment of the build.
 * - `none` leaves them out, and the index with them when it has one image.
 */

import { filterIndex } from '../../../oci/copy/platforms/filter-index.ts';
import type { FetchedManifest, Source } from '../../../oci/copy/target.ts';
import type { Descriptor } from '../../../oci/spec/descriptor.ts';
import { parseObject } from '../../../oci/spec/json-value.ts';
import { type ImageIndex, parseManifest } from '../../../oci/spec/manifest.ts';
import type { AttestationRequest } from '../builder.ts';
import { describedBy } from './attestation.ts';
import type { FoundImage } from './find-root.ts';
import { madeManifest, madeSource } from './made-source.ts';

/** What these attestations are, for whoever looks for them among an image's referrers. */
const artifactType = 'application/vnd.in-toto+json';

/** The image with its attestations in that place. An image without any stays as it is, unless `none` unwraps it. */
export async function placeAttestations(
  source: Source,
  root: Descriptor,
  placement: AttestationRequest['placement'],
  signal: AbortSignal,
): Promise<FoundImage> {
  if (placement === 'index') return { source, root };
  const whole = await source.fetchManifest(root.digest, signal);
  const index = parseManifest(whole.bytes, whole.descriptor.mediaType);
  if (index.kind === 'image') return { source, root };
  const attestations = index.manifests.filter((child) => describedBy(child) !== undefined);
  const images = index.manifests.filter((child) => describedBy(child) === undefined);
  if (attestations.length === 0 && placement === 'referrers') return { source, root };
  const referrers = placement === 'none' ? [] : await makeReferrers(source, { attestations, images }, signal);
  const { root: rest, made } = withoutAttestations(whole, index, images);
  // Later versions of BuildKit make them referrers that are listed in the index as well.
  const leftOut = new Set(attestations.map(({ digest }) => digest));
  if (made === undefined) return { source: madeSource(source, { made: referrers, leftOut }), root: rest };
  return { source: madeSource(source, { made: [...referrers, made], root: rest.digest, leftOut }), root: rest };
}

interface Narrowed {
  readonly root: Descriptor;
  /** What is not at the source. */
  readonly made: FetchedManifest | undefined;
}

/** The one image, or the index with all of them, every other byte of it kept. */
function withoutAttestations(whole: FetchedManifest, index: ImageIndex, images: readonly Descriptor[]): Narrowed {
  const [first] = images;
  if (first !== undefined && images.length === 1) {
    const { mediaType, digest, size } = first;
    return { root: { mediaType, digest, size }, made: undefined };
  }
  if (images.length === index.manifests.length) return { root: whole.descriptor, made: undefined };
  const kept = (at: number) => images.some((image) => image === index.manifests[at]);
  const text = filterIndex(new TextDecoder().decode(whole.bytes), kept);
  const made = madeManifest(whole.descriptor.mediaType, new TextEncoder().encode(text));
  return { root: made.descriptor, made };
}

interface IndexParts {
  readonly attestations: readonly Descriptor[];
  readonly images: readonly Descriptor[];
}

/** One that describes nothing of the index says nothing any more. */
async function makeReferrers(
  source: Source,
  { attestations, images }: IndexParts,
  signal: AbortSignal,
): Promise<readonly FetchedManifest[]> {
  const made: FetchedManifest[] = [];
  for (const attestation of attestations) {
    const subject = images.find(({ digest }) => digest === describedBy(attestation));
    if (subject === undefined) continue;
    made.push(makeReferrer(await source.fetchManifest(attestation.digest, signal), subject));
  }
  return made;
}

/** The same manifest, with a type that says what it is and the image as its subject. Spec: image-spec v1.1.1, "Guidelines for Artifact Usage". */
function makeReferrer(
  { bytes, descriptor }: FetchedManifest,
  { mediaType, digest, size }: Descriptor,
): FetchedManifest {
  const {
    schemaVersion,
    mediaType: type,
    artifactType: _,
    subject: __,
    ...others
  } = parseObject(JSON.parse(new TextDecoder().decode(bytes)), 'attestation');
  const document = { schemaVersion, mediaType: type, artifactType, ...others, subject: { mediaType, digest, size } };
  return madeManifest(descriptor.mediaType, new TextEncoder().encode(JSON.stringify(document)));
}
