/** What is in an image layout that a client made. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, parseDigest } from '../../../oci/spec/digest.ts';

interface Entry {
  readonly digest: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * The digest of the only image in it, or of the only one with a name where others are there without.
 * Spec: image-spec v1.1.1, "OCI Image Layout Specification".
 */
export async function layoutDigest(directory: string): Promise<Digest> {
  const { manifests }: { readonly manifests: readonly Entry[] } = JSON.parse(
    await readFile(join(directory, 'index.json'), 'utf8'),
  );
  const named = manifests.filter(({ annotations }) => annotations?.['org.opencontainers.image.ref.name'] !== undefined);
  const [found, second] = manifests.length === 1 ? manifests : named;
  if (found !== undefined && second === undefined) return parseDigest(found.digest);
  throw new Error(`not one image but ${manifests.length}: ${directory}`);
}
