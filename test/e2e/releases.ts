/** Releases for tests that look at promotions rather than at images: small, and pushed without any tool. */
import { openRegistryClient } from '../../oci/client/registry-client.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { imageOf, layerOf, pushAll } from '../oci/content.ts';
import type { Served } from './served.ts';

/** Pushes a version of an app to dev of the embedded registry; answers its digest. */
export async function pushRelease(served: Served, app: string, version: string): Promise<Digest> {
  const credentials = async () => ({ username: 'admin', password: served.token });
  const client = openRegistryClient({ url: served.registryUrl, credentials });
  const repository = client.repository(parseRepositoryName(`dev/${app}`));
  const layer = layerOf(version);
  const { manifest, config } = imageOf(JSON.stringify({ app, version }), [layer.descriptor]);
  await pushAll(repository, [layer, config]);
  await repository.pushTag(parseTag(version), manifest);
  await client.close();
  return manifest.descriptor.digest;
}
