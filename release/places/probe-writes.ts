/** Whether the registries take writes, found out while the image is being built and not ten minutes later. */
import { AccessError, CodedError, NotFoundError } from '../../errors/errors.ts';
import { streamOf } from '../../oci/byte-stream.ts';
import { digestOf } from '../../oci/hash.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import type { ReleaseRun } from '../release-run.ts';
import { explainAccess } from './explain-access.ts';
import type { PlaceLook } from './look-at-places.ts';

/** The empty document, which artifacts share: any registry may have it, and one that collects garbage forgets it again. */
const bytes = new TextEncoder().encode('{}');

/**
 * Pushes two bytes to every place, all at once. Resolves when the release may succeed as far as that tells: what a
 * network does now, it need not do later.
 *
 * @throws AccessError REGISTRY_DENIED, NotFoundError REPOSITORY_UNKNOWN for a required place, unless it may be left out.
 */
export async function probeWrites(
  { request }: ReleaseRun,
  looks: readonly PlaceLook[],
  signal: AbortSignal,
): Promise<void> {
  const refusals = await Promise.all(looks.map((look) => probe(look, signal)));
  const isPartial = request.policy.partial === 'allow' && refusals.some((refusal) => refusal === undefined);
  for (const [at, refusal] of refusals.entries()) {
    const isNeeded = looks[at]?.isRequired === true && !isPartial;
    if (refusal !== undefined && (isNeeded || refusals.every((one) => one !== undefined))) throw refusal;
  }
}

async function probe({ place, target }: PlaceLook, signal: AbortSignal): Promise<CodedError | undefined> {
  const empty: Descriptor = { mediaType: mediaTypes.ociEmpty, digest: digestOf(bytes), size: bytes.length };
  try {
    await target?.pushBlob(empty, async () => streamOf(bytes), signal);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof CodedError)) throw error;
    return error instanceof AccessError || error instanceof NotFoundError ? explainAccess(place, error) : undefined;
  }
}
