/** Reading the registry to see that it is as the demo says: tags, and everything behind them. */
import { IntegrityError, NotFoundError } from '../../errors/errors.ts';
import { openRegistryClient } from '../../oci/client/registry-client.ts';
import { proveGraph } from '../../oci/copy/prove-graph.ts';
import { type Digest, shortDigest } from '../../oci/spec/digest.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { parseTag } from '../../oci/spec/tag.ts';

/** The demo's registry and the token for it. */
export interface DemoRegistry {
  readonly url: string;
  readonly token: string;
  readonly signal: AbortSignal;
}

/** A tag and the digest it must name. */
export interface ExpectedTag {
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
}

/** The digest a tag names; @throws NotFoundError MANIFEST_UNKNOWN. */
export async function readDigest(registry: DemoRegistry, repository: string, tag: string): Promise<Digest> {
  const client = openDemoClient(registry);
  try {
    const found = await client.repository(parseRepositoryName(repository)).resolve(parseTag(tag), registry.signal);
    if (found !== undefined) return found.digest;
    throw new NotFoundError({ code: 'MANIFEST_UNKNOWN', message: `manifest not found: ${repository}:${tag}` });
  } finally {
    await client.close();
  }
}

/**
 * How many manifests and blobs stand behind the tags, all of them read.
 * @throws IntegrityError DIGEST_MISMATCH when a tag names another digest; NotFoundError BLOB_UNKNOWN when content is missing.
 */
export async function readBack(registry: DemoRegistry, expected: readonly ExpectedTag[]): Promise<number> {
  const client = openDemoClient(registry);
  let count = 0;
  try {
    for (const { repository, tag, digest } of expected) {
      const target = client.repository(parseRepositoryName(repository));
      const root = await target.resolve(parseTag(tag), registry.signal);
      if (root?.digest !== digest) throw mismatch(`${repository}:${tag}`, digest, root?.digest);
      const proof = await proveGraph(target, root, { signal: registry.signal });
      if (!proof.complete) {
        const missing = proof.missing.map((descriptor) => shortDigest(descriptor.digest)).join(', ');
        throw new NotFoundError({ code: 'BLOB_UNKNOWN', message: `missing behind ${repository}:${tag}: ${missing}` });
      }
      count += proof.checked;
    }
    return count;
  } finally {
    await client.close();
  }
}

function openDemoClient(registry: DemoRegistry) {
  return openRegistryClient({
    url: registry.url,
    credentials: async () => ({ username: 'demo', password: registry.token }),
  });
}

function mismatch(place: string, expected: Digest, found: Digest | undefined): IntegrityError {
  const seen = found === undefined ? 'nothing' : shortDigest(found);
  return new IntegrityError({
    code: 'DIGEST_MISMATCH',
    message: `the demo says that ${place} is ${shortDigest(expected)}, the registry says ${seen}`,
  });
}
