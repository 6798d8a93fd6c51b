/** What a stored manifest keeps: the manifests and blobs it names, whether we understand it or not. */
import { CodedError } from '../../errors/errors.ts';
import { type Digest, isDigest } from '../../oci/spec/digest.ts';
import { parseManifest, successors } from '../../oci/spec/manifest.ts';
import type { StoredManifest } from '../storage.ts';

export interface ManifestEdges {
  readonly blobs: readonly Digest[];
  readonly manifests: readonly Digest[];
  /** Whether it is of a type that we do not know: then nobody can tell what it is for, and it is kept. */
  readonly opaque: boolean;
}

/** Whatever reads as a digest, in a document that we do not understand. */
const anyDigest = /sha(?:256:[a-f0-9]{64}|512:[a-f0-9]{128})/g;

/**
 * The edges of the manifest, without the one to its subject, which it does not keep. What an index lists may lie among
 * the manifests or among the blobs, whatever its type says.
 */
export function edgesOf({ bytes, mediaType }: StoredManifest): ManifestEdges {
  try {
    const manifest = parseManifest(bytes, mediaType);
    const named = successors(manifest).map(({ digest }) => digest);
    return { blobs: named, manifests: manifest.kind === 'image' ? [] : named, opaque: false };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const text = Buffer.from(bytes).toString('latin1');
    const named = [...text.matchAll(anyDigest)].map(([digest]) => digest).filter(isDigest);
    return { blobs: named, manifests: named, opaque: true };
  }
}
