/** Attestations as BuildKit keeps them: manifests of an index, each of which describes another one of it. */
import type { Descriptor } from '../../../oci/spec/descriptor.ts';

/** The digest that it describes, in words of BuildKit. Spec: BuildKit docs/attestations, "Attestation Storage". */
const describedManifest = 'vnd.docker.reference.digest';

/** The digest of the manifest that this one describes; undefined for one that is no attestation. */
export function describedBy({ annotations, platform }: Descriptor): string | undefined {
  const isPlatform = platform !== undefined && platform.os !== 'unknown';
  return isPlatform ? undefined : annotations?.[describedManifest];
}
