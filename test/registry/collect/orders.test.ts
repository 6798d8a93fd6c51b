/** Both orders in which a client and a collection can come to the same piece, each forced; and what tells broken ones apart. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import type { CollectionStep } from '../../../registry/collect/collection-store.ts';
import { imageOf, indexOf, layerOf } from '../../oci/content.ts';
import { type CollectWorld, type CollectWorldInit, dayMs, hourMs, openCollectWorld } from './collect-world.ts';
import { leasesOfNothing, sharedLockOfNobody } from './mutants.ts';

const app = 'team/app';
const repository = parseRepositoryName(app);
const layer = layerOf('a layer that is there already');
const { manifest, config } = imageOf('{}', [layer.descriptor]);
const { digest } = layer.descriptor;

let world: CollectWorld | undefined;

afterEach(() => world?.close());

/** A collection that waits, once, where it is told to; `client` acts then, as far as it can. */
async function collectWhile(
  step: CollectionStep,
  client: (world: CollectWorld) => Promise<void>,
  init: CollectWorldInit = {},
): Promise<CollectWorld> {
  let acting: Promise<void> | undefined;
  const opened = await openCollectWorld({
    ...init,
    async onStep(reached) {
      if (reached !== step || acting !== undefined || !armed) return;
      acting = client(opened);
      // Whoever need not wait for us gets there within these turns; whoever must does not hold us up.
      for (let turn = 0; turn < 500; turn += 1) await nextTurn();
    },
  });
  let armed = false;
  world = opened;
  await opened.push(app, layer, config);
  opened.pass(hourMs);
  armed = true;
  await opened.collect();
  await acting;
  return opened;
}

/** Asks for the layer, sends it only if it is not there, and names it: what container tools do. */
async function pushAsToolsDo(opened: CollectWorld): Promise<string> {
  for (const blob of [layer, config]) {
    const found = await opened.storage.blobSizeBytes(repository, blob.descriptor.digest);
    if (found === undefined) await opened.push(app, blob);
  }
  return (await opened.put(app, manifest, 'latest')).kind;
}

describe('a client that asks, sends nothing and names the layer', () => {
  test.each(['marked', 'rechecked', 'blob-removed', 'content-trashed'] as const)(
    'is not failed by a collection that has come to %s',
    async (step) => {
      let outcome = '';
      const opened = await collectWhile(step, async (there) => {
        outcome = await pushAsToolsDo(there);
      });
      expect(outcome).toBe('pushed');
      expect(await opened.there(app, layer, config, manifest)).toEqual([true, true, true]);
    },
  );

  test.each(['marked', 'rechecked', 'blob-removed'] as const)(
    'or asks nothing either, has its layer or is told that it is gone: at %s',
    async (step) => {
      let outcome = '';
      const opened = await collectWhile(step, async (there) => {
        outcome = (await there.put(app, manifest, 'latest')).kind;
      });
      const isPushed = outcome === 'pushed';
      expect(isPushed || outcome === 'incomplete').toBe(true);
      expect(await opened.there(app, layer, config, manifest)).toEqual(
        isPushed ? [true, true, true] : expect.arrayContaining([false]),
      );
      if (step === 'marked') expect(outcome).toBe('pushed');
    },
  );

  test('has its layer when it asked before the collection began', async () => {
    world = await openCollectWorld();
    await world.push(app, layer, config);
    world.pass(hourMs);
    await world.storage.blobSizeBytes(repository, digest);
    await world.storage.blobSizeBytes(repository, config.descriptor.digest);
    world.pass(hourMs - 1);
    await world.collect();
    expect((await world.put(app, manifest, 'latest')).kind).toBe('pushed');
  });

  test('is failed where nothing is leased', async () => {
    world = await openCollectWorld({ leasesOf: leasesOfNothing });
    await world.push(app, layer, config);
    world.pass(hourMs);
    expect(await world.storage.blobSizeBytes(repository, digest)).toBe(layer.bytes.length);
    await world.collect();
    expect((await world.put(app, manifest, 'latest')).kind).toBe('incomplete');
  });

  test('is failed where pushes share no lock with the collector', async () => {
    let found: number | undefined;
    const opened = await collectWhile(
      'rechecked',
      async (there) => {
        found = await there.storage.blobSizeBytes(repository, digest);
        await there.storage.blobSizeBytes(repository, config.descriptor.digest);
      },
      { locks: sharedLockOfNobody },
    );
    // One of the two went although the client had been told that it was there.
    expect(found).toBe(layer.bytes.length);
    expect((await opened.put(app, manifest, 'latest')).kind).toBe('incomplete');
  });
});

describe('a blob that is mounted from a repository', () => {
  test.each(['marked', 'rechecked', 'blob-removed'] as const)(
    'which lets go of it is there, or was not: at %s',
    async (step) => {
      let mounted: boolean | undefined;
      const target = parseRepositoryName('team/target');
      const opened = await collectWhile(step, async (there) => {
        mounted = await there.storage.mountBlob(digest, repository, target);
      });
      expect(await opened.there('team/target', layer)).toEqual([mounted]);
    },
  );
});

describe('an index that gets a tag', () => {
  test.each(['marked', 'rechecked', 'manifest-removed'] as const)(
    'by a client that found it has everything it lists: at %s',
    async (step) => {
      const index = indexOf([manifest.descriptor]);
      let outcome: string | undefined;
      let armed = false;
      let acting: Promise<void> | undefined;
      const opened = await openCollectWorld({
        async onStep(reached) {
          if (reached !== step || acting !== undefined || !armed) return;
          acting = tagIfFound();
          for (let turn = 0; turn < 500; turn += 1) await nextTurn();
        },
      });
      world = opened;
      async function tagIfFound(): Promise<void> {
        if ((await opened.storage.readManifest(repository, index.descriptor.digest)) === undefined) return;
        outcome = (await opened.put(app, index, 'latest')).kind;
      }
      await opened.push(app, layer, config, manifest, index);
      opened.pass(hourMs);
      await opened.collect();
      opened.pass(7 * dayMs);
      armed = true;
      await opened.collect();
      await acting;
      const expected = step === 'marked' ? 'pushed' : undefined;
      expect(outcome).toBe(expected);
      const there = await opened.there(app, index, manifest, layer, config);
      expect(new Set(there)).toEqual(new Set([expected === 'pushed']));
    },
  );
});
