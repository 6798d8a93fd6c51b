/** Referrers taken along, whatever holds them: which are found, what becomes of each, and what the report says. */
import { describe, expect, it } from 'vitest';
import { TransportError } from '../../../../errors/errors.ts';
import { copyReferrers, copyReferrersToMany } from '../../../../oci/copy/referrers/copy-referrers.ts';
import type { FoundReferrer } from '../../../../oci/copy/referrers/referrer-report.ts';
import type { Target } from '../../../../oci/copy/target.ts';
import type { Descriptor } from '../../../../oci/spec/descriptor.ts';
import type { Digest } from '../../../../oci/spec/digest.ts';
import { mediaTypes } from '../../../../oci/spec/media-type.ts';
import { cosignTags, referrersTag } from '../../../../oci/spec/referrer.ts';
import { parseTag } from '../../../../oci/spec/tag.ts';
import { openMemoryStore } from '../../../../oci/store/memory.ts';
import { codeOf } from '../../code-of.ts';
import { bytesOf, type Content, contentOf, imageOf, layerOf, manifestOf, pushAll, readAll } from '../../content.ts';
import {
  type Artifact,
  appDigest,
  appManifest,
  attestation,
  bundle,
  fallbackIndex,
  pushArtifact,
  pushTagged,
  signature,
  vulnBundles,
  vulnDigest,
  vulnFallbackIndex,
} from '../../cosign-fixture.ts';

const app = appManifest.descriptor;
const vuln: Descriptor = { mediaType: mediaTypes.ociManifest, digest: vulnDigest, size: 401 };
const empty = contentOf(mediaTypes.ociEmpty, bytesOf('{}'));

/** A report on the subject, with a layer of its own. */
function reportOn(subject: Descriptor, mark: string): Artifact {
  const layer = layerOf(`report ${mark}`);
  const fields = { config: empty.descriptor, layers: [layer.descriptor], subject, annotations: { mark } };
  return { manifest: manifestOf(mediaTypes.ociManifest, fields), blobs: [empty, layer] };
}

/** A store without the power to list referrers, as other tools' lists are all there is. */
function withoutListing(store: Target): Target {
  const { listReferrers: _, ...others } = store;
  return others;
}

async function expectHolds(target: Target, { manifest, blobs }: Artifact): Promise<void> {
  const stored = await target.fetchManifest(manifest.descriptor.digest);
  expect(stored).toEqual({ descriptor: manifest.descriptor, bytes: manifest.bytes });
  for (const blob of blobs) expect(await readAll(await target.fetchBlob(blob.descriptor))).toEqual(blob.bytes);
}

const digestsOf = (referrers: readonly FoundReferrer[]): readonly Digest[] =>
  referrers.map(({ descriptor }) => descriptor.digest).toSorted();
const digestOfEach = (artifacts: readonly Artifact[]): readonly Digest[] =>
  artifacts.map(({ manifest }) => manifest.descriptor.digest).toSorted();

describe('what cosign wrote', () => {
  it('as bundles that point at the image is carried, byte for byte', async () => {
    const [source, target] = [openMemoryStore('source'), openMemoryStore('target')];
    for (const artifact of [bundle, ...vulnBundles]) await pushArtifact(source, artifact);
    const report = await copyReferrers(source, target, [app, vuln]);
    expect(digestsOf(report.carried)).toEqual(digestOfEach([bundle, ...vulnBundles]));
    expect(report).toMatchObject({ present: [], absent: [], failed: [] });
    for (const artifact of [bundle, ...vulnBundles]) await expectHolds(target, artifact);
    const listing = await target.listReferrers?.(vulnDigest);
    expect(listing?.referrers.map(({ artifactType }) => artifactType)).toEqual(
      vulnBundles.map(() => 'application/vnd.dev.sigstore.bundle.v0.3+json'),
    );
  });

  it('into a fallback tag with the wrong type is carried all the same, and listed with the right one', async () => {
    const [source, target] = [withoutListing(openMemoryStore('source')), openMemoryStore('target')];
    for (const artifact of [bundle, ...vulnBundles]) await pushArtifact(source, artifact);
    await source.pushTag(referrersTag(appDigest), fallbackIndex);
    await source.pushTag(referrersTag(vulnDigest), vulnFallbackIndex);
    const report = await copyReferrers(source, target, [app, vuln]);
    expect(digestsOf(report.carried)).toEqual(digestOfEach([bundle, ...vulnBundles]));
    expect(new Set(report.carried.map(({ door }) => door))).toEqual(new Set(['fallback-tag']));
    const listing = await target.listReferrers?.(vulnDigest);
    expect(listing?.referrers.map(({ artifactType }) => artifactType)).toEqual(
      vulnBundles.map(() => 'application/vnd.dev.sigstore.bundle.v0.3+json'),
    );
  });

  it('under tags of its own is carried under the same tags', async () => {
    const [source, target] = [openMemoryStore('source'), openMemoryStore('target')];
    await pushTagged(source, signature);
    await pushTagged(source, attestation);
    const report = await copyReferrers(source, target, [app, vuln]);
    expect(report.carried).toEqual([
      { subject: appDigest, door: 'cosign-tag', descriptor: signature.manifest.descriptor, tag: signature.tag },
      { subject: vulnDigest, door: 'cosign-tag', descriptor: attestation.manifest.descriptor, tag: attestation.tag },
    ]);
    for (const artifact of [signature, attestation]) {
      await expectHolds(target, artifact);
      expect(await target.resolve(artifact.tag)).toEqual(artifact.manifest.descriptor);
    }
  });

  it('under tags of its own is left where it is when that is not asked for', async () => {
    const [source, target] = [openMemoryStore('source'), openMemoryStore('target')];
    await pushTagged(source, signature);
    const report = await copyReferrers(source, target, [app], { cosignTags: false });
    expect(report).toEqual({ carried: [], present: [], absent: [appDigest], failed: [] });
  });

  it('is found in a repository of more tags than are worth listing', async () => {
    const [store, target] = [openMemoryStore('source'), openMemoryStore('target')];
    await pushTagged(store, signature);
    let listed = 0;
    const source: Target = {
      ...store,
      async *listTags() {
        for (;;) yield parseTag(`tag-${++listed}`);
      },
    };
    const report = await copyReferrers(source, target, [app]);
    expect(digestsOf(report.carried)).toEqual(digestOfEach([signature]));
    expect(listed).toBe(3_001);
  });

  it('is not written again', async () => {
    const [source, target] = [openMemoryStore('source'), openMemoryStore('target')];
    await pushTagged(source, signature);
    await pushArtifact(source, bundle);
    await copyReferrers(source, target, [app]);
    const writes: string[] = [];
    const watched: Target = {
      ...target,
      pushBlob: async () => void writes.push('blob'),
      pushManifest: async () => void writes.push('manifest'),
      pushTag: async () => void writes.push('tag'),
    };
    const report = await copyReferrers(source, watched, [app]);
    expect(writes).toEqual([]);
    expect(report).toMatchObject({ carried: [], absent: [], failed: [] });
    expect(digestsOf(report.present)).toEqual(digestOfEach([signature, bundle]));
  });
});

describe('signatures on both sides', () => {
  const layers = ['one', 'two', 'three'].map((mark) => ({
    ...layerOf('the signed text').descriptor,
    annotations: { 'dev.cosignproject.cosign/signature': mark },
  }));
  const { config } = imageOf('{}', []);
  const signed = (...which: readonly number[]): Content =>
    manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: which.map((at) => layers[at]) });
  const [tag] = cosignTags(appDigest);

  async function storeWith(manifest: Content): Promise<Target> {
    const store = openMemoryStore('store');
    await pushAll(store, [config, layerOf('the signed text')]);
    if (tag !== undefined) await store.pushTag(tag, manifest);
    return store;
  }

  it.each([
    ['moves the tag to more of them', signed(0, 1), signed(0), 'carried', signed(0, 1)],
    ['leaves the tag at more of them', signed(0), signed(1, 0), 'present', signed(1, 0)],
    ['leaves the tag at the same ones in another order', signed(0, 1), signed(1, 0), 'present', signed(1, 0)],
    ['leaves the tag where either has some of its own', signed(0, 1), signed(1, 2), 'failed', signed(1, 2)],
    [
      'leaves the tag at what is no signature',
      signed(0),
      manifestOf(mediaTypes.ociIndex, { manifests: [] }),
      'failed',
      manifestOf(mediaTypes.ociIndex, { manifests: [] }),
    ],
  ] as const)('%s', async (_, ours, theirs, kind, left) => {
    const target = await storeWith(theirs);
    const report = await copyReferrers(await storeWith(ours), target, [app]);
    expect(report[kind]).toHaveLength(1);
    if (kind === 'failed') expect(report.failed).toMatchObject([{ code: 'REFERRER_CONFLICT', subject: appDigest }]);
    if (tag !== undefined) expect((await target.resolve(tag))?.digest).toBe(left.descriptor.digest);
  });
});

describe('referrers of referrers', () => {
  const chain: Artifact[] = [];
  for (let level = 0, subject = app; level < 5; level += 1) {
    const report = reportOn(subject, `level ${level}`);
    chain.push(report);
    subject = report.manifest.descriptor;
  }

  it.each([
    ['three levels unless told otherwise', {}, 3],
    ['those of the image alone', { depth: 1 }, 1],
    ['as many levels as told', { depth: 5 }, 5],
  ])('are carried: %s', async (_, options, levels) => {
    const [source, target] = [openMemoryStore('source'), openMemoryStore('target')];
    for (const artifact of chain) await pushArtifact(source, artifact);
    const report = await copyReferrers(source, target, [app], options);
    expect(digestsOf(report.carried)).toEqual(digestOfEach(chain.slice(0, levels)));
    expect(report).toMatchObject({ absent: [], failed: [] });
  });

  it('are carried where the referrer was there already', async () => {
    const [source, target] = [openMemoryStore('source'), openMemoryStore('target')];
    for (const artifact of chain.slice(0, 2)) await pushArtifact(source, artifact);
    for (const artifact of chain.slice(0, 1)) await pushArtifact(target, artifact);
    const report = await copyReferrers(source, target, [app]);
    expect(digestsOf(report.present)).toEqual(digestOfEach(chain.slice(0, 1)));
    expect(digestsOf(report.carried)).toEqual(digestOfEach(chain.slice(1, 2)));
  });

  it('in a circle of lists are looked at once', async () => {
    const store = openMemoryStore('source');
    const [one, two] = [reportOn(app, 'one'), reportOn(app, 'two')];
    const asked: Digest[] = [];
    const circle = (name: Target): Target => ({
      ...name,
      async listReferrers(subject) {
        asked.push(subject);
        const listed = subject === one.manifest.descriptor.digest ? two : one;
        return { door: 'fallback-tag', referrers: [listed.manifest.descriptor] };
      },
    });
    for (const artifact of [one, two]) await pushArtifact(store, artifact);
    const report = await copyReferrers(circle(store), circle(store), [app], { depth: 8, cosignTags: false });
    expect(digestsOf(report.present)).toEqual(digestOfEach([one, two, one]));
    expect(asked).toHaveLength(6);
  });
});

describe('a referrer that cannot be carried', () => {
  async function sourceWith(...artifacts: readonly Artifact[]): Promise<Target> {
    const source = openMemoryStore('source');
    for (const artifact of artifacts) await pushArtifact(source, artifact);
    return source;
  }
  const good = reportOn(app, 'good');
  const bad = reportOn(app, 'bad');

  it('is reported with its reason, and stops no other', async () => {
    const source = await sourceWith(good);
    await pushAll(source, [bad.manifest]);
    const target = openMemoryStore('target');
    const report = await copyReferrers(source, target, [app]);
    expect(digestsOf(report.carried)).toEqual(digestOfEach([good]));
    expect(report.failed).toEqual([
      {
        subject: appDigest,
        referrer: expect.objectContaining({
          door: 'api',
          descriptor: expect.objectContaining(bad.manifest.descriptor),
        }),
        code: 'BLOB_UNKNOWN',
        message: expect.stringContaining('source@sha256:'),
      },
    ]);
    await expectHolds(target, good);
    expect(await target.resolve(bad.manifest.descriptor.digest)).toBeUndefined();
  });

  it('fails the copy where they are required, when the others are carried', async () => {
    const source = await sourceWith(good);
    await pushAll(source, [bad.manifest]);
    const target = openMemoryStore('target');
    expect(await codeOf(() => copyReferrers(source, target, [app], { required: true }))).toBe('BLOB_UNKNOWN');
    await expectHolds(target, good);
  });

  it('is one that points elsewhere than its list says', async () => {
    const source = withoutListing(await sourceWith(good));
    const index = manifestOf(mediaTypes.ociIndex, { manifests: [good.manifest.descriptor] });
    await source.pushTag(referrersTag(vulnDigest), index);
    const report = await copyReferrers(source, openMemoryStore('target'), [vuln]);
    expect(report.failed).toMatchObject([{ subject: vulnDigest, code: 'MANIFEST_INVALID' }]);
  });

  it('is every one of a subject whose referrers cannot be listed', async () => {
    const source = await sourceWith(good);
    const broken: Target = { ...source, listReferrers: () => source.fetchManifest(appDigest) as never };
    const report = await copyReferrers(broken, openMemoryStore('target'), [app, vuln]);
    expect(report.failed.map(({ subject, referrer }) => ({ subject, referrer }))).toEqual([
      { subject: appDigest, referrer: undefined },
      { subject: vulnDigest, referrer: undefined },
    ]);
    expect(report.absent).toEqual([]);
  });

  it('is one the target stores and cannot list', async () => {
    const store = openMemoryStore('target');
    const target = withoutListing(store);
    await store.pushTag(referrersTag(appDigest), good.manifest);
    const report = await copyReferrers(await sourceWith(good), target, [app]);
    expect(report.failed).toMatchObject([{ code: 'REFERRER_UNLISTED', referrer: { subject: appDigest } }]);
    expect((await store.resolve(referrersTag(appDigest)))?.digest).toBe(good.manifest.descriptor.digest);
  });

  it('is none when the copy was stopped meanwhile: that is what is thrown', async () => {
    const stop = new AbortController();
    const source: Target = {
      ...(await sourceWith(good)),
      async listReferrers() {
        stop.abort(new Error('stopped on purpose'));
        throw new TransportError({ code: 'REGISTRY_UNREACHABLE', message: 'cut off' });
      },
    };
    const copying = copyReferrers(source, openMemoryStore('target'), [app], {}, { signal: stop.signal });
    await expect(copying).rejects.toThrow('stopped on purpose');
  });

  it('does not keep a copy that is stopped going', async () => {
    const stop = new AbortController();
    const source = await sourceWith(good);
    const stopping: Target = {
      ...source,
      async listReferrers(subject) {
        stop.abort(new Error('stopped on purpose'));
        return (await source.listReferrers?.(subject)) ?? { door: 'api', referrers: [] };
      },
    };
    const target = openMemoryStore('target');
    const copying = copyReferrers(stopping, target, [app], {}, { signal: stop.signal });
    await expect(copying).rejects.toThrow('stopped on purpose');
    expect((await target.listReferrers?.(appDigest))?.referrers).toEqual([]);
  });
});

describe('referrers for several targets', () => {
  it('are looked for once, and each target has its own outcome', async () => {
    const source = openMemoryStore('source');
    await pushArtifact(source, bundle);
    const asked: Digest[] = [];
    const watched: Target = {
      ...source,
      async listReferrers(subject) {
        asked.push(subject);
        return (await source.listReferrers?.(subject)) ?? { door: 'api', referrers: [] };
      },
    };
    const refusing: Target = { ...openMemoryStore('refusing'), pushBlob: () => Promise.reject(new Error('no room')) };
    const [good, bad] = await copyReferrersToMany(watched, [openMemoryStore('good'), refusing], [app]);
    expect(good).toMatchObject({ kind: 'copied', report: { carried: [{ door: 'api' }], failed: [] } });
    expect(bad).toEqual({ kind: 'failed', cause: new Error('no room') });
    expect(asked).toEqual([appDigest, bundle.manifest.descriptor.digest]);
  });
});

describe('more referrers than anyone makes', () => {
  it('are reported, and not followed', async () => {
    const flood: Target = {
      ...openMemoryStore('source'),
      listReferrers: async () => ({ door: 'api', referrers: Array.from({ length: 5_001 }, () => app) }),
    };
    const report = await copyReferrers(flood, openMemoryStore('target'), [app]);
    expect(report).toMatchObject({ carried: [], failed: [{ subject: appDigest, code: 'MANIFEST_INVALID' }] });
    expect(report.failed).toHaveLength(1);
  });
});

describe('late referrers', () => {
  /** The time, which passes while one sleeps; at each point of it something may come. */
  function timeWith(events: Readonly<Record<number, () => Promise<void>>>) {
    const delays: number[] = [];
    let now = 0;
    return {
      delays,
      timing: {
        now: () => now,
        async sleep(ms: number) {
          delays.push(ms);
          for (const [at, event] of Object.entries(events)) {
            if (Number(at) > now && Number(at) <= now + ms) await event();
          }
          now += ms;
        },
      },
    };
  }

  it('are waited for with growing pauses, until there are as many as expected', async () => {
    const [source, target] = [openMemoryStore('source'), openMemoryStore('target')];
    const { delays, timing } = timeWith({
      5000: () => pushArtifact(source, bundle),
      20000: () => pushTagged(source, signature),
    });
    const report = await copyReferrers(source, target, [app], { waitMs: 60_000, expect: 2, timing });
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 15_000]);
    expect(digestsOf(report.carried)).toEqual(digestOfEach([bundle, signature]));
  });

  it('are waited for no longer than told; what is there is carried', async () => {
    const [source, target] = [openMemoryStore('source'), openMemoryStore('target')];
    const { delays, timing } = timeWith({ 2000: () => pushArtifact(source, bundle) });
    const report = await copyReferrers(source, target, [app], { waitMs: 10_000, expect: 2, timing });
    expect(delays).toEqual([1_000, 2_000, 4_000, 3_000]);
    expect(digestsOf(report.carried)).toEqual(digestOfEach([bundle]));
  });

  it('that never come fail the copy where they are required', async () => {
    const source = openMemoryStore('source');
    const { timing } = timeWith({});
    const copying = () =>
      copyReferrers(source, openMemoryStore('target'), [app], { waitMs: 3_000, expect: 1, required: true, timing });
    expect(await codeOf(copying)).toBe('REFERRERS_ABSENT');
  });

  it('are not waited for when enough are there', async () => {
    const source = openMemoryStore('source');
    await pushArtifact(source, bundle);
    const { delays, timing } = timeWith({});
    await copyReferrers(source, openMemoryStore('target'), [app], { waitMs: 3_000, timing });
    expect(delays).toEqual([]);
  });
});
