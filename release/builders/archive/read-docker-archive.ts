/** An image as `docker save` writes it, made into one that registries know. */
import { InputError, NotFoundError } from '../../../errors/errors.ts';
import { streamOf } from '../../../oci/byte-stream.ts';
import { openSlots } from '../../../oci/copy/slots.ts';
import type { Descriptor } from '../../../oci/spec/descriptor.ts';
import { parseDigest } from '../../../oci/spec/digest.ts';
import { parseArray, parseObject, parseText } from '../../../oci/spec/json-value.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import type { FoundImage } from '../image/find-root.ts';
import { type LayoutWriter, openLayoutWriter } from '../image/layout-writer.ts';
import { openReadyLayout } from '../image/open-ready-layout.ts';
import { addLayer } from './add-layer.ts';
import { readSmall, type TarFile } from './tar-files.ts';

export interface DockerArchiveOptions {
  readonly tag: string | undefined;
  /** Directory that does not exist and becomes an image layout. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/** Layers that are compressed at once: as many as Node.js has threads for it. */
const layersAtOnce = 4;

/**
 * The image of the archive as an OCI image. Its configuration is the one in the archive to the byte, so the daemon's id
 * of the image stays.
 * @throws InputError ARCHIVE_INVALID, BUILD_INPUT_INVALID; IntegrityError DIGEST_MISMATCH.
 */
export async function readDockerArchive(tar: TarFile, options: DockerArchiveOptions): Promise<FoundImage> {
  const { directory, signal } = options;
  const saved = chooseSaved(parseSaved(await readSmall(tar, 'manifest.json'), tar.path), options.tag, tar.path);
  const configuration = await readSmall(tar, saved.config);
  const diffIds = parseDiffIds(configuration, tar.path);
  if (diffIds.length !== saved.layers.length) {
    throw invalid(tar.path, `${saved.layers.length} layers, but its configuration has ${diffIds.length}`);
  }
  const writer = await openLayoutWriter(directory);
  const config = await writer.addBlob(mediaTypes.ociConfig, streamOf(configuration));
  const layers = await addLayers(tar, writer, saved.layers, diffIds, signal);
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers };
  await writer.finish(await writer.addDocument(mediaTypes.ociManifest, manifest));
  return await openReadyLayout(directory, undefined, signal);
}

/** An image of the archive. */
interface SavedImage {
  readonly config: string;
  readonly tags: readonly string[];
  readonly layers: readonly string[];
}

/** Layers in their order; one that the image has twice is compressed once. */
async function addLayers(
  tar: TarFile,
  writer: LayoutWriter,
  names: readonly string[],
  diffIds: readonly string[],
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  const slots = openSlots(layersAtOnce);
  const adding = new Map<string, Promise<Descriptor>>();
  const all = names.map((name, at) => {
    const key = `${name} ${diffIds[at]}`;
    const entry = tar.index.get(name);
    if (entry === undefined) throw invalid(tar.path, `it has no ${name}`);
    const added =
      adding.get(key) ?? slots(() => addLayer(tar, entry, { writer, diffId: parseDigest(diffIds[at] ?? ''), signal }));
    adding.set(key, added);
    return added;
  });
  await Promise.allSettled(all);
  return await Promise.all(all);
}

function parseSaved(bytes: Uint8Array, path: string): readonly SavedImage[] {
  try {
    return parseArray(JSON.parse(new TextDecoder().decode(bytes)), 'manifest.json').map((value) => {
      const image = parseObject(value, 'manifest.json');
      const texts = (name: string) => parseArray(image[name] ?? [], name).map((text) => parseText(text, name));
      return { config: parseText(image['Config'], 'Config'), tags: texts('RepoTags'), layers: texts('Layers') };
    });
  } catch (cause) {
    throw invalid(path, 'its manifest.json cannot be understood', cause);
  }
}

function chooseSaved(images: readonly SavedImage[], tag: string | undefined, path: string): SavedImage {
  const isMeant = ({ tags }: SavedImage) => tags.some((one) => one === tag || one.endsWith(`:${tag}`));
  const [first, ...others] = tag === undefined ? images : images.filter(isMeant);
  if (first !== undefined && others.length === 0) return first;
  const names = images.flatMap(({ tags }) => tags).join(', ') || 'none of them has a tag';
  if (first === undefined) {
    const message = tag === undefined ? `no image in ${path}` : `no image ${tag} in ${path}: ${names}`;
    throw new NotFoundError({ code: 'MANIFEST_UNKNOWN', message, wayOut: 'name a tag that is there' });
  }
  throw new InputError({
    code: 'BUILD_INPUT_INVALID',
    message: `several images in ${path}: ${names}`,
    wayOut: 'name one of them by its tag',
  });
}

/** What the layers are unpacked, by their digests. Spec: image-spec v1.1.1, "OCI Image Configuration". */
function parseDiffIds(configuration: Uint8Array, path: string): readonly string[] {
  try {
    const config = parseObject(JSON.parse(new TextDecoder().decode(configuration)), 'configuration');
    const ids = parseArray(parseObject(config['rootfs'], 'rootfs')['diff_ids'] ?? [], 'diff_ids');
    return ids.map((id) => parseDigest(parseText(id, 'diff_ids')));
  } catch (cause) {
    throw invalid(path, 'its configuration cannot be understood', cause);
  }
}

function invalid(path: string, why: string, cause?: unknown): InputError {
  return new InputError({ code: 'ARCHIVE_INVALID', message: `not an archive of an image: ${path}: ${why}`, cause });
}
