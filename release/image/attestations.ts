/** What an index lists: images, and what describes them. */
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import { type Manifest, manifestSuccessors } from '../../oci/spec/manifest.ts';

/** BuildKit's mark of a manifest that describes another one of the same index. */
const described = 'vnd.docker.reference.type';

/** The manifests below an index that are images, each for its platform; none below an image. */
export function imagesIn(manifest: Manifest): readonly Descriptor[] {
  return manifestSuccessors(manifest).filter((child) => !isAttestation(child));
}

/** The others: provenance and lists of contents. */
export function attestationsIn(manifest: Manifest): readonly Descriptor[] {
  return manifestSuccessors(manifest).filter(isAttestation);
}

function isAttestation({ annotations }: Descriptor): boolean {
  return annotations?.[described] === 'attestation-manifest';
}
