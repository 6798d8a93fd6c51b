/** Images for clients that push what is there and do not build: image layouts in directories, made by buildah. */
import { join } from 'node:path';
import type { ContainerTools } from '../container-tools.ts';
import { writeImageContext } from '../version-image.ts';

export interface ImageWorkshop {
  /** A directory to build an image from that prints the text. */
  contextOf(text: string): Promise<string>;
  /** An image layout of that image, with the tag `built`; the same one for the same text. */
  layoutOf(text: string): Promise<string>;
}

/** The tag of the image in a layout. */
export const layoutTag = 'built';

/** A workshop that keeps everything below the directory. */
export function openImageWorkshop(tools: ContainerTools, directory: string): ImageWorkshop {
  const layouts = new Map<string, Promise<string>>();
  const contextOf = (text: string) => writeImageContext(join(directory, `context-${text}`), text);

  async function build(text: string): Promise<string> {
    const layout = join(directory, `layout-${text}`);
    const image = `localhost/workshop:${text}`;
    await tools.run('buildah', ['build', '--quiet', '--format', 'oci', '--tag', image, await contextOf(text)]);
    await tools.run('buildah', ['push', '--quiet', image, `oci:${layout}:${layoutTag}`]);
    return layout;
  }

  return {
    contextOf,
    layoutOf(text) {
      const layout = layouts.get(text) ?? build(text);
      layouts.set(text, layout);
      return layout;
    },
  };
}
