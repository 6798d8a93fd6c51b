/** Why a registry did not take an image, where that can be found out. */
import { AccessError, type CodedError, RegistryError } from '../../errors/errors.ts';
import { copyGraph } from '../../oci/copy/copy-graph.ts';
import type { Target } from '../../oci/copy/target.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import { attestationsIn, imagesIn } from '../image/attestations.ts';
import type { ObtainedImage } from '../image/obtained-image.ts';
import type { ReleaseRun } from '../release-run.ts';

/**
 * The error itself, or ATTESTATION_REFUSED when the registry takes an image of the index by itself and does not take
 * what describes it: that is found out by trying both, because registries refuse for many reasons in the same words.
 */
export async function explainRefusal(
  run: ReleaseRun,
  image: ObtainedImage,
  target: Target,
  cause: CodedError,
): Promise<CodedError> {
  if (!isRefusal(cause)) return cause;
  const [plain, attestation] = [imagesIn(image.manifest)[0], attestationsIn(image.manifest)[0]];
  if (plain === undefined || attestation === undefined) return cause;
  if ((await takes(run, image, target, plain)) !== 'yes') return cause;
  if ((await takes(run, image, target, attestation)) !== 'no') return cause;
  return new RegistryError({
    code: 'ATTESTATION_REFUSED',
    message: `registry takes no attestations: ${cause.message}`,
    status: cause instanceof RegistryError ? cause.status : 403,
    specCodes: cause instanceof RegistryError ? cause.specCodes : [],
    retryable: false,
    cause,
  });
}

/** The registry's definite no to what it was sent; Aliyun's is a 403. */
function isRefusal(cause: unknown): boolean {
  if (cause instanceof AccessError) return cause.signedIn;
  return cause instanceof RegistryError && cause.side !== 'source' && !cause.retryable && cause.status >= 400;
}

async function takes(
  { signal, memory }: ReleaseRun,
  { from }: ObtainedImage,
  target: Target,
  one: Descriptor,
): Promise<'yes' | 'no' | 'unknown'> {
  try {
    await copyGraph(from, target, one, { signal, memory });
    return 'yes';
  } catch (error) {
    signal.throwIfAborted();
    return isRefusal(error) ? 'no' : 'unknown';
  }
}
