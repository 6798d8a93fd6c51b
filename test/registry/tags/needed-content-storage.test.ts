/** Deletions inside the storage, against a model and beside pushes: no tag that is kept ever loses what it needs. */
import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateTagChange } from '../../../core/tag-rules.ts';
import { defaultEnvironmentPlaces, defaultTagSettings } from '../../../core/tag-settings.ts';
import type { Digest } from '../../../oci/spec/digest.ts';
import { parseManifest, successors } from '../../../oci/spec/manifest.ts';
import { isManifestType } from '../../../oci/spec/media-type.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { parseTag, type Tag } from '../../../oci/spec/tag.ts';
import { openLeases } from '../../../registry/collect/leases.ts';
import { needsOf } from '../../../registry/content/manifest-needs.ts';
import { type KeyedLock, openKeyedLock } from '../../../registry/disk/keyed-lock.ts';
import { openDiskStorage } from '../../../registry/disk-storage.ts';
import type { Storage, TagAuthor } from '../../../registry/storage.ts';
import { type Content, imageOf, indexOf, layerOf } from '../../oci/content.ts';
import { temporaryDirectory } from '../registry-under-test.ts';

const repository = parseRepositoryName('team/app');
const rules = { tags: defaultTagSettings, environments: defaultEnvironmentPlaces };
const rights = { overwrite: true, delete: true, environmentTags: false, breakGlass: true };

const layers = Array.from({ length: 3 }, (_, n) => layerOf(`layer ${n}`));
const images = [[0], [1], [0, 1], [2]].map((named, n) => imageOf(`{"n":${n}}`, layersAt(named)));
const manifests = images.map(({ manifest }) => manifest);
const [first, second, third, fourth] = manifests.map(({ descriptor }) => descriptor);
const inner = [indexOf(some(first, second)), indexOf(some(second, third))];
const outer = indexOf(some(inner[0]?.descriptor, fourth));
const blobs = [...layers, ...images.map(({ config }) => config)];
const nodes = [...manifests, ...inner, outer];
const [kept, loose] = [['1.0.0', '2.0.0'].map(parseTag), ['latest', 'edge'].map(parseTag)];

function layersAt(named: readonly number[]) {
  return some(...named.map((n) => layers[n]?.descriptor));
}

function some<Value>(...values: readonly (Value | undefined)[]): readonly Value[] {
  return values.filter((value) => value !== undefined);
}

function authorWho(breaksGlass: boolean): TagAuthor {
  return {
    ...{ by: 'ann', at: 1, how: 'push' },
    ...(breaksGlass ? { reason: 'on purpose' } : {}),
    judge: (tag, change, standing) =>
      evaluateTagChange(rules, { repository, tag, change, standing, rights, breaksGlass }),
  };
}

function open(root: string, locks: KeyedLock = openKeyedLock()): Promise<Storage> {
  const leases = openLeases({ uptime: () => 0 });
  return openDiskStorage({ root, locks, leases, onEvent: () => undefined, onCollectionStep: async () => {} });
}

async function pushBlob(storage: Storage, { bytes, descriptor }: Content): Promise<void> {
  const staging = await storage.openStaging();
  await staging.write([bytes], 'sha256');
  await staging.commit(repository, descriptor.digest);
}

function push(storage: Storage, { bytes, descriptor }: Content, tags: readonly Tag[]) {
  const needs = needsOf({ bytes, digest: descriptor.digest }, descriptor.mediaType);
  return storage.pushManifest(repository, { ...needs, tags, author: authorWho(false) });
}

function nodeOf(digest: Digest): Content | undefined {
  return nodes.find(({ descriptor }) => descriptor.digest === digest);
}

function named({ bytes, descriptor }: Content) {
  return successors(parseManifest(bytes, descriptor.mediaType));
}

/** What is in the repository, as far as this test knows. */
interface Model {
  readonly there: Set<Digest>;
  readonly tags: Map<Tag, Digest>;
  /** Tags that lost something by break-glass, or were given an index of which a child had lost something before. */
  readonly broken: Set<Tag>;
}

/** Whether the manifest leads to the content, through manifests that are there. */
function leadsTo(model: Model, from: Digest, content: Digest): boolean {
  const node = model.there.has(from) ? nodeOf(from) : undefined;
  if (node === undefined) return false;
  return named(node).some(({ digest }) => digest === content || leadsTo(model, digest, content));
}

/** Whether all that the manifest leads to is there: what is pushed needs its own children, of which some may need more. */
function isWhole(model: Model, node: Content): boolean {
  return named(node).every(({ digest }) => {
    const child = nodeOf(digest);
    return model.there.has(digest) && (child === undefined || isWhole(model, child));
  });
}

/** Tags that may not go and that would go or be broken with the content. */
function keepers(model: Model, content: Digest): readonly Tag[] {
  return kept.filter((tag) => {
    const digest = model.tags.get(tag);
    return digest !== undefined && (digest === content || leadsTo(model, digest, content));
  });
}

async function remove(storage: Storage, model: Model, content: Content, breaksGlass: boolean): Promise<void> {
  const { digest, mediaType } = content.descriptor;
  const method = isManifestType(mediaType) ? 'deleteManifest' : 'deleteBlob';
  const outcome = await storage[method](repository, digest, authorWho(breaksGlass));
  const against = keepers(model, digest);
  const refused = against.length > 0 && !breaksGlass;
  expect(outcome.kind).toBe(model.there.has(digest) ? (refused ? 'refused' : 'deleted') : 'absent');
  if (outcome.kind !== 'deleted') return;
  model.there.delete(digest);
  for (const tag of against) model.broken.add(tag);
  for (const [tag, named] of model.tags) if (named === digest) model.tags.delete(tag);
}

/** Every tag that nobody broke on purpose, with all that can be reached from it. */
async function expectWhole(storage: Storage, model: Model): Promise<void> {
  async function expectThere(tag: Tag, digest: Digest): Promise<void> {
    const manifest = await storage.readManifest(repository, digest);
    expect([tag, digest, manifest?.digest]).toEqual([tag, digest, digest]);
    for (const each of manifest === undefined ? [] : successors(parseManifest(manifest.bytes, manifest.mediaType))) {
      if (isManifestType(each.mediaType)) await expectThere(tag, each.digest);
      else
        expect([tag, each.digest, await storage.blobSizeBytes(repository, each.digest)]).toEqual([
          tag,
          each.digest,
          each.size,
        ]);
    }
  }
  for (const tag of kept) {
    const record = await storage.readTag(repository, tag);
    expect(record?.digest).toBe(model.tags.get(tag));
    if (record !== undefined && !model.broken.has(tag)) await expectThere(tag, record.digest);
  }
}

const pick = <Value>(values: readonly Value[]) => fc.constantFrom(...values);
const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('push' as const),
        node: pick(nodes),
        tags: fc.subarray([...kept, ...loose]),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('remove' as const),
        content: pick([...blobs, ...nodes]),
        breaksGlass: fc.nat(5).map((n) => n === 0),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('untag' as const), tag: pick(loose) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  ),
  { minLength: 5, maxLength: 30 },
);

test('whatever is pushed and deleted, no tag that is kept loses what it needs, and nothing else is refused', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (run) => {
      const root = await temporaryDirectory();
      let storage = await open(root);
      const model: Model = { there: new Set(), tags: new Map(), broken: new Set() };
      for (const blob of blobs) {
        await pushBlob(storage, blob);
        model.there.add(blob.descriptor.digest);
      }
      for (const step of run) {
        if (step.do === 'push') {
          const outcome = await push(storage, step.node, step.tags);
          if (outcome.kind !== 'pushed') continue;
          model.there.add(step.node.descriptor.digest);
          for (const tag of step.tags) {
            model.tags.set(tag, step.node.descriptor.digest);
            if (!isWhole(model, step.node)) model.broken.add(tag);
          }
        } else if (step.do === 'remove') await remove(storage, model, step.content, step.breaksGlass);
        else if (step.do === 'untag') {
          await storage.deleteTag(repository, step.tag, authorWho(false));
          model.tags.delete(step.tag);
        } else {
          await storage.close();
          storage = await open(root);
        }
      }
      await expectWhole(storage, model);
      await storage.close();
      await rm(root, { recursive: true });
    }),
    { numRuns: 30 },
  );
}, 120_000);

describe('a deletion and a push that wait for one another', () => {
  const [layer] = layers;
  const [image] = images;

  /** Runs both behind whoever holds the repository, in this order, with the index made before or not. */
  async function meet(order: 'push first' | 'deletion first', prepared: boolean, tagged: 'new' | 'there') {
    if (layer === undefined || image === undefined) throw new Error('no image');
    const root = await temporaryDirectory();
    const locks = openKeyedLock();
    let asked = 0;
    const count = (key: string) => {
      if (key === repository) asked += 1;
    };
    const counted: KeyedLock = {
      shared(key, work) {
        count(key);
        return locks.shared(key, work);
      },
      exclusive(key, work) {
        count(key);
        return locks.exclusive(key, work);
      },
    };
    const storage = await open(root, counted);
    for (const blob of [layer, image.config]) await pushBlob(storage, blob);
    if (tagged === 'there') await push(storage, image.manifest, []);
    const spare = layerOf('spare');
    await pushBlob(storage, spare);
    if (prepared) await storage.deleteBlob(repository, spare.descriptor.digest, authorWho(false));
    const gate = Promise.withResolvers<void>();
    const holding = locks.exclusive(repository, () => gate.promise);
    const begin = async <Result>(work: () => Promise<Result>): Promise<{ readonly outcome: Promise<Result> }> => {
      const before = asked;
      const outcome = work();
      await expect.poll(() => asked, { timeout: 10_000 }).toBe(before + 1);
      return { outcome };
    };
    const pushIt = () => push(storage, image.manifest, [parseTag('1.0.0')]);
    const deleteIt = () => storage.deleteBlob(repository, layer.descriptor.digest, authorWho(false));
    const kinds = await (async () => {
      if (order === 'push first') {
        const [pushed, deleted] = [await begin(pushIt), await begin(deleteIt)];
        gate.resolve();
        return [(await pushed.outcome).kind, (await deleted.outcome).kind];
      }
      const [deleted, pushed] = [await begin(deleteIt), await begin(pushIt)];
      gate.resolve();
      return [(await pushed.outcome).kind, (await deleted.outcome).kind];
    })();
    await holding;
    const sizeBytes = await storage.blobSizeBytes(repository, layer.descriptor.digest);
    await storage.close();
    await rm(root, { recursive: true });
    return [...kinds, sizeBytes === undefined ? 'gone' : 'there'];
  }

  test.each([
    [true, 'new'],
    [false, 'new'],
    [true, 'there'],
    [false, 'there'],
  ] as const)('are judged as they come (index made before: %s, manifest: %s)', async (prepared, tagged) => {
    expect(await meet('push first', prepared, tagged)).toEqual(['pushed', 'refused', 'there']);
    expect(await meet('deletion first', prepared, tagged)).toEqual(['incomplete', 'deleted', 'gone']);
  });
});
