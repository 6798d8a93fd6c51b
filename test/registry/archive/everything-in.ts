/** All that a registry serves, read over HTTP, and found whole. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { isManifestType } from '../../../oci/spec/media-type.ts';
import { jsonOf, type RegistryUnderTest, type Reply } from '../registry-under-test.ts';

/** What is where, in words that can be compared: tags, manifests with their types, blobs, referrers. */
export type Everything = ReadonlyMap<string, string>;

interface Child {
  readonly mediaType: string;
  readonly digest: string;
}

/** Reads every tag and all that it leads to; fails when anything is missing or has other bytes than it should. */
export async function everythingIn(registry: Pick<RegistryUnderTest, 'call'>): Promise<Everything> {
  const found = new Map<string, string>();
  const { repositories } = jsonOf(await registry.call({ path: '/v2/_catalog?n=1000' })) as { repositories: string[] };
  for (const repository of repositories) {
    const list = jsonOf(await registry.call({ path: `/v2/${repository}/tags/list` })) as { tags: string[] | null };
    for (const tag of list.tags ?? []) await addManifest(registry, found, repository, tag);
  }
  return found;
}

async function addManifest(
  registry: Pick<RegistryUnderTest, 'call'>,
  found: Map<string, string>,
  repository: string,
  tagOrDigest: string,
): Promise<void> {
  const place = `${repository}:${tagOrDigest}`;
  if (found.has(place)) return;
  const reply = await registry.call({ path: `/v2/${repository}/manifests/${tagOrDigest}` });
  const digest = digestOfReply(place, reply);
  found.set(place, `${digest} ${reply.headers['content-type']} ${String(reply.headers['registry-action-fence'])}`);
  if (tagOrDigest !== digest) return addManifest(registry, found, repository, digest);
  const referrers = await registry.call({ path: `/v2/${repository}/referrers/${digest}` });
  found.set(`${repository} referrers of ${digest}`, referrers.text);
  const { manifests: referring } = jsonOf(referrers) as { manifests: Child[] };
  const {
    config,
    layers = [],
    manifests = [],
  } = jsonOf(reply) as {
    config?: Child;
    layers?: Child[];
    manifests?: Child[];
  };
  for (const child of [...(config === undefined ? [] : [config]), ...layers, ...manifests, ...referring]) {
    if (isManifestType(child.mediaType)) await addManifest(registry, found, repository, child.digest);
    else await addBlob(registry, found, repository, child.digest);
  }
}

async function addBlob(
  registry: Pick<RegistryUnderTest, 'call'>,
  found: Map<string, string>,
  repository: string,
  digest: string,
): Promise<void> {
  const place = `${repository}@${digest}`;
  const reply = await registry.call({ path: `/v2/${repository}/blobs/${digest}` });
  found.set(place, digestOfReply(place, reply, digest.startsWith('sha512') ? 'sha512' : 'sha256'));
}

function digestOfReply(place: string, { status, text }: Reply, algorithm = 'sha256'): string {
  expect([place, status]).toEqual([place, 200]);
  return `${algorithm}:${createHash(algorithm).update(Buffer.from(text, 'latin1')).digest('hex')}`;
}
