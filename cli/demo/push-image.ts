/** Pushing an image that is in memory: blobs, then the manifest under its tag. */
import type { Target } from '../../oci/copy/target.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { Content, DemoImage } from './image.ts';

/** Pushes the image; the tag is written last, so that nobody sees it without its content. */
export async function pushImage(target: Target, image: DemoImage, tag: Tag, signal: AbortSignal): Promise<void> {
  for (const content of [image.layer, image.config]) {
    await target.pushBlob(content.descriptor, async () => streamOf(content), signal);
  }
  await target.pushTag(tag, image.manifest, { signal });
}

async function* streamOf(content: Content): AsyncGenerator<Uint8Array> {
  yield content.bytes;
}
