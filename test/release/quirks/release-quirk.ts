/** One quirk of a registry as three tests: a release of ours masters it, a naive one fails, and nothing else made that one fail. */
import { describe, expect, it } from 'vitest';
import { quirksOf } from '../../../oci/client/quirks.ts';
import type { Descriptor } from '../../../oci/spec/descriptor.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { release } from '../../../release/release.ts';
import type { ReleaseOutcome } from '../../../release/release-outcome.ts';
import { openTestClient, type TestTiming, testTiming } from '../../oci/client/fixture.ts';
import { type Content, contentOf, indexOf, manifestOf } from '../../oci/content.ts';
import { type Behaviour, type Contents, openPlainRegistry } from '../../oci/quirks/plain-registry.ts';
import { builderOf, partsOf, type RequestChanges, requestOf, type TestImage, testImage } from '../release-world.ts';
import { type NaiveReleaseChoices, releaseNaively } from './naive-release.ts';

export const repository = 'team/app';

/** What a quirk is laid over. */
export interface Scene {
  readonly timing: TestTiming;
}

export interface ReleaseQuirk {
  /** How the first registry differs from a correct one; there may be more of them, all correct. */
  readonly behaves: (scene: Scene) => readonly Behaviour[];
  /** What is there before. */
  readonly prepare?: (registry: Contents) => void;
  /** Image and version to release: 1.9.1 of one platform, unless told otherwise. */
  readonly image?: TestImage;
  readonly version?: string;
  /** Registries beside the first one: `?` behind a number makes it optional. */
  readonly registries?: readonly string[];
  readonly changes?: Omit<RequestChanges, 'images' | 'version'>;
  /** What must come about; throws when it does not. */
  readonly expected: (registries: readonly Contents[]) => void;
  /** What a release of ours tells. */
  readonly told?: (outcome: ReleaseOutcome) => void;
  readonly naive?: NaiveReleaseChoices;
  /** How the naive release fails: by what it throws, or by what is not as expected. */
  readonly failing: RegExp;
}

/** The three tests of a quirk; `host` is the name by which the registry is known. */
export function releaseQuirk(host: string, title: string, quirk: ReleaseQuirk): void {
  describe(title, () => {
    it('is mastered', async () => {
      const { registries, timing } = await openScene(quirk, quirk.behaves);
      const outcome = await releaseOurs(quirk, host, registries, timing);
      quirk.told?.(outcome);
      quirk.expected(registries);
    });

    it('defeats a naive release', async () => {
      const { registries, timing } = await openScene(quirk, quirk.behaves);
      await expect(releaseLikeAScript(quirk, registries, timing)).rejects.toThrow(quirk.failing);
    });

    it('is all that defeats it', async () => {
      const { registries, timing } = await openScene(quirk, () => []);
      await releaseLikeAScript({ ...quirk, expected: () => undefined }, registries, timing);
    });
  });
}

async function openScene(quirk: ReleaseQuirk, behaves: ReleaseQuirk['behaves']) {
  const timing = testTiming();
  const names = quirk.registries ?? ['first'];
  const registries = await Promise.all(names.map((_, at) => openPlainRegistry(at === 0 ? behaves({ timing }) : [])));
  for (const registry of registries) quirk.prepare?.(registry);
  return { timing, registries };
}

const newImage = testImage('new', 'aaaa');

async function releaseOurs(
  { registries: names = ['first'], image = newImage, version = '1.9.1', changes = {} }: ReleaseQuirk,
  host: string,
  registries: readonly Contents[],
  timing: TestTiming,
): Promise<ReleaseOutcome> {
  const clients = new Map(
    registries.map((registry, at) => [
      `${at}.example`,
      openTestClient({ url: registry.url, quirksOf: () => quirksOf(host) }, timing),
    ]),
  );
  const images = names.map((name, at) => `${at}.example/${repository}${name.endsWith('?') ? '?' : ''}`);
  const parts = partsOf(
    {
      async repository(registry, name) {
        const client = clients.get(registry);
        if (client === undefined) throw new Error(`no registry ${registry}`);
        return client.repository(name);
      },
    },
    builderOf(image).builder,
  );
  return await release(requestOf({ ...changes, images, version }), { ...parts, timing });
}

async function releaseLikeAScript(
  { image = newImage, version = '1.9.1', naive = {}, expected }: ReleaseQuirk,
  registries: readonly Contents[],
  timing: TestTiming,
): Promise<void> {
  const urls = registries.map(({ url }) => url);
  await releaseNaively({ urls, repository, image, version, timing, choices: naive });
  expected(registries);
}

/** Puts the image into the registry under the tags; answers its digest. */
export function publish(registry: Contents, image: TestImage, tags: readonly string[]): string {
  for (const { descriptor, bytes } of image.contents) {
    const key = `${repository}@${descriptor.digest}`;
    if (descriptor.mediaType.includes('manifest') || descriptor.mediaType.includes('index')) {
      registry.manifests.set(key, { type: descriptor.mediaType, bytes: Buffer.from(bytes) });
    } else registry.blobs.set(key, Buffer.from(bytes));
  }
  for (const tag of tags) registry.tags.set(`${repository}:${tag}`, image.root.digest);
  return image.root.digest;
}

/** What the tag names in the registry. */
export function named(registry: Contents | undefined, tag: string): string | undefined {
  return registry?.tags.get(`${repository}:${tag}`);
}

/** Digest of the image that is released where no other is given. */
export const newDigest = newImage.root.digest;

/** An image of one platform, and what describes it beside it in an index, as BuildKit makes both. */
export function attestedImage(revision: string): TestImage & { readonly attestation: Descriptor } {
  const { contents, root } = testImage('attested', revision);
  const { attestation, parts } = attestationOf(root);
  const index = indexOf([
    { ...root, platform: { os: 'linux', architecture: 'amd64' } },
    {
      ...attestation.descriptor,
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': root.digest,
      },
    },
  ]);
  return {
    root: index.descriptor,
    contents: [...contents, ...parts, attestation, index],
    attestation: attestation.descriptor,
  };
}

/** What describes the manifest: an artifact with the empty configuration; with `subject`, as its referrer. */
export function attestationOf(
  subject: Descriptor,
  isReferrer = false,
): { readonly attestation: Content; readonly parts: readonly Content[] } {
  const statement = contentOf('application/vnd.in-toto+json', Buffer.from(JSON.stringify({ about: subject.digest })));
  const empty = contentOf(mediaTypes.ociEmpty, Buffer.from('{}'));
  const attestation = manifestOf(mediaTypes.ociManifest, {
    artifactType: 'application/vnd.docker.attestation.manifest.v1+json',
    config: empty.descriptor,
    layers: [statement.descriptor],
    ...(isReferrer ? { subject } : {}),
  });
  return { attestation, parts: [statement, empty] };
}
