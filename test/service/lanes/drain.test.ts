import { afterEach, beforeEach, expect, test } from 'vitest';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { receiptArtifactType } from '../../../promotion/push-receipt.ts';
import { bytesOf, contentOf, layerOf, manifestOf, pushAll } from '../../oci/content.ts';
import { type LaneWorld, openLaneWorld } from './lane-world.ts';

let world: LaneWorld;
beforeEach(async () => {
  world = await openLaneWorld();
});
afterEach(() => world.close());

test('a promotion copies, writes history ahead, moves the exact and the environment tag, and leaves a receipt', async () => {
  const digest = await world.release('1.0.0', 'one');
  const id = await world.promotion('1.0.0', digest);
  await world.drain();

  expect(await world.state(id)).toBe('promoted');
  expect(await world.tag()).toBe(digest);
  expect(await world.ledger()).toBe(digest);
  const tags = await Array.fromAsync(world.bare.listTags());
  const history = `staging-r000001-${digest.slice(7, 19)}`;
  expect(tags.sort()).toEqual(['1.0.0', 'staging', history, `${history}.receipt`].sort());
});

test('the steps of a promotion come in the order of the protocol', async () => {
  await world.promotion('1.0.0', await world.release('1.0.0', 'one'));
  await world.drain();
  expect(world.steps).toEqual([
    ...['begin', 'list', 'decide', 'import'],
    ...['list', 'decide', 'reserve', 'copy', 'prove', 'history-tag', 'exact-tag', 'intent', 'environment-tag'],
    ...['retire', 'read-back', 'list-again', 'receipt', 'commit'],
    ...['list', 'decide'],
  ]);
});

test('a promotion takes signatures along, and leaves the receipts of the environment before where they are', async () => {
  const digest = await world.release('1.0.0', 'one');
  const { descriptor: subject } = await world.source.fetchManifest(digest);
  const config = contentOf(mediaTypes.ociEmpty, bytesOf('{}'));
  const of = (artifactType: string) =>
    manifestOf(mediaTypes.ociManifest, { artifactType, config: config.descriptor, layers: [], subject });
  const [signature, receipt] = [of('application/vnd.example.signature'), of(receiptArtifactType)];
  await pushAll(world.source, [config, signature, receipt]);
  await world.promotion('1.0.0', digest);
  await world.drain();
  const listed = (await world.bare.listReferrers?.(digest))?.referrers.map((referrer) => referrer.digest);
  expect(listed).toContain(signature.descriptor.digest);
  expect(listed).not.toContain(receipt.descriptor.digest);
});

test('a promotion is not held up by a signature that cannot be carried, and says so', async () => {
  const digest = await world.release('1.0.0', 'one');
  const { descriptor: subject } = await world.source.fetchManifest(digest);
  const lost = layerOf('gone from the source');
  const config = contentOf(mediaTypes.ociEmpty, bytesOf('{}'));
  const fields = {
    artifactType: 'application/vnd.example',
    config: config.descriptor,
    layers: [lost.descriptor],
    subject,
  };
  await pushAll(world.source, [config, manifestOf(mediaTypes.ociManifest, fields)]);
  const id = await world.promotion('1.0.0', digest);
  await world.drain();
  expect(await world.state(id)).toBe('promoted');
  expect(world.events.filter(({ kind }) => kind === 'referrers')).toMatchObject([
    { id, failed: [{ subject: digest, code: 'BLOB_UNKNOWN' }] },
  ]);
});

test('commands of one lane run in the order in which they were accepted', async () => {
  const [one, two] = [await world.release('1.0.0', 'one'), await world.release('1.1.0', 'two')];
  await world.promotion('1.0.0', one);
  await world.promotion('1.1.0', two);
  await world.drain();
  expect(await world.tag()).toBe(two);
  expect(await world.records()).toEqual(['r1 promotion', 'r2 promotion']);
});

test('a rollback writes by requests that wait for no others, a promotion does not', async () => {
  const [one, two] = [await world.release('1.0.0', 'one'), await world.release('1.1.0', 'two')];
  await world.promotion('1.0.0', one);
  await world.promotion('1.1.0', two);
  await world.drain();
  expect(world.urgentTags).toEqual([]);
  await world.rollback(one);
  await world.drain();
  expect(world.urgentTags).toContain('staging');
});

test('a rollback goes back, holds the lane and quarantines what it left', async () => {
  const [one, two] = [await world.release('1.0.0', 'one'), await world.release('1.1.0', 'two')];
  await world.promotion('1.0.0', one);
  await world.promotion('1.1.0', two);
  await world.drain();
  const id = await world.rollback(one);
  await world.drain();
  expect(await world.tag()).toBe(one);
  expect(await world.state(id)).toBe('promoted');
  const again = await world.promotion('1.1.0', two);
  await world.drain();
  expect(await world.state(again)).toBe('refused');
  expect(await world.tag()).toBe(one);
});

test('a drain after the last one changes nothing', async () => {
  await world.promotion('1.0.0', await world.release('1.0.0', 'one'));
  await world.drain();
  const before = [await world.history(), await world.records()];
  await world.drain();
  expect([await world.history(), await world.records()]).toEqual(before);
});

test('an environment whose tag was there before us is adopted as r1', async () => {
  const digest = await world.release('0.9.0', 'old');
  const manifest = await world.source.fetchManifest(digest);
  await world.bare.pushManifest(manifest).catch(() => {});
  const { copy } = await import('../../../oci/copy/copy.ts');
  const { parseTag } = await import('../../../oci/spec/tag.ts');
  await copy(world.source, digest, world.bare, [parseTag('staging')]);
  await world.drain();
  expect(await world.records()).toEqual(['r1 adoption']);
  expect(await world.ledger()).toBe(digest);
});
