/** The manifests of an image that others may point at: it is signed as a whole, or each platform by itself. */
import { IntegrityError } from '../../../errors/errors.ts';
import type { Descriptor } from '../../spec/descriptor.ts';
import type { Digest } from '../../spec/digest.ts';
import { manifestSuccessors, parseManifest } from '../../spec/manifest.ts';
import { isIndexType } from '../../spec/media-type.ts';
import { atSide } from '../copy-side.ts';
import { assertDepth } from '../graph-walk.ts';
import type { FetchedManifest, Source } from '../target.ts';

/** Manifests of one image whose referrers are looked for. Images have a dozen platforms; each costs a request. */
const subjectsMax = 1_000;

/**
 * The root and every manifest below it, once, the root first. Of these only indexes within indexes are read.
 * @throws IntegrityError MANIFEST_INVALID when they are nested too deeply, or too many.
 */
export async function listSubjects(
  source: Source,
  root: FetchedManifest,
  signal?: AbortSignal,
): Promise<readonly Descriptor[]> {
  const subjects = new Map<Digest, Descriptor>([[root.descriptor.digest, root.descriptor]]);
  for (let depth = 1, here = [root]; here.length > 0; depth += 1) {
    const children = here.flatMap(childrenOf).filter(({ digest }) => !subjects.has(digest));
    for (const child of children) {
      assertDepth(depth, child);
      subjects.set(child.digest, child);
    }
    if (subjects.size > subjectsMax) throw tooMany(root.descriptor);
    const indexes = children.filter(({ mediaType }) => isIndexType(mediaType));
    here = await Promise.all(indexes.map(({ digest }) => atSide('source', source.fetchManifest(digest, signal))));
  }
  return [...subjects.values()];
}

function childrenOf({ bytes, descriptor }: FetchedManifest): readonly Descriptor[] {
  return manifestSuccessors(parseManifest(bytes, descriptor.mediaType));
}

function tooMany({ digest }: Descriptor): IntegrityError {
  const message = `graph too large: more than ${subjectsMax} manifests: at ${digest}`;
  return new IntegrityError({ code: 'MANIFEST_INVALID', message });
}
