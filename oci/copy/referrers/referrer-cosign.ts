/** What two manifests under one of cosign's tags have of each other: each holds signatures as layers, and grows. */
import type { Descriptor } from '../../spec/descriptor.ts';
import type { Manifest } from '../../spec/manifest.ts';

/** `holds`: all of the other's layers are in this one. `lacks`: it has only some of them, or is of another kind. */
export type CosignComparison = 'holds' | 'lacks';

/** Whether `one` may take the place of `other` under a tag of cosign's without losing a signature. */
export function compareCosign(one: Manifest, other: Manifest): CosignComparison {
  if (one.kind !== 'image' || other.kind !== 'image') return 'lacks';
  const held = new Set(one.layers.map(identity));
  return other.layers.every((layer) => held.has(identity(layer))) ? 'holds' : 'lacks';
}

/** Two keys sign the same bytes: what differs is the signature, and that is in the annotations. */
function identity({ mediaType, digest, size, annotations = {} }: Descriptor): string {
  const entries = Object.entries(annotations).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([mediaType, digest, size, entries]);
}
