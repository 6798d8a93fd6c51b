/** Referrers: what a manifest that has a subject is listed as, and the tags under which clients keep such lists. */
import type { Descriptor } from './descriptor.ts';
import { type Digest, digestAlgorithm, digestHex } from './digest.ts';
import type { Manifest } from './manifest.ts';
import { isTag, parseTag, type Tag } from './tag.ts';

/** Longest encoded section of a digest in a tag; a sha512 is cut. Spec: distribution-spec v1.1.1, "Referrers Tag Schema". */
const encodedCharsMax = 64;

/** What cosign calls the artifacts it keeps under tags of their own. */
const cosignSuffixes = ['sig', 'att', 'sbom'] as const;

/**
 * The entry of the manifest in its subject's list.
 * Spec: distribution-spec v1.1.1, "Listing Referrers", "Pushing Manifests with Subject".
 */
export function referrerDescriptor(manifest: Manifest, { mediaType, digest, size }: Descriptor): Descriptor {
  const artifactType = manifest.artifactType || (manifest.kind === 'image' ? manifest.config.mediaType : '');
  return {
    mediaType,
    digest,
    size,
    ...(artifactType === '' ? {} : { artifactType }),
    ...(manifest.annotations === undefined ? {} : { annotations: manifest.annotations }),
  };
}

/** The tag under which clients list the subject's referrers. Spec: distribution-spec v1.1.1, "Referrers Tag Schema". */
export function referrersTag(subject: Digest): Tag {
  return parseTag(`${digestAlgorithm(subject)}-${digestHex(subject).slice(0, encodedCharsMax)}`);
}

/** The tags cosign would give signatures, attestations and lists of contents of the subject; none for a sha512: too long. */
export function cosignTags(subject: Digest): readonly Tag[] {
  const name = `${digestAlgorithm(subject)}-${digestHex(subject)}`;
  return cosignSuffixes.map((suffix) => `${name}.${suffix}`).filter(isTag);
}
