/** An image from the files of a directory, without any container tool. */
import { stat } from 'node:fs/promises';
import { arch } from 'node:os';
import { join, resolve } from 'node:path';
import { CodedError, InputError } from '../../../errors/errors.ts';
import type { ByteStream } from '../../../oci/copy/target.ts';
import { createHasher } from '../../../oci/hash.ts';
import type { Descriptor } from '../../../oci/spec/descriptor.ts';
import type { Digest } from '../../../oci/spec/digest.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import type { Platform } from '../../../oci/spec/platform.ts';
import type { BuildParts, BuildRequest, ReadyImage } from '../builder.ts';
import { ignoreFileName, readIgnoreRules } from '../context/read-ignore-rules.ts';
import { walkDirectory } from '../context/walk-directory.ts';
import type { FoundImage } from '../image/find-root.ts';
import { gzipped } from '../image/gzipped.ts';
import { type LayoutWriter, openLayoutWriter } from '../image/layout-writer.ts';
import { openReadyLayout } from '../image/open-ready-layout.ts';
import { annotationsFor } from '../request/annotation.ts';
import { imageConfig } from './image-config.ts';
import { layerTar } from './layer-tar.ts';

export type DirectoryImage = Extract<ReadyImage, { readonly kind: 'directory' }>;

/**
 * The image with one layer that has everything in the directory but what its `.dockerignore` leaves out, and that file.
 * Same files, settings and moment give the same digests; without a moment it is the beginning of time. Several platforms
 * share the layer: what is in it must run on all of them.
 * @throws InputError BUILD_INPUT_INVALID.
 */
export async function imageOfDirectory(
  ready: DirectoryImage,
  request: BuildRequest,
  { cwd, scratch, signal }: Pick<BuildParts, 'cwd' | 'scratch' | 'signal'>,
): Promise<FoundImage> {
  const directory = resolve(cwd, ready.directory);
  const found = await stat(directory).catch(() => undefined);
  if (found?.isDirectory() !== true) throw absent(ready.directory);
  const target = join(scratch, 'image');
  const writer = await openLayoutWriter(target);
  const layer = await addLayer(writer, directory, request.createdAt ?? 0, signal);
  const platforms = request.platforms.length === 0 ? [ownPlatform()] : request.platforms;
  const images: Descriptor[] = [];
  for (const platform of platforms) images.push(await addImage(writer, { platform, layer, ready, request }));
  const [only] = images;
  await writer.finish(only !== undefined && images.length === 1 ? only : await addIndex(writer, images, request));
  return await openReadyLayout(target, undefined, signal);
}

interface Layer {
  readonly descriptor: Descriptor;
  /** Digest without compression. */
  readonly diffId: Digest;
}

async function addLayer(
  writer: LayoutWriter,
  directory: string,
  modifiedAt: number,
  signal: AbortSignal,
): Promise<Layer> {
  const rules = await readIgnoreRules(directory);
  const isIgnored = (path: string) => path === ignoreFileName || rules.isIgnored(path);
  const hasher = createHasher('sha256');
  async function* hashed(): ByteStream {
    const entries = walkDirectory(directory, { ...rules, isIgnored }, signal);
    for await (const chunk of layerTar(entries, modifiedAt)) {
      hasher.update(chunk);
      yield chunk;
    }
  }
  const descriptor = await writer.addBlob(mediaTypes.ociLayerGzip, gzipped(hashed())).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw cause instanceof CodedError ? cause : unreadable(directory, cause);
  });
  return { descriptor, diffId: hasher.digest() };
}

interface ImageParts {
  readonly platform: Platform;
  readonly layer: Layer;
  readonly ready: DirectoryImage;
  readonly request: BuildRequest;
}

async function addImage(writer: LayoutWriter, { platform, layer, ready, request }: ImageParts): Promise<Descriptor> {
  const { labels, createdAt } = request;
  const document = imageConfig({ platform, run: ready.run, labels, createdAt, diffIds: [layer.diffId] });
  const config = await writer.addDocument(mediaTypes.ociConfig, document);
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config,
    layers: [layer.descriptor],
    ...optionalAnnotations('manifest', request),
  };
  return { ...(await writer.addDocument(mediaTypes.ociManifest, manifest)), platform };
}

async function addIndex(
  writer: LayoutWriter,
  images: readonly Descriptor[],
  request: BuildRequest,
): Promise<Descriptor> {
  const manifests = images;
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests,
    ...optionalAnnotations('index', request),
  };
  return await writer.addDocument(mediaTypes.ociIndex, index);
}

function optionalAnnotations(level: 'manifest' | 'index', request: BuildRequest) {
  const annotations = annotationsFor(level, request.annotations);
  return Object.keys(annotations).length === 0 ? {} : { annotations };
}

/** Linux on this machine's architecture. Spec: image-spec v1.1.1, "Image Index Property Descriptions". */
function ownPlatform(): Platform {
  const names: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
  return { os: 'linux', architecture: names[arch()] ?? arch() };
}

/** One may not be read, or was changed while it was. */
function unreadable(directory: string, cause: unknown): InputError {
  const message = `files cannot be read: ${directory}: ${cause instanceof Error ? cause.message : String(cause)}`;
  const wayOut = 'see that all files can be read and are not written to, or leave some out by a .dockerignore';
  return new InputError({ code: 'BUILD_INPUT_INVALID', message, wayOut, cause });
}

function absent(directory: string): InputError {
  const wayOut = 'correct the directory';
  return new InputError({
    code: 'BUILD_INPUT_INVALID',
    message: `no directory with an image's files: ${directory}`,
    wayOut,
  });
}
