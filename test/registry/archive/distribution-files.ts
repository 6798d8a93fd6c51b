/** The files of a distribution registry, as a test wants them: sound or damaged. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digestHex } from '../../../oci/spec/digest.ts';
import type { Content } from '../../oci/content.ts';

export interface DistributionFiles {
  readonly directory: string;
  contentOf(content: Content): string;
  layerLink(repository: string, content: Content): string;
  revisionLink(repository: string, content: Content): string;
  tagLink(repository: string, tag: string): string;
  /** Blobs with their links, then the manifest with its own, then the tags; as distribution does. */
  add(repository: string, contents: readonly Content[], tags?: readonly string[]): Promise<void>;
}

/** Files below the directory; the last of the contents is a manifest, the others are what its type says. */
export function distributionFiles(directory: string): DistributionFiles {
  const root = join(directory, 'docker', 'registry', 'v2');
  const hexOf = ({ descriptor }: Content) => digestHex(descriptor.digest);
  const below = (repository: string, ...parts: string[]) => join(root, 'repositories', repository, ...parts, 'link');

  async function write(path: string, bytes: Uint8Array | string): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }

  const files: DistributionFiles = {
    directory,
    contentOf: (content) => join(root, 'blobs', 'sha256', hexOf(content).slice(0, 2), hexOf(content), 'data'),
    layerLink: (repository, content) => below(repository, '_layers', 'sha256', hexOf(content)),
    revisionLink: (repository, content) => below(repository, '_manifests', 'revisions', 'sha256', hexOf(content)),
    tagLink: (repository, tag) => below(repository, '_manifests', 'tags', tag, 'current'),
    async add(repository, contents, tags = []) {
      for (const content of contents) {
        const isManifest = /manifest|index|list/.test(content.descriptor.mediaType);
        const link = isManifest ? files.revisionLink : files.layerLink;
        await write(files.contentOf(content), content.bytes);
        await write(link(repository, content), content.descriptor.digest);
      }
      for (const tag of tags) await write(files.tagLink(repository, tag), contents.at(-1)?.descriptor.digest ?? '');
    },
  };
  return files;
}
