/** Images of random bytes: no two seeds have a blob in common, and no tool can make them smaller. */
import { createCipheriv, createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Descriptor } from '../../../oci/spec/descriptor.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { type Content, contentOf, imageOf, indexOf } from '../../oci/content.ts';
import { pushBytes, pushManifest, pushStream } from './plain-push.ts';

/** Of what an image is made. */
export interface ImageShape {
  /** One gives a manifest, more an index of as many. */
  readonly platforms: number;
  /** Of each platform, shared with no other. */
  readonly layers: number;
  readonly layerBytes: number;
}

/** Where it is pushed. */
export interface SeedPlace {
  readonly url: string;
  readonly repository: string;
  readonly tag: string;
}

/** Pushes the image of the seed without any copy engine; answers the digest that its tag names. */
export async function seedImage(place: SeedPlace, shape: ImageShape, seed: string): Promise<string> {
  const manifests: Content[] = [];
  for (let platform = 0; platform < shape.platforms; platform += 1) {
    const layers: Descriptor[] = [];
    for (let layer = 0; layer < shape.layers; layer += 1) {
      const stream = layerStream(shape.layerBytes, `${seed} ${platform} ${layer}`);
      layers.push({ mediaType: mediaTypes.ociLayer, ...(await pushStream(place, stream)) });
    }
    const { manifest, config } = imageOf(configText(`${seed} ${platform}`, architectures[platform], layers), layers);
    await pushBytes(place, config);
    manifests.push(manifest);
  }
  const [first] = manifests;
  if (first === undefined) throw new Error('an image has at least one platform');
  const root = shape.platforms === 1 ? first : indexFor(manifests);
  for (const manifest of manifests) await pushManifest(place, manifest, manifest.descriptor.digest);
  await pushManifest(place, root, place.tag);
  return root.descriptor.digest;
}

const architectures: readonly string[] = ['amd64', 'arm64', 's390x', 'ppc64le'];

function indexFor(manifests: readonly Content[]): Content {
  return indexOf(
    manifests.map(({ descriptor }, index) => ({
      ...descriptor,
      platform: { os: 'linux', architecture: architectures[index] ?? 'unknown' },
    })),
  );
}

function configText(seed: string, architecture: string | undefined, layers: readonly Descriptor[]): string {
  // What the layers unpack to is known to nobody here; a digest of the right form is enough for a copy.
  const ids = layers.map(({ digest }) => contentOf('', Buffer.from(`unpacked ${digest}`)).descriptor.digest);
  return JSON.stringify({
    os: 'linux',
    architecture,
    author: seed,
    config: {},
    rootfs: { type: 'layers', diff_ids: ids },
  });
}

const chunkBytes = 1024 * 1024;

/** Random bytes in a gzip frame: a layer that is not compressed already some tools would compress. */
function layerStream(sizeBytes: number, seed: string): Readable {
  return Readable.from(randomChunks(sizeBytes, seed)).pipe(createGzip({ level: 0 }));
}

/** The key stream of a cipher: fast, and another one for each seed. */
function* randomChunks(sizeBytes: number, seed: string): Generator<Buffer> {
  const key = createHash('sha256').update(seed).digest();
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  for (let left = sizeBytes; left > 0; left -= chunkBytes) {
    yield cipher.update(Buffer.alloc(Math.min(left, chunkBytes)));
  }
}
