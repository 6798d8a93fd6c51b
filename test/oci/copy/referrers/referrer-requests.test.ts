/** What taking referrers along costs: every request, at registries that list them and at some that do not. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { openRegistryClient } from '../../../../oci/client/registry-client.ts';
import { openCopyMemory } from '../../../../oci/copy/copy-memory.ts';
import { copyReferrers } from '../../../../oci/copy/referrers/copy-referrers.ts';
import type { ReferrerOptions } from '../../../../oci/copy/referrers/referrer-options.ts';
import type { ReferrerReport } from '../../../../oci/copy/referrers/referrer-report.ts';
import type { Target } from '../../../../oci/copy/target.ts';
import type { Descriptor } from '../../../../oci/spec/descriptor.ts';
import { mediaTypes } from '../../../../oci/spec/media-type.ts';
import { cosignTags, referrersTag } from '../../../../oci/spec/referrer.ts';
import { parseRepositoryName } from '../../../../oci/spec/repository-name.ts';
import { parseTag } from '../../../../oci/spec/tag.ts';
import { bytesOf, type Content, contentOf, imageOf, layerOf, manifestOf, pushAll } from '../../content.ts';
import { openPlainRegistry, type PlainRegistry } from '../../plain-registry.ts';

const empty = contentOf(mediaTypes.ociEmpty, bytesOf('{}'));

/** An index and its two images; of the second nobody has signed anything. */
const subjects: readonly Descriptor[] = ['index', 'amd64', 'arm64'].map(
  (text) => contentOf(mediaTypes.ociManifest, bytesOf(text)).descriptor,
);

function reportOn(subject: Descriptor | undefined, mark: string): { manifest: Content; layer: Content } {
  const layer = layerOf(`report ${mark}`);
  const fields = { config: empty.descriptor, layers: [layer.descriptor], subject, annotations: { mark } };
  return { manifest: manifestOf(mediaTypes.ociManifest, fields), layer };
}

const [ofIndex, alsoOfIndex, ofImage] = [
  reportOn(subjects[0], 'a'),
  reportOn(subjects[0], 'b'),
  reportOn(subjects[1], 'c'),
];
const ofReport = reportOn(ofIndex.manifest.descriptor, 'd');
const reports = [ofIndex, alsoOfIndex, ofImage, ofReport];

/** A signature under one of cosign's tags. */
const signedLayer = layerOf('the signed text');
const signature = imageOf('{"signature":true}', [signedLayer.descriptor]);

/** s subjects, of which t have referrers or are referrers that have; r referrers, each with a layer; c cosign tags. */
const [s, t, r, c] = [3, 3, 4, 1];
/** The empty configuration all of them share: read once, asked for once, and sent in two requests. */
const sharedBlob = 4;

interface World {
  readonly source: PlainRegistry;
  readonly target: PlainRegistry;
  readonly copy: (options?: ReferrerOptions) => Promise<ReferrerReport>;
  /** Requests so far, and from now on none. */
  readonly count: () => Readonly<Record<'source' | 'target', number>>;
}

interface WorldOptions {
  /** Whether the side has the referrers API. */
  readonly source: boolean;
  readonly target: boolean;
  /** The source refuses to list its tags. */
  readonly hidesTags?: boolean;
}

async function openWorld(options: WorldOptions): Promise<World> {
  const source = await openSide(options.source, options.hidesTags);
  const target = await openSide(options.target);
  const from = openClientOf(source);
  await pushAll(from, [empty, ...reports.flatMap(({ layer, manifest }) => [layer, manifest])]);
  const [tag = parseTag('none')] = cosignTags(subjects[0]?.digest ?? empty.descriptor.digest);
  await pushAll(from, [signedLayer, signature.config]);
  await from.pushTag(tag, signature.manifest);
  // Clients of their own, so that nothing is known from the preparations.
  const [sourceSide, targetSide] = [openClientOf(source), openClientOf(target)];
  const memory = openCopyMemory(() => 0);
  const count = () => ({ source: source.requests.splice(0).length, target: target.requests.splice(0).length });
  count();
  return {
    source,
    target,
    count,
    copy: (options) => copyReferrers(sourceSide, targetSide, subjects, options, { memory }),
  };
}

async function openSide(referrersApi: boolean, hidesTags = false): Promise<PlainRegistry> {
  const registry = await openPlainRegistry({
    referrersApi,
    instead: ({ path }) => (hidesTags && path === 'tags/list' ? { status: 403 } : undefined),
  });
  onTestFinished(() => registry.close());
  return registry;
}

function openClientOf({ url }: PlainRegistry): Target {
  const client = openRegistryClient({ url });
  onTestFinished(() => client.close());
  return client.repository(parseRepositoryName('team/app'));
}

describe('between registries that list referrers, the copy makes', () => {
  it('s + r listings here and t there, 2r + 3r requests for content; again, the listings alone', async () => {
    const world = await openWorld({ source: true, target: true });
    const listings = { source: s + r, target: t };
    const content = { source: 2 * r + 1, target: 3 * r + (sharedBlob - 1) };
    const report = await world.copy({ cosignTags: false });
    expect(report.carried).toHaveLength(r);
    expect(world.count()).toEqual({
      source: listings.source + content.source,
      target: listings.target + content.target,
    });
    expect((await world.copy({ cosignTags: false })).present).toHaveLength(r);
    expect(world.count()).toEqual(listings);
  });

  it('s listings here when referrers of referrers are not asked for', async () => {
    const world = await openWorld({ source: true, target: true });
    await world.copy({ cosignTags: false });
    world.count();
    await world.copy({ cosignTags: false, depth: 1 });
    expect(world.count()).toEqual({ source: s, target: t - 1 });
  });

  it('for cosign tags one list of tags and three requests a tag, and its content; again, the list and the three', async () => {
    const world = await openWorld({ source: true, target: true });
    await world.copy({ cosignTags: false });
    world.count();
    const listings = { source: s + r + c, target: t };
    const questions = { source: 1 + c, target: c };
    expect((await world.copy()).carried).toHaveLength(c);
    const content = { source: 3 * c, target: 5 * c };
    expect(world.count()).toEqual({
      source: listings.source + questions.source + content.source,
      target: listings.target + questions.target + content.target,
    });
    expect((await world.copy()).present).toHaveLength(r + c);
    expect(world.count()).toEqual({
      source: listings.source + questions.source,
      target: listings.target + questions.target,
    });
  });

  it('no listing there for a subject that has nothing but cosign tags', async () => {
    const world = await openWorld({ source: true, target: true });
    await world.copy();
    for (const { manifest } of reports) world.source.manifests.delete(manifest.descriptor.digest);
    world.count();
    expect((await world.copy()).present).toHaveLength(c);
    expect(world.count()).toEqual({ source: s + c + 1 + c, target: c });
  });

  it('three requests for each subject and referrer where tags may not be listed', async () => {
    const world = await openWorld({ source: true, target: true, hidesTags: true });
    await world.copy();
    world.count();
    await world.copy();
    const listings = { source: s + r + c, target: t };
    expect(world.count()).toEqual({ source: listings.source + 1 + 3 * (s + r + c), target: listings.target + c });
  });
});

describe('between registries that do not list referrers, the copy makes', () => {
  it('one request in vain a side, a listing for each that has a list, and three to write each list', async () => {
    const world = await openWorld({ source: false, target: false });
    const report = await world.copy();
    expect(report.carried).toHaveLength(r + c);
    expect(report.failed).toEqual([]);
    const tagQuestions = 1 + c;
    const listings = { source: 1 + t + tagQuestions, target: 1 + t + c };
    const content = { source: 2 * r + 1 + 3 * c, target: 3 * r + (sharedBlob - 1) + 5 * c };
    expect(world.count()).toEqual({
      source: listings.source + content.source,
      target: listings.target + content.target + 3 * t,
    });
    for (const subject of [subjects[0], subjects[1], ofIndex.manifest.descriptor]) {
      expect(world.target.tags.get(referrersTag(subject?.digest ?? empty.descriptor.digest))).toBe(
        world.source.tags.get(referrersTag(subject?.digest ?? empty.descriptor.digest)),
      );
    }
    expect((await world.copy()).present).toHaveLength(r + c);
    expect(world.count()).toEqual({ source: listings.source - 1, target: listings.target - 1 });
  });

  it('a listing for every subject and referrer when tags are not looked at', async () => {
    const world = await openWorld({ source: false, target: true });
    await world.copy({ cosignTags: false });
    world.count();
    await world.copy({ cosignTags: false });
    expect(world.count()).toEqual({ source: s + r, target: t });
  });
});
