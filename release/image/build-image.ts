/** The image from its builder. */
import { parseReference } from '../../oci/spec/reference.ts';
import type { BuildParts } from '../builders/builder.ts';
import type { ImageOrigin } from '../release-outcome.ts';
import type { ReleaseRun } from '../release-run.ts';
import { type ObtainedImage, obtained } from './obtained-image.ts';

/**
 * What the request's builder makes of it.
 * @throws what the builder throws: InputError BUILD_FAILED with its last words, for one.
 */
export async function buildImage(run: ReleaseRun, signal: AbortSignal = run.signal): Promise<ObtainedImage> {
  const { request, parts, timing, emit } = run;
  const buildParts: BuildParts = {
    ...parts.surroundings,
    openRepository: async (reference) => {
      const { registry, repository } = parseReference(reference);
      return await parts.registries.repository(registry, repository);
    },
    onOutput: (line) => emit({ kind: 'build-output', line }),
    signal,
    later: run.later,
  };
  const builder = await parts.chooseBuilder(request.build, buildParts);
  emit({ kind: 'building', builder: builder.name });
  const began = timing.now();
  const built = await builder.build(request.build, buildParts);
  const tookMs = timing.now() - began;
  emit({ kind: 'built', digest: built.root.digest, tookMs });
  const { source, root, warnings } = built;
  return await obtained(
    source,
    root,
    originOf(run, { kind: 'built', builder: built.builder, tookMs, warnings }),
    signal,
  );
}

/** An image that was named, or put together, was not built. */
function originOf({ request }: ReleaseRun, built: ImageOrigin): ImageOrigin {
  const ready = request.build.ready?.kind;
  if (ready === 'digest') return { kind: 'given' };
  return ready === 'merge' ? { kind: 'merged' } : built;
}
