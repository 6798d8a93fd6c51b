/** Snapshots that are taken while images are pushed, moved, deleted and collected: each restores to a registry that is whole. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRegistryAdmin } from '../../../api/client/registry-admin.ts';
import { whileCollectionHeld } from '../../../cli/registry/while-collection-held.ts';
import { backUpRegistry } from '../../../registry/archive/back-up.ts';
import { restoreBackup } from '../../../registry/archive/restore.ts';
import { type Content, imageOf, indexOf, layerOf } from '../../oci/content.ts';
import { jsonOf, openRegistryUnderTest, type RegistryUnderTest, temporaryDirectory } from '../registry-under-test.ts';
import { everythingIn } from './everything-in.ts';

const writers = [0, 1, 2];
const rounds = 20;
const restoredMax = 10;

/** What is kept for a while is kept for the round in which somebody asked for it, however long that takes. */
const graceMs = 200;

let registry: RegistryUnderTest;
let scratch: string;
let passedMs: number;

beforeEach(async () => {
  scratch = await temporaryDirectory();
  // Collected as soon as nothing points at it and whoever pushed it is done; a restore needs every bit of what it has.
  const collect = { everyMs: undefined, graceMs, untaggedForMs: 0, previousDigests: 0 };
  passedMs = 0;
  registry = await openRegistryUnderTest({ settings: { collect }, uptime: () => passedMs });
});

afterEach(async () => {
  await registry.close();
  await rm(scratch, { recursive: true });
});

function backUp(at: number) {
  return backUpRegistry({
    dataDirectory: registry.directory,
    destination: join(scratch, 'backup'),
    ...{ withAccess: false, copy: at % 2 === 0, verify: false },
    takenAt: Date.UTC(2026, 10, 30, 3, 0, at),
    signal: new AbortController().signal,
    whileHeld: async (server, work) => {
      const admin = openRegistryAdmin({ url: registry.url, token: registry.tokens.admin, env: {} });
      const { signal } = new AbortController();
      try {
        return await whileCollectionHeld({ admin, id: `backup-${at}`, why: 'a backup', server, signal, work });
      } finally {
        await admin.close();
      }
    },
  });
}

/** How much it took away; nothing while another collection is under way. */
async function collect(): Promise<number> {
  const reply = await registry.call({ method: 'POST', path: '/admin/v1/collections' });
  if (reply.status !== 200) return 0;
  const { counts } = (jsonOf(reply) as { report: { counts: { blobs: number; manifests: number } } }).report;
  return counts.blobs + counts.manifests;
}

async function collectUntil(isOver: () => boolean): Promise<number> {
  let collected = 0;
  while (!isOver()) collected += await collect();
  return collected;
}

/** An index of two images that share a layer with all others of its writer. */
function indexWith(writer: number, round: number): readonly Content[] {
  const base = layerOf(`base of ${writer}`);
  const images = ['one', 'two'].map((name) => {
    const layer = layerOf(`${name} ${writer} ${round}`);
    const { manifest, config } = imageOf(`config ${name} ${writer} ${round}`, [base.descriptor, layer.descriptor]);
    return { manifest, contents: [layer, config, manifest] };
  });
  const index = indexOf(images.map(({ manifest }) => manifest.descriptor));
  return [base, ...images.flatMap(({ contents }) => contents), index];
}

/** Pushes, moves a tag, deletes what is three rounds old, children first: as untidy as clients may be. */
async function write(writer: number, round: number): Promise<void> {
  const repository = `team/app-${writer % 2}`;
  const contents = indexWith(writer, round);
  await registry.push(repository, ...contents);
  const index = contents.at(-1) ?? layerOf('');
  await registry.tag(repository, `moving-${writer}`, index);
  await registry.tag(repository, `round-${writer}-${round}`, index);
  if (round < 3) return;
  for (const { descriptor } of indexWith(writer, round - 3).toReversed()) {
    if (!descriptor.mediaType.includes('index')) continue;
    await registry.call({ method: 'DELETE', path: `/v2/${repository}/manifests/${descriptor.digest}` });
  }
  await registry.call({ method: 'DELETE', path: `/v2/${repository}/manifests/moving-${writer}` });
}

async function writeAll(): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await Promise.all(writers.map((writer) => write(writer, round)));
    passedMs += graceMs + 1;
  }
}

test('each of many snapshots under load restores whole', async () => {
  let isOver = false;
  const writing = writeAll().finally(() => {
    isOver = true;
  });
  const collecting = collectUntil(() => isOver);
  let taken = 0;
  let collected = 0;
  for (; !isOver; taken += 1) {
    const report = await backUp(taken);
    expect([report.damaged, report.gaps]).toEqual([[], []]);
    // Between two there is time for a collection, or there would never be one.
    collected += await collect();
  }
  await writing;
  expect(collected + (await collecting)).toBeGreaterThan(0);
  const names = (await readdir(join(scratch, 'backup', 'snapshots'))).map((name) => name.replace('.jsonl', ''));
  expect(names).toHaveLength(taken);
  expect(taken).toBeGreaterThan(2);
  for (const snapshot of names.slice(-restoredMax)) {
    const dataDirectory = join(scratch, snapshot);
    const { signal } = new AbortController();
    const { tags } = await restoreBackup({
      source: join(scratch, 'backup'),
      snapshot,
      dataDirectory,
      copy: false,
      signal,
    });
    const restored = await openRegistryUnderTest({ directory: dataDirectory });
    // Reading finds every tag with all that it leads to, or fails.
    const everything = await everythingIn(restored);
    expect([...everything.keys()].filter((place) => /:(?:moving|round)/.test(place))).toHaveLength(tags);
    await restored.close();
  }
});
