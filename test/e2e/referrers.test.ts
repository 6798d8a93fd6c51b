/** Referrers on their way from a registry that lists them to one that does not, and back. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRegistryClient, type RegistryClient } from '../../oci/client/registry-client.ts';
import { copy } from '../../oci/copy/copy.ts';
import { copyReferrers } from '../../oci/copy/referrers/copy-referrers.ts';
import { listSubjects } from '../../oci/copy/referrers/list-subjects.ts';
import type { Target } from '../../oci/copy/target.ts';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { referrersTag } from '../../oci/spec/referrer.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { type Content, imageOf, indexOf, layerOf, manifestOf, pushAll, readAll } from '../oci/content.ts';
import {
  type Artifact,
  appManifest,
  attestation,
  bundle,
  pushArtifact,
  pushTagged,
  signature,
  vulnBundles,
  vulnDigest,
} from '../oci/cosign-fixture.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from '../registry/registry-under-test.ts';
import { type Distribution, openDistribution } from './distribution.ts';

const v1 = parseTag('v1');
const layer = layerOf('a layer');
const image = imageOf('{"architecture":"amd64"}', [layer.descriptor]);
const index = indexOf([image.manifest.descriptor]);
const [empty] = bundle.blobs;

/** A report on the subject. */
function reportOn({ descriptor: subject }: Content, mark: string): Artifact {
  const text = layerOf(`report ${mark}`);
  const fields = { config: empty?.descriptor, layers: [text.descriptor], subject, annotations: { mark } };
  return { manifest: manifestOf(mediaTypes.ociManifest, fields), blobs: [...bundle.blobs.slice(0, 1), text] };
}

const ofIndex = [reportOn(index, 'one'), reportOn(index, 'two')];
const ofImage = reportOn(image.manifest, 'three');
const ofReport = reportOn(ofImage.manifest, 'four');
const ours = [...ofIndex, ofImage, ofReport];
const cosigns = [bundle, ...vulnBundles];
const vuln = { mediaType: mediaTypes.ociManifest, digest: vulnDigest, size: 401 };

let listing: RegistryUnderTest;
let plain: Distribution;
const clients: RegistryClient[] = [];

beforeAll(async () => {
  listing = await openRegistryUnderTest();
  plain = await openDistribution();
});

afterAll(async () => {
  for (const client of clients) await client.close();
  await plain?.close();
  await listing?.close();
});

function listingRepository(name: string): Target {
  const credentials = async () => ({ username: 'test', password: listing.tokens.admin });
  const client = openRegistryClient({ url: listing.url, credentials });
  clients.push(client);
  return client.repository(parseRepositoryName(name));
}

/** Through a client of its own, which has learnt nothing yet. */
function plainRepository(): Target {
  const client = openRegistryClient({ url: plain.url });
  clients.push(client);
  return client.repository(parseRepositoryName('team/app'));
}

async function copyAll(source: Target, target: Target) {
  const { root } = await copy(source, v1, target, [v1]);
  const subjects = await listSubjects(source, await source.fetchManifest(root.digest));
  return await copyReferrers(source, target, [...subjects, appManifest.descriptor, vuln]);
}

async function expectAll(target: Target): Promise<void> {
  for (const { manifest, blobs } of [...ours, ...cosigns, signature, attestation]) {
    expect((await target.fetchManifest(manifest.descriptor.digest)).bytes).toEqual(Buffer.from(manifest.bytes));
    for (const blob of blobs) expect(await readAll(await target.fetchBlob(blob.descriptor))).toEqual(blob.bytes);
  }
  for (const { tag, manifest } of [signature, attestation]) {
    expect((await target.resolve(tag))?.digest).toBe(manifest.descriptor.digest);
  }
}

describe('an image with all that points at it', () => {
  const found = ours.length + cosigns.length + 2;

  test('goes to a registry that keeps no lists, which are kept under tags there', async () => {
    const source = listingRepository('dev/app');
    await pushAll(source, [layer, image.config, image.manifest]);
    await source.pushTag(v1, index);
    for (const artifact of [...ours, ...cosigns]) await pushArtifact(source, artifact);
    for (const artifact of [signature, attestation]) await pushTagged(source, artifact);

    const report = await copyAll(source, plainRepository());
    expect(report.failed).toEqual([]);
    expect(report.carried).toHaveLength(found);
    await expectAll(plainRepository());
    const listed = await plainRepository().fetchManifest(referrersTag(index.descriptor.digest));
    expect(JSON.parse(Buffer.from(listed.bytes).toString())).toMatchObject({
      mediaType: mediaTypes.ociIndex,
      manifests: expect.arrayContaining(
        ofIndex.map(({ manifest }, at) => ({
          ...manifest.descriptor,
          artifactType: mediaTypes.ociEmpty,
          annotations: { mark: ['one', 'two'][at] },
        })),
      ),
    });
  });

  test('is left as it is by a second copy', async () => {
    const report = await copyAll(listingRepository('dev/app'), plainRepository());
    expect(report).toMatchObject({ carried: [], failed: [] });
    expect(report.present).toHaveLength(found);
  });

  test('loses nothing when many push referrers of it at once', async () => {
    const late = Array.from({ length: 6 }, (_, at) => reportOn(index, `late ${at}`));
    await Promise.all(late.map((artifact) => pushArtifact(plainRepository(), artifact)));
    const { referrers = [], door } = (await plainRepository().listReferrers?.(index.descriptor.digest)) ?? {};
    expect(door).toBe('fallback-tag');
    expect(referrers.map(({ digest }) => digest).sort()).toEqual(
      [...ofIndex, ...late].map(({ manifest }) => manifest.descriptor.digest).sort(),
    );
  });

  test('comes back to a registry that keeps them', async () => {
    const target = listingRepository('back/app');
    const report = await copyAll(plainRepository(), target);
    expect(report.failed).toEqual([]);
    expect(report.carried).toHaveLength(found + 6);
    await expectAll(target);
    const { referrers = [], door } = (await target.listReferrers?.(index.descriptor.digest)) ?? {};
    expect(door).toBe('api');
    expect(referrers).toHaveLength(ofIndex.length + 6);
  });
});
