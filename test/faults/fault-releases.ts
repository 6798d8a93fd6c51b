/** What the tests of faults promote. */
import type { Target } from '../../oci/copy/target.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { imageOf, layerOf, pushAll } from '../oci/content.ts';

const versions = ['1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.4.0', '1.5.0'] as const;
export type Version = (typeof versions)[number];

/** Digests of the versions. */
export type Digests = Readonly<Record<Version, Digest>>;

/** Pushes a small image for each version. */
export async function pushReleases(repository: Target): Promise<Digests> {
  const release = async (version: Version) => {
    const layer = layerOf(`release ${version}`);
    const text = JSON.stringify({ os: 'linux', architecture: 'amd64', version });
    const { manifest, config } = imageOf(text, [layer.descriptor]);
    await pushAll(repository, [layer, config]);
    await repository.pushTag(parseTag(version), manifest);
    return [version, manifest.descriptor.digest];
  };
  return Object.fromEntries(await Promise.all(versions.map(release)));
}
