/** The index of who needs what, against a search through all manifests: whatever was pushed, deleted and damaged. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Digest } from '../../../oci/spec/digest.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { openNeedGraph } from '../../../registry/disk/need-graph.ts';
import { openNeedingManifests } from '../../../registry/disk/needing-manifests.ts';
import type { StoredManifest } from '../../../registry/storage.ts';
import { type Content, indexOf, layerOf, manifestOf } from '../../oci/content.ts';

const repository = parseRepositoryName('team/app');

const layers = Array.from({ length: 4 }, (_, at) => layerOf(`layer ${at}`));
const images = Array.from({ length: 6 }, (_, at) => imageWith(at, [at % 4, (at * 3 + 1) % 4]));
const indexes = [
  indexOf([0, 1].map(imageDescriptor)),
  indexOf([2, 3, 5].map(imageDescriptor)),
  indexOf([...[1, 4].map(imageDescriptor), ...layers.slice(3).map(({ descriptor }) => descriptor)]),
];
const outer = [indexOf(indexes.slice(0, 2).map(({ descriptor }) => descriptor))];
const manifests = [...images, ...indexes, ...outer].map(storedOf);
const digests = [...layers.map(({ descriptor }) => descriptor.digest), ...manifests.map(({ digest }) => digest)];

function imageWith(n: number, layersOf: readonly number[]): Content {
  const named = layersOf.map((at) => layers[at]?.descriptor);
  return manifestOf(mediaTypes.ociManifest, { config: layers[0]?.descriptor, layers: named, n });
}

function imageDescriptor(n: number) {
  return images[n]?.descriptor ?? layerOf('').descriptor;
}

function storedOf({ descriptor, bytes }: Content): StoredManifest {
  return { digest: descriptor.digest, mediaType: descriptor.mediaType, bytes };
}

/** A repository in memory, and how often all of it was read. */
function openWorld(indexedMax?: number) {
  const there = new Map<Digest, StoredManifest | undefined>();
  const counted = { readings: 0 };
  const needs = openNeedingManifests({
    async *list() {
      counted.readings += 1;
      for (const [digest, manifest] of [...there]) {
        // Others have their turn in the middle of a reading.
        await undefined;
        if (there.has(digest)) yield { digest, manifest };
      }
    },
    ...(indexedMax === undefined ? {} : { indexedMax }),
  });
  return {
    ...{ there, needs, counted },
    add(manifest: StoredManifest) {
      there.set(manifest.digest, manifest);
      needs.add(repository, manifest);
    },
    remove({ digest }: StoredManifest) {
      there.delete(digest);
      needs.remove(repository, digest);
    },
    lose({ digest }: StoredManifest) {
      there.set(digest, undefined);
      needs.lose(repository, digest);
    },
  };
}

type World = ReturnType<typeof openWorld>;

/** By asking each manifest whether it leads there, as often as there are levels. */
function expected({ there }: World, from: ReadonlySet<Digest>): ReadonlySet<Digest> {
  const reached = new Set(from);
  for (let level = 0; level < there.size; level += 1) {
    for (const [digest, manifest] of there) {
      const text = Buffer.from(manifest?.bytes ?? []).toString();
      if ([...reached].some((one) => text.includes(one))) reached.add(digest);
    }
  }
  return reached;
}

async function expectRight(world: World, digest: Digest): Promise<void> {
  const found = await world.needs.find(repository, digest);
  const unreadable = [...world.there].filter(([, manifest]) => manifest === undefined).map(([name]) => name);
  expect(new Set(found.unreadable)).toEqual(new Set(unreadable));
  const needing = new Set(expected(world, new Set([digest])));
  needing.delete(digest);
  expect(found.needing).toEqual(needing);
  expect(found.doubtful).toEqual(expected(world, new Set(unreadable)));
}

const pick = <Value>(values: readonly Value[]) => fc.constantFrom(...values);
const commands = fc.array(
  fc.oneof(
    fc.record({ what: pick(['add', 'add', 'remove', 'lose'] as const), manifest: pick(manifests) }),
    fc.record({ what: pick(['ask', 'prepare'] as const), digest: pick(digests) }),
  ),
  { maxLength: 60 },
);

test.each([
  ['in the index', undefined],
  ['where the repository is too large for it', 5],
  ['where it becomes too large for it', 30],
])('what needs a digest is found %s', async (_, indexedMax) => {
  await fc.assert(
    fc.asyncProperty(commands, async (run) => {
      const world = openWorld(indexedMax);
      const preparing: Promise<void>[] = [];
      for (const command of run) {
        if ('manifest' in command) world[command.what](command.manifest);
        else if (command.what === 'prepare') preparing.push(world.needs.prepare(repository));
        else await expectRight(world, command.digest);
      }
      await Promise.all(preparing);
      for (const digest of digests) await expectRight(world, digest);
    }),
  );
});

describe('the index', () => {
  test('is made once, and kept in step without reading anything again', async () => {
    const world = openWorld();
    for (const manifest of manifests.slice(0, 5)) world.add(manifest);
    await world.needs.prepare(repository);
    for (const manifest of manifests.slice(5)) world.add(manifest);
    for (const digest of digests) await expectRight(world, digest);
    expect(world.counted.readings).toBe(1);
  });

  test('of a repository that is too large is not tried for again', async () => {
    const world = openWorld(5);
    for (const manifest of manifests) world.add(manifest);
    await world.needs.prepare(repository);
    const before = world.counted.readings;
    await world.needs.prepare(repository);
    expect(world.counted.readings).toBe(before);
  });

  test('weighs nothing when everything is removed again', () => {
    const graph = openNeedGraph();
    for (const { digest } of manifests) graph.add(digest, digests);
    for (const { digest } of manifests) graph.remove(digest);
    expect(graph.size).toBe(0);
  });
});
