/** The builder that builds nothing: an image that is there already, or plain files. No container tool is needed. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError } from '../../../errors/errors.ts';
import { manifestNotFound } from '../../../oci/not-found.ts';
import { parseReference } from '../../../oci/spec/reference.ts';
import { openImageArchive } from '../archive/open-image-archive.ts';
import type { Builder, BuildParts, BuildRequest, BuiltImage, ReadyImage } from '../builder.ts';
import { annotateImage } from '../image/annotate-image.ts';
import type { FoundImage } from '../image/find-root.ts';
import { openReadyLayout } from '../image/open-ready-layout.ts';
import { placeAttestations } from '../image/place-attestations.ts';
import { annotationsFor } from '../request/annotation.ts';
import { imageOfDirectory } from './image-of-directory.ts';
import { mergeImages } from './merge-images.ts';

/**
 * The builder. What is there by a digest keeps it: such an image gets neither labels nor annotations. What is made here,
 * an index or the manifest of an archive, gets annotations; what is made of plain files gets both.
 */
export const nothingBuilder: Builder = { name: 'none', build };

async function build(request: BuildRequest, parts: BuildParts): Promise<BuiltImage> {
  const { ready } = request;
  if (ready === undefined) {
    const message = 'the builder none builds nothing, and no image is named that is there already';
    const wayOut = 'name an image or directory by source, or set builder to auto';
    throw new InputError({ code: 'BUILD_INPUT_INVALID', message, wayOut });
  }
  parts.signal.throwIfAborted();
  const { source, root } = await openReady(ready, request, parts);
  // An image that is named by its digest is that one and no other.
  const placement = ready.kind === 'digest' ? 'index' : request.attestations.placement;
  const placed = await placeAttestations(source, root, placement, parts.signal);
  return { builder: 'none', source: placed.source, root: placed.root, warnings: [] };
}

async function openReady(ready: ReadyImage, request: BuildRequest, parts: BuildParts): Promise<FoundImage> {
  switch (ready.kind) {
    case 'layout':
      return await openLayoutOrArchive(resolve(parts.cwd, ready.directory), ready.tagOrDigest, parts);
    case 'docker-archive':
      return await openArchive(resolve(parts.cwd, ready.path), ready.tag, request, parts);
    case 'digest':
      return await openDigest(ready.reference, parts);
    case 'merge':
      return await mergeImages(ready.references, request, parts);
    case 'directory':
      return await imageOfDirectory(ready, request, parts);
  }
}

/** A layout may be packed in a file as well. */
async function openLayoutOrArchive(
  path: string,
  tagOrDigest: string | undefined,
  { scratch, signal }: BuildParts,
): Promise<FoundImage> {
  const isFile = (await stat(path).catch(() => undefined))?.isFile() === true;
  if (!isFile) return await openReadyLayout(path, tagOrDigest, signal);
  return await openImageArchive(path, { tag: tagOrDigest, directory: join(scratch, 'image'), signal });
}

async function openArchive(
  path: string,
  tag: string | undefined,
  { annotations }: BuildRequest,
  { scratch, signal }: BuildParts,
): Promise<FoundImage> {
  const archived = await openImageArchive(path, { tag, directory: join(scratch, 'image'), signal });
  if (!archived.isMade) return archived;
  return await annotateImage(archived, annotationsFor('manifest', annotations), signal);
}

async function openDigest(reference: string, { openRepository, signal }: BuildParts): Promise<FoundImage> {
  const { digest } = parseReference(reference);
  if (digest === undefined) {
    const message = `no digest: ${reference}`;
    const wayOut = 'name the image by its digest, as in app@sha256:…';
    throw new InputError({ code: 'BUILD_INPUT_INVALID', message, wayOut });
  }
  const source = await openRepository(reference);
  const root = await source.resolve(digest, signal);
  if (root === undefined) throw manifestNotFound(source.name, digest);
  return { source, root };
}
