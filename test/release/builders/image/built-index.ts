/** An index as BuildKit makes it: images of some platforms, and an attestation of each. */
import { mediaTypes } from '../../../../oci/spec/media-type.ts';
import { parsePlatformText } from '../../../../oci/spec/platform.ts';
import { bytesOf, type Content, contentOf, imageOf, layerOf, manifestOf } from '../../../oci/content.ts';

export interface BuiltIndex {
  readonly index: Content;
  readonly images: readonly Content[];
  readonly attestations: readonly Content[];
  /** All of it, in an order in which it can be pushed. */
  readonly contents: readonly Content[];
}

/** Attestations as BuildKit wrote them first: images of an unknown platform. Later ones are referrers already. */
export type AttestationForm = 'image' | 'artifact';

/** The index; what is in the images follows from `seed`. */
export function builtIndex(
  platforms: readonly string[],
  {
    seed = 'app',
    form = 'image',
    annotations,
  }: { seed?: string; form?: AttestationForm | 'none'; annotations?: Readonly<Record<string, string>> } = {},
): BuiltIndex {
  const built = platforms.map((text) => buildOne(text, seed));
  const attested = form === 'none' ? [] : built.map(({ image }) => attest(image, form));
  const manifests = [
    ...built.map(({ image, platform }) => ({ ...image.descriptor, platform })),
    ...attested.map(({ listed }) => listed),
  ];
  const index = manifestOf(mediaTypes.ociIndex, { manifests, ...(annotations === undefined ? {} : { annotations }) });
  return {
    index,
    images: built.map(({ image }) => image),
    attestations: attested.map(({ manifest }) => manifest),
    contents: [...built.flatMap(({ contents }) => contents), ...attested.flatMap(({ contents }) => contents), index],
  };
}

/** An image of one platform by itself, as each part of a build on several machines pushes it. */
export function builtImage(platform: string, seed = 'app') {
  const { image, contents } = buildOne(platform, seed);
  return { image, contents };
}

function buildOne(text: string, seed: string) {
  const platform = parsePlatformText(text);
  const layer = layerOf(`${seed} for ${text}`);
  const { manifest, config } = imageOf(JSON.stringify({ ...platform, seed }), [layer.descriptor]);
  return { platform, image: manifest, contents: [layer, config, manifest] };
}

function attest(image: Content, form: AttestationForm) {
  const statement = contentOf('application/vnd.in-toto+json', bytesOf(`{"about": "${image.descriptor.digest}"}`));
  const isImage = form === 'image';
  const config = contentOf(
    isImage ? mediaTypes.ociConfig : mediaTypes.ociEmpty,
    bytesOf(isImage ? '{"os":"unknown"}' : '{}'),
  );
  const layers = [
    { ...statement.descriptor, annotations: { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v1' } },
  ];
  const artifact = { artifactType: 'application/vnd.docker.attestation.manifest.v1+json', subject: image.descriptor };
  const manifest = manifestOf(mediaTypes.ociManifest, {
    config: config.descriptor,
    layers,
    ...(isImage ? {} : artifact),
  });
  const listed = {
    ...manifest.descriptor,
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: {
      'vnd.docker.reference.digest': image.descriptor.digest,
      'vnd.docker.reference.type': 'attestation-manifest',
    },
  };
  return { manifest, listed, contents: [statement, config, manifest] };
}
