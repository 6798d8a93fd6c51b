/** Media types: what a descriptor's content is, in the OCI and the Docker vocabulary. */

/** The media types we know. Spec: image-spec v1.1.1, "OCI Image Media Types". */
export const mediaTypes = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  dockerForeignLayer: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  dockerSchema1: 'application/vnd.docker.distribution.manifest.v1+json',
  dockerSchema1Signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
} as const;

/** Layers that image-spec v1.1 deprecates, and that registries were asked not to store. */
const nonDistributablePrefix = 'application/vnd.oci.image.layer.nondistributable.v1.tar';

/** Whether the type is that of a document listing manifests. */
export function isIndexType(mediaType: string): boolean {
  return mediaType === mediaTypes.ociIndex || mediaType === mediaTypes.dockerManifestList;
}

/** Whether the type is that of a document with a config and layers. */
export function isImageManifestType(mediaType: string): boolean {
  return mediaType === mediaTypes.ociManifest || mediaType === mediaTypes.dockerManifest;
}

/** Whether content of the type is stored as a manifest; everything else is a blob. */
export function isManifestType(mediaType: string): boolean {
  return isIndexType(mediaType) || isImageManifestType(mediaType);
}

/** Whether the type is Docker's image manifest, schema 1, which registries no longer take. */
export function isSchema1Type(mediaType: string): boolean {
  return mediaType === mediaTypes.dockerSchema1 || mediaType === mediaTypes.dockerSchema1Signed;
}

/** Whether the type is that of a layer which lies elsewhere. Spec: image-spec v1.1.1, "Non-Distributable Layers". */
export function isNonDistributable(mediaType: string): boolean {
  return mediaType === mediaTypes.dockerForeignLayer || mediaType.startsWith(nonDistributablePrefix);
}
