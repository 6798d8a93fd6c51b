/** Images that are in registries, as one index: the parts of a build on several machines. */
import { InputError } from '../../../errors/errors.ts';
import type { Source } from '../../../oci/copy/target.ts';
import { parseReference } from '../../../oci/spec/reference.ts';
import type { BuildParts, BuildRequest } from '../builder.ts';
import type { FoundImage } from '../image/find-root.ts';
import { type ImagePart, joinImages } from '../image/join-images.ts';
import { annotationsFor } from '../request/annotation.ts';

/** References to merge: an image has a dozen platforms. */
const referencesMax = 100;

/**
 * One index of all images that the references name, as `joinImages` makes it. Content stays where it is.
 * @throws InputError BUILD_INPUT_INVALID for a reference without a digest, and what `joinImages` throws.
 */
export async function mergeImages(
  references: readonly string[],
  { annotations }: Pick<BuildRequest, 'annotations'>,
  { openRepository, signal }: Pick<BuildParts, 'openRepository' | 'signal'>,
): Promise<FoundImage> {
  if (references.length === 0 || references.length > referencesMax) {
    throw invalid(`${references.length} images to merge`, `name at least one and at most ${referencesMax}`);
  }
  const repositories = new Map<string, Source>();
  const parts: ImagePart[] = [];
  for (const label of references) {
    const { registry, repository, digest } = parseReference(label);
    if (digest === undefined) throw invalid(`no digest: ${label}`, 'name images by their digest, as in app@sha256:…');
    const name = `${registry}/${repository}`;
    const source = repositories.get(name) ?? (await openRepository(label));
    repositories.set(name, source);
    parts.push({ source, digest, label });
  }
  return await joinImages(parts, annotationsFor('index', annotations), signal);
}

function invalid(message: string, wayOut: string): InputError {
  return new InputError({ code: 'BUILD_INPUT_INVALID', message, wayOut });
}
