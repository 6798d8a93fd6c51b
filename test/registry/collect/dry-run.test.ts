/** For anything that may lie in a registry: a dry run names exactly what the collection after it takes away. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRepositoryPattern } from '../../../core/repository-pattern.ts';
import type { RetentionRule } from '../../../core/retention-settings.ts';
import { imageOf, indexOf, layerOf } from '../../oci/content.ts';
import { hourMs, openCollectWorld } from './collect-world.ts';

const layers = [0, 1, 2, 3].map((at) => layerOf(`layer ${at}`));
const images = [0, 1, 2].map((at) => {
  const some = layers.slice(at, at + 2);
  const { manifest, config } = imageOf(
    `{"at":${at}}`,
    some.map(({ descriptor }) => descriptor),
  );
  return { manifest, all: [...some, config, manifest] };
});
const [first, second] = images.map(({ manifest }) => manifest.descriptor);
const index = indexOf(first && second ? [first, second] : []);

const repository = fc.constantFrom('team/a', 'team/b');
const at = fc.nat({ max: images.length - 1 });
const deed = fc.oneof(
  fc.record({ kind: fc.constant('image' as const), repository, at, tag: fc.constantFrom('one', 'two', undefined) }),
  fc.record({ kind: fc.constant('index' as const), repository, tag: fc.constantFrom('one', 'two', undefined) }),
  fc.record({ kind: fc.constant('untag' as const), repository, tag: fc.constantFrom('one', 'two') }),
  fc.record({ kind: fc.constant('collect' as const), pauseMs: fc.constantFrom(0, hourMs, 3 * hourMs) }),
);

const settings = fc.record({
  graceMs: fc.constantFrom(0, hourMs),
  untaggedForMs: fc.constantFrom(0, 2 * hourMs),
  previousDigests: fc.nat({ max: 2 }),
});

/** Tags called so go by the first collection that comes an hour after the start. */
const rule: RetentionRule = {
  ...{ repositories: [parseRepositoryPattern('**')], tags: ['one'], writtenOnce: false },
  keep: { pushedWithinMs: hourMs },
};

test('a dry run names exactly what the collection after it takes away', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { maxLength: 12 }), settings, async (deeds, chosen) => {
      const world = await openCollectWorld({ settings: chosen, retention: { rules: [rule] } });
      try {
        for (const one of [...deeds, { kind: 'collect', pauseMs: hourMs } as const]) {
          if (one.kind === 'image') {
            const image = images[one.at];
            if (image === undefined) continue;
            await world.push(one.repository, ...image.all);
            if (one.tag !== undefined) await world.put(one.repository, image.manifest, one.tag);
          } else if (one.kind === 'index') {
            await world.push(one.repository, ...images.flatMap(({ all }) => all), index);
            if (one.tag !== undefined) await world.put(one.repository, index, one.tag);
          } else if (one.kind === 'untag') await world.untag(one.repository, one.tag);
          else {
            world.pass(one.pauseMs);
            const said = await world.collect({ dryRun: true });
            expect(await world.collect()).toEqual({ ...said, dryRun: false });
          }
        }
      } finally {
        await world.close();
      }
    }),
    { numRuns: 40 },
  );
});
