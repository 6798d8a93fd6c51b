/**
 * Data directories with very many tags or repositories, as a registry that was used for years has them. They are written
 * as files, because pushing so much would take hours and would measure nothing more.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isRepositoryName, type RepositoryName } from '../../../../oci/spec/repository-name.ts';
import { isTag, type Tag } from '../../../../oci/spec/tag.ts';
import { type DiskLayout, diskLayout } from '../../../../registry/disk/disk-layout.ts';
import { formatManifestFile } from '../../../../registry/disk/manifest-file.ts';
import { type Content, imageOf } from '../../../oci/content.ts';

export interface SeededDirectory {
  /** The image that is everywhere. */
  readonly manifest: Content;
}

const digits = 6;

/** The tag of that number; they sort by it. */
export function tagOf(number: number): Tag {
  const name = `build-${String(number).padStart(digits, '0')}`;
  if (!isTag(name)) throw new Error(`not a tag: ${name}`);
  return name;
}

/** The repository of that number; they sort by it. Ten lie in each folder, as teams have them. */
export function repositoryOf(number: number): RepositoryName {
  const padded = String(number).padStart(digits, '0');
  const name = `team-${padded.slice(0, -1)}/app-${padded}`;
  if (!isRepositoryName(name)) throw new Error(`not a repository: ${name}`);
  return name;
}

/** One repository, number 0, with so many tags. */
export function seedTags(root: string, count: number): SeededDirectory {
  const layout = diskLayout(root);
  const image = imageOf('of many tags', []);
  writeImage(layout, repositoryOf(0), image);
  mkdirSync(layout.tags(repositoryOf(0)), { recursive: true });
  const record = `${JSON.stringify({ digest: image.manifest.descriptor.digest })}\n`;
  for (let at = 0; at < count; at += 1) writeFileSync(layout.tag(repositoryOf(0), tagOf(at)), record);
  return image;
}

/** So many repositories with one image and one tag. */
export function seedRepositories(root: string, count: number): SeededDirectory {
  const layout = diskLayout(root);
  const image = imageOf('of many repositories', []);
  const record = `${JSON.stringify({ digest: image.manifest.descriptor.digest })}\n`;
  for (let at = 0; at < count; at += 1) {
    writeImage(layout, repositoryOf(at), image);
    writeOne(layout.tag(repositoryOf(at), tagOf(0)), record);
  }
  return image;
}

function writeImage(
  layout: DiskLayout,
  repository: RepositoryName,
  { manifest, config }: { readonly manifest: Content; readonly config: Content },
): void {
  const { mediaType, digest } = manifest.descriptor;
  writeOne(layout.contentOf(config.descriptor.digest), config.bytes);
  writeOne(layout.blobLink(repository, config.descriptor.digest), '');
  writeOne(layout.manifest(repository, digest), formatManifestFile({ digest, mediaType, bytes: manifest.bytes }));
}

function writeOne(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, content, { mode: 0o600 });
}
