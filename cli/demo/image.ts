/** An image in memory: a manifest, its config, one layer. Enough to push without any container tool. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { digestOf } from '../../oci/hash.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import type { DemoFile } from './demo-file.ts';
import { layerTar } from './layer-tar.ts';

export interface DemoImage {
  readonly manifest: Content;
  readonly config: Content;
  readonly layer: Content;
}

/** Bytes and what names them. */
export interface Content {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

export interface ImageSettings {
  /** As in platform: amd64, arm64. */
  readonly architecture: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** The image of the files; the same files give the same digests. Spec: image-spec v1.1.1, "Image Configuration". */
export async function buildImage(files: readonly DemoFile[], settings: ImageSettings): Promise<DemoImage> {
  const tar = await layerTar(files);
  const layer = contentOf(mediaTypes.ociLayerGzip, await promisify(gzip)(tar));
  const config = contentOf(mediaTypes.ociConfig, {
    architecture: settings.architecture,
    os: 'linux',
    config: { Entrypoint: settings.entrypoint, Cmd: settings.command, WorkingDir: '/', Labels: settings.labels },
    rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
    history: [{ created_by: 'registry-action demo' }],
  });
  const manifest = contentOf(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: config.descriptor,
    layers: [layer.descriptor],
  });
  return { manifest, config, layer };
}

function contentOf(mediaType: string, content: Uint8Array | object): Content {
  const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}
