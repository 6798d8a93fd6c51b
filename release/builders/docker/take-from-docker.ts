/** Taking an image out of a docker daemon's storage. */
import { join } from 'node:path';
import { openImageArchive } from '../archive/open-image-archive.ts';
import type { BuilderName, BuildParts, BuildRequest } from '../builder.ts';
import { annotateImage } from '../image/annotate-image.ts';
import type { FoundImage } from '../image/find-root.ts';
import { askProgram } from '../program/ask-program.ts';
import { runBuilder } from '../program/run-builder.ts';
import { tidyLater } from '../program/tidy-later.ts';
import { annotationsFor } from '../request/annotation.ts';

/** An image that the daemon has. */
export interface DaemonImage {
  /** Who built it, for messages. */
  readonly builder: BuilderName;
  readonly name: string;
  /** Otherwise the name is taken away again; what others call by another name stays. */
  readonly isKept: boolean;
}

/** The image, to be read from an archive in the scratch directory. */
export async function takeFromDocker(
  { builder, name, isKept }: DaemonImage,
  { annotations }: Pick<BuildRequest, 'annotations'>,
  parts: BuildParts,
): Promise<FoundImage> {
  const path = join(parts.scratch, 'image.tar');
  const saving = runBuilder({ builder, program: 'docker', words: ['image', 'save', '--output', path, name] }, parts);
  // Meanwhile its layers are compressed and pushed.
  const removing = saving.catch(() => undefined).then(() => (isKept ? undefined : removeImage(name, parts)));
  try {
    await saving;
    const { signal } = parts;
    const archived = await openImageArchive(path, { tag: undefined, directory: join(parts.scratch, 'image'), signal });
    return await annotateImage(archived, annotationsFor('manifest', annotations), signal);
  } finally {
    await tidyLater(removing, parts);
  }
}

/** Also when the build was cancelled. What only this name kept goes with it, what has another name stays. */
async function removeImage(name: string, parts: BuildParts): Promise<void> {
  const always = { ...parts, signal: AbortSignal.timeout(removalMs) };
  await askProgram('docker', ['image', 'rm', name], always).catch(() => undefined);
}

/** How long the removal may take, in milliseconds. */
const removalMs = 30_000;
