/** What a collection keeps, what it takes away, and when. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestHex } from '../../../oci/spec/digest.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { type Content, contentOf, imageOf, indexOf, layerOf, manifestOf } from '../../oci/content.ts';
import { type CollectWorld, type CollectWorldInit, dayMs, hourMs, openCollectWorld } from './collect-world.ts';

const app = 'team/app';
const other = 'team/other';

let world: CollectWorld;

beforeEach(async () => {
  world = await openCollectWorld();
});
afterEach(() => world.close());

async function reopen(init: CollectWorldInit): Promise<void> {
  await world.close();
  world = await openCollectWorld(init);
}

/** A layer, a config and the image of both. */
function image(name: string): { layer: Content; config: Content; manifest: Content; all: readonly Content[] } {
  const layer = layerOf(`layer of ${name}`);
  const { manifest, config } = imageOf(`{"of":"${name}"}`, [layer.descriptor]);
  return { layer, config, manifest, all: [layer, config, manifest] };
}

function referrerOf(subject: Content, name: string): { payload: Content; manifest: Content; all: readonly Content[] } {
  const payload = layerOf(`payload of ${name}`);
  const manifest = manifestOf(mediaTypes.ociManifest, {
    artifactType: 'application/vnd.example',
    config: payload.descriptor,
    layers: [],
    subject: subject.descriptor,
  });
  return { payload, manifest, all: [payload, manifest] };
}

/** Everything that is kept for a while only is old enough after this, and a collection more. */
async function growOld(): Promise<void> {
  world.pass(hourMs);
  await world.collect();
  world.pass(7 * dayMs);
}

const path = (...parts: readonly string[]) => join(world.directory, 'registry', ...parts);

describe('kept is', () => {
  test('a tagged image, whole, however old', async () => {
    const one = image('one');
    await world.push(app, ...one.all);
    await world.put(app, one.manifest, 'latest');
    await growOld();
    await world.collect();
    expect(await world.there(app, ...one.all)).toEqual([true, true, true]);
  });

  test('what an index lists, and an index in an index', async () => {
    const [one, two] = [image('one'), image('two')];
    const inner = indexOf([two.manifest.descriptor]);
    const outer = indexOf([one.manifest.descriptor, inner.descriptor]);
    await world.push(app, ...one.all, ...two.all, inner, outer);
    await world.put(app, outer, 'latest');
    await growOld();
    await world.collect();
    expect(await world.there(app, ...one.all, ...two.all, inner, outer)).not.toContain(false);
  });

  test('a referrer while its subject is, and a referrer of a referrer', async () => {
    const one = image('one');
    const signature = referrerOf(one.manifest, 'signature');
    const attestation = referrerOf(signature.manifest, 'attestation');
    await world.push(app, ...one.all, ...signature.all, ...attestation.all);
    await world.put(app, one.manifest, 'latest');
    await growOld();
    await world.collect();
    expect(await world.there(app, ...signature.all, ...attestation.all)).toEqual([true, true, true, true]);
    await world.untag(app, 'latest');
    await growOld();
    await world.collect();
    expect(await world.there(app, ...one.all, ...signature.all, ...attestation.all)).not.toContain(true);
  });

  test.each(['sha256-0000.sig', 'sha256-0000.att', 'sha256-0000.sbom', `sha256-${'0'.repeat(64)}`, 'dev-r000001-0'])(
    'whatever the tag %s names, as any other tag does',
    async (tag) => {
      const one = image('one');
      await world.push(app, ...one.all);
      await world.put(app, one.manifest, tag);
      await growOld();
      await world.collect();
      expect(await world.there(app, ...one.all)).toEqual([true, true, true]);
    },
  );

  test('what a tag named before, the last five times', async () => {
    const images = Array.from({ length: 7 }, (_, at) => image(`number ${at}`));
    for (const { all, manifest } of images) {
      await world.push(app, ...all);
      await world.put(app, manifest, 'latest');
    }
    await growOld();
    await world.collect();
    const there = await world.there(app, ...images.map(({ manifest }) => manifest));
    expect(there).toEqual([false, true, true, true, true, true, true]);
  });

  test('an image without a tag for seven days after it lost it, and for seven more after it was pulled', async () => {
    const one = image('one');
    await world.push(app, ...one.all);
    await world.put(app, one.manifest, 'latest');
    world.pass(30 * dayMs);
    await world.untag(app, 'latest');
    await growOld();
    await world.storage.readManifest(parseRepositoryName(app), one.manifest.descriptor.digest);
    await world.collect();
    world.pass(hourMs);
    await world.collect();
    world.pass(7 * dayMs - 1);
    await world.collect();
    expect(await world.there(app, ...one.all)).toEqual([true, true, true]);
    world.pass(1);
    await world.collect();
    expect(await world.there(app, ...one.all)).toEqual([false, false, false]);
  });

  test('a referrer that a client saw in a list, as one that was read', async () => {
    const signature = referrerOf(image('elsewhere').manifest, 'signature');
    await world.push(app, ...signature.all);
    await growOld();
    const { digest } = image('elsewhere').manifest.descriptor;
    expect(await Array.fromAsync(world.storage.listReferrers(parseRepositoryName(app), digest))).toHaveLength(1);
    await world.collect();
    expect(await world.there(app, ...signature.all)).toEqual([true, true]);
  });

  test('what an index lists for as long as the index, which alone was pulled', async () => {
    const one = image('one');
    const index = indexOf([one.manifest.descriptor]);
    await world.push(app, ...one.all, index);
    await growOld();
    await world.storage.readManifest(parseRepositoryName(app), index.descriptor.digest);
    world.pass(hourMs);
    await world.collect();
    expect(await world.there(app, ...one.all, index)).not.toContain(false);
  });

  test('a blob that nothing names for an hour after a client was told of it', async () => {
    const blob = layerOf('on its way');
    await world.push(app, blob);
    world.pass(hourMs - 1);
    await world.collect();
    expect(await world.storage.blobSizeBytes(parseRepositoryName(app), blob.descriptor.digest)).toBe(10);
    world.pass(hourMs - 1);
    await world.collect();
    expect(await world.there(app, blob)).toEqual([true]);
    world.pass(1);
    await world.collect();
    expect(await world.there(app, blob)).toEqual([false]);
  });

  test('everything for an hour after a start', async () => {
    const blob = layerOf('from before');
    await world.push(app, blob);
    world.pass(30 * dayMs);
    await world.restart();
    world.pass(hourMs - 1);
    await world.collect();
    expect(await world.there(app, blob)).toEqual([true]);
    world.pass(1);
    await world.collect();
    expect(await world.there(app, blob)).toEqual([false]);
  });

  test('content that another repository has', async () => {
    const blob = layerOf('shared');
    await world.push(app, blob);
    await world.push(other, blob);
    const kept = imageOf('{}', [blob.descriptor]);
    await world.push(other, kept.config, kept.manifest);
    await world.put(other, kept.manifest, 'latest');
    await growOld();
    await world.collect();
    expect([await world.there(app, blob), await world.there(other, blob)]).toEqual([[false], [true]]);
  });

  test('a manifest of a type nobody knows, with whatever it names', async () => {
    const [named, lost] = [layerOf('named'), layerOf('lost')];
    await world.push(app, named, lost);
    const bytes = Buffer.from(`{"mediaType":"application/vnd.new+json","parts":["${named.descriptor.digest}"]}`);
    const strange = contentOf('application/vnd.new+json', bytes);
    const { digest, mediaType } = strange.descriptor;
    await world.storage.pushManifest(parseRepositoryName(app), {
      ...{ manifest: { digest, mediaType, bytes }, blobs: [], manifests: [], tags: [] },
      author: { by: 'x', at: 0, how: 'push', judge: () => ({ allowed: true, overridden: [] }) },
    });
    await growOld();
    await world.collect();
    expect(await world.storage.collection.hasManifest(parseRepositoryName(app), digest)).toBe(true);
    expect(await world.there(app, named, lost)).toEqual([true, false]);
  });
});

describe('taken away is', () => {
  test('an image that lost its last tag, with its blobs, and its content an hour after that', async () => {
    const one = image('one');
    await world.push(app, ...one.all);
    await growOld();
    const report = await world.collect();
    expect(report.counts).toMatchObject({ manifests: 1, blobs: 2, trashed: 2, removed: 0, spared: 0 });
    expect(await world.there(app, ...one.all)).toEqual([false, false, false]);
    world.pass(hourMs);
    const { trashed, removed, removedBytes } = (await world.collect()).counts;
    const bytes = one.layer.bytes.length + one.config.bytes.length;
    expect({ trashed, removed, removedBytes }).toEqual({ trashed: 0, removed: 2, removedBytes: bytes });
    expect(await Array.fromAsync(world.storage.collection.listTrash())).toEqual([]);
    expect(await world.storage.listRepositories()).toEqual([]);
  });

  test('an image without a tag sooner where that is asked for this once, and never sooner than the grace', async () => {
    const [one, pulled] = [image('one'), image('pulled')];
    await world.push(app, ...one.all, ...pulled.all);
    world.pass(hourMs);
    await world.collect();
    world.pass(2 * hourMs);
    await world.storage.readManifest(parseRepositoryName(app), pulled.manifest.descriptor.digest);
    expect((await world.collect()).counts.manifests).toBe(0);
    const soon = { untaggedForMs: 2 * hourMs };
    const said = await world.collect({ dryRun: true, ...soon });
    expect(said.listed.manifests.map(({ digest }) => digest)).toEqual([one.manifest.descriptor.digest]);
    expect(await world.collect(soon)).toEqual({ ...said, dryRun: false });
    expect(await world.there(app, ...one.all, ...pulled.all)).toEqual([false, false, false, true, true, true]);
    expect(() => world.collector.begin({ dryRun: true, untaggedForMs: hourMs - 1 })).toThrowError(
      expect.objectContaining({ code: 'REQUEST_INVALID' }),
    );
  });

  test('an index before what it lists', async () => {
    const steps: string[] = [];
    await reopen({ onStep: async (step) => void steps.push(step) });
    const one = image('one');
    const index = indexOf([one.manifest.descriptor]);
    const signature = referrerOf(index, 'signature');
    await world.push(app, ...one.all, index, ...signature.all);
    await growOld();
    steps.length = 0;
    const { listed } = await world.collect();
    const order = listed.manifests.map(({ digest }) => digest);
    expect(order[0]).toBe(index.descriptor.digest);
    expect(order).toHaveLength(3);
    expect(steps.filter((step) => step.includes('entry') || step.includes('manifest'))).toHaveLength(4);
  });

  test('an index before what it lists, though that is its subject as well', async () => {
    const images = ['one', 'two', 'three', 'four', 'five', 'six'].map(image);
    const pairs = images.map(({ all, manifest }) => {
      const fields = { manifests: [manifest.descriptor], subject: manifest.descriptor };
      return { all, child: manifest, index: manifestOf(mediaTypes.ociIndex, fields) };
    });
    for (const { all, index } of pairs) await world.push(app, ...all, index);
    await growOld();
    const order = (await world.collect()).listed.manifests.map(({ digest }) => digest);
    expect(order).toHaveLength(2 * pairs.length);
    for (const { child, index } of pairs) {
      expect(order.indexOf(index.descriptor.digest)).toBeLessThan(order.indexOf(child.descriptor.digest));
    }
  });

  test('an entry among the referrers whose manifest is not there', async () => {
    const one = image('one');
    const signature = referrerOf(one.manifest, 'signature');
    await world.push(app, ...one.all, ...signature.all);
    await world.put(app, one.manifest, 'latest');
    await rm(path('repositories', app, '_manifests', 'sha256', digestHex(signature.manifest.descriptor.digest)));
    expect((await world.collect()).counts.referrerEntries).toBe(1);
    expect(await Array.fromAsync(world.storage.collection.listReferrerEntries(parseRepositoryName(app)))).toEqual([]);
  });

  test('no more than half of what is old when half of it is asked for meanwhile', async () => {
    const [one, two] = [image('one'), image('two')];
    let asked = false;
    await reopen({
      onStep: async (step) => {
        if (step !== 'marked' || !asked) return;
        await world.storage.readManifest(parseRepositoryName(app), one.manifest.descriptor.digest);
      },
    });
    await world.push(app, ...one.all, ...two.all);
    await growOld();
    asked = true;
    const { counts } = await world.collect();
    expect([counts.manifests, counts.blobs, counts.spared]).toEqual([1, 2, 5]);
    expect(await world.there(app, ...one.all, ...two.all)).toEqual([true, true, true, false, false, false]);
  });

  test('nothing while it is held off', async () => {
    await reopen({ unlessHeld: async () => undefined });
    const one = image('one');
    await world.push(app, ...one.all);
    await growOld();
    const { counts } = await world.collect();
    expect([counts.manifests, counts.blobs, counts.trashed]).toEqual([0, 0, 0]);
    expect(await world.there(app, ...one.all)).toEqual([true, true, true]);
  });
});

describe('content in the trash', () => {
  test('is brought back when a repository has it all the same', async () => {
    const one = image('one');
    await world.push(app, ...one.all);
    await growOld();
    await world.collect();
    // As after a restore from a backup: the records are back, the content was collected.
    await writeFile(path('repositories', app, '_blobs', 'sha256', digestHex(one.layer.descriptor.digest)), '');
    expect(await world.storage.blobSizeBytes(parseRepositoryName(app), one.layer.descriptor.digest)).toBe(
      one.layer.bytes.length,
    );
    await writeFile(path('repositories', app, '_blobs', 'sha256', digestHex(one.config.descriptor.digest)), '');
    await world.restart();
    expect((await world.collect()).counts.restored).toBe(1);
    expect(await world.there(app, one.layer, one.config)).toEqual([true, true]);
  });

  test('is pushed anew without it', async () => {
    const one = image('one');
    await world.push(app, ...one.all);
    await growOld();
    await world.collect();
    await world.push(app, ...one.all);
    await world.put(app, one.manifest, 'latest');
    await growOld();
    expect((await world.collect()).counts.restored).toBe(0);
    expect(await world.there(app, ...one.all)).toEqual([true, true, true]);
  });
});

describe('nothing is taken away, and it is said where, when', () => {
  test.each([
    ['a tag', () => path('repositories', 'team/zebra', '_tags', 'latest')],
    [
      'a manifest',
      () => path('repositories', 'team/zebra', '_manifests', 'sha256', digestHex(zebra.manifest.descriptor.digest)),
    ],
  ])('%s cannot be read', async (_, damaged) => {
    const one = image('one');
    await world.push(app, ...one.all);
    await world.push('team/zebra', ...zebra.all);
    await world.put('team/zebra', zebra.manifest, 'latest');
    await growOld();
    await writeFile(damaged(), 'damaged');
    for (const dryRun of [true, false]) {
      await expect(world.collect({ dryRun })).rejects.toMatchObject({
        code: 'COLLECTION_UNSAFE',
        message: expect.stringContaining(damaged()),
      });
    }
    expect(await world.there(app, ...one.all)).toEqual([true, true, true]);
    expect(world.events.filter(({ kind }) => kind === 'collection-failed')).toHaveLength(2);
  });

  test('the manifest of a tag is lost', async () => {
    await world.push(app, ...zebra.all);
    await world.put(app, zebra.manifest, 'latest');
    await growOld();
    await rm(path('repositories', app, '_manifests', 'sha256', digestHex(zebra.manifest.descriptor.digest)));
    await expect(world.collect()).rejects.toMatchObject({ code: 'COLLECTION_UNSAFE' });
    expect(await world.there(app, zebra.layer, zebra.config)).toEqual([true, true]);
  });
});

const zebra = image('zebra');

describe('a collection', () => {
  test('is the only one', async () => {
    const first = world.collect();
    await expect(async () => world.collect()).rejects.toMatchObject({ code: 'COLLECTION_UNDER_WAY' });
    await first;
    await world.collect();
  });

  test('takes away what the dry run before it said', async () => {
    const [one, two] = [image('one'), image('two')];
    const index = indexOf([two.manifest.descriptor]);
    await world.push(app, ...one.all);
    await world.push(other, ...two.all, index);
    await world.put(other, index, 'latest');
    await world.untag(other, 'latest');
    await growOld();
    const { dryRun: _, ...said } = await world.collect({ dryRun: true });
    expect(await world.there(app, ...one.all)).toEqual([true, true, true]);
    const { dryRun: __, ...done } = await world.collect();
    expect(done).toEqual(said);
    expect(done.counts.manifests).toBe(3);
  });

  test('ends between two pieces when the registry is closed, and the next one goes on', async () => {
    let closing: Promise<void> | undefined;
    await reopen({
      async onStep(step) {
        if (step === 'manifest-removed') closing ??= world.collector.close();
      },
    });
    const images = ['one', 'two', 'three'].map(image);
    const manifests = images.map(({ manifest }) => manifest);
    for (const { all } of images) await world.push(app, ...all);
    await growOld();
    await expect(world.collect()).rejects.toMatchObject({ name: 'AbortError' });
    await closing;
    expect((await world.there(app, ...manifests)).filter((there) => there)).toHaveLength(2);
    expect(world.events.map(({ kind }) => kind)).not.toContain('collection-failed');
    await world.restart();
    world.pass(hourMs);
    expect((await world.collect()).counts).toMatchObject({ manifests: 2, blobs: 6, trashed: 6 });
  });

  test('gives others their turn in the middle of a large repository', async () => {
    let turns = 0;
    await reopen({
      yieldTurn: async () => {
        turns += 1;
      },
    });
    await world.push(app, layerOf('the first'));
    await world.collect({ dryRun: true });
    const turnsOfSmall = turns;
    for (let at = 0; at < 1024; at += 1) {
      await writeFile(path('repositories', app, '_blobs', 'sha256', digestHex(layerOf(`${at}`).descriptor.digest)), '');
    }
    turns = 0;
    await world.collect({ dryRun: true });
    expect(turns).toBe(turnsOfSmall + 4);
  });

  test('measures age by how long the registry ran, over restarts', async () => {
    const one = image('one');
    await world.push(app, ...one.all);
    world.pass(hourMs);
    await world.collect();
    for (let day = 0; day < 7; day += 1) {
      expect(await world.there(app, one.manifest)).toEqual([true]);
      world.pass(dayMs);
      await world.restart();
    }
    world.pass(hourMs);
    await world.collect();
    expect(await world.there(app, one.manifest)).toEqual([false]);
  });
});
