/** Annotations on an image whose manifest nobody refers to yet. */
import { parseObject } from '../../../oci/spec/json-value.ts';
import { isIndexType } from '../../../oci/spec/media-type.ts';
import type { FoundImage } from './find-root.ts';
import { madeManifest, madeSource } from './made-source.ts';

/** The image with the annotations on its manifest, beside those it has; an index stays as it is. */
export async function annotateImage(
  { source, root }: FoundImage,
  annotations: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<FoundImage> {
  if (Object.keys(annotations).length === 0 || isIndexType(root.mediaType)) return { source, root };
  const { bytes } = await source.fetchManifest(root.digest, signal);
  const manifest = parseObject(JSON.parse(new TextDecoder().decode(bytes)), 'manifest');
  const kept = parseObject(manifest['annotations'] ?? {}, 'annotations');
  const document = { ...manifest, annotations: { ...kept, ...annotations } };
  const made = madeManifest(root.mediaType, Buffer.from(JSON.stringify(document)));
  return { source: madeSource(source, { made: [made], root: made.descriptor.digest }), root: made.descriptor };
}
