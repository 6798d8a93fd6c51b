/** Counts of pulls: what counts, who may read them, and what of them outlives the process. */
import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Digest } from '../../../oci/spec/digest.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { openDataDirectory } from '../../../registry/disk/data-directory.ts';
import { durableDirectories } from '../../../registry/disk/durable-file.ts';
import { openPullCounts } from '../../../registry/disk/pull-counts.ts';
import type { RegistryEvent } from '../../../registry/registry-event.ts';
import { contentOf, manifestOf } from '../../oci/content.ts';
import { type Caller, jsonOf, openRegistryUnderTest, temporaryDirectory } from '../registry-under-test.ts';

const eventually = <Value>(read: () => Value) => expect.poll(read, { timeout: 30_000 });

const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
const manifest = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [] });
const { digest } = manifest.descriptor;

let directory: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(() => rm(directory, { recursive: true, force: true }));

async function openWithImage() {
  const registry = await openRegistryUnderTest({ directory });
  await registry.push('team/app', config, manifest);
  await registry.tag('team/app', '1.0.0', manifest);
  const pulls = async (as: Caller = 'viewer', repository = 'team/app') =>
    registry.call({ path: `/admin/v1/pulls/${repository}`, as });
  const pull = (reference: string, as: Caller, method = 'GET') =>
    registry.call({ path: `/v2/team/app/manifests/${reference}`, as, method });
  return { registry, pulls, pull };
}

describe('pulls over HTTP', () => {
  test('are counted by digest, whichever name was asked for, and not for looking or for the promotion service', async () => {
    const { registry, pulls, pull } = await openWithImage();
    expect(jsonOf(await pulls())).toEqual({ repository: 'team/app', pulls: [] });
    await pull('1.0.0', 'viewer');
    await pull(digest, 'admin');
    await pull('1.0.0', 'viewer', 'HEAD');
    await pull('1.0.0', 'service');
    await pull('absent', 'viewer');
    expect(jsonOf(await pulls())).toEqual({
      repository: 'team/app',
      pulls: [{ digest, count: 2, lastPulledAt: expect.stringMatching(/^\d{4}-/) }],
    });
    await registry.close();
  });

  test('are there after a restart, and are added to', async () => {
    const first = await openWithImage();
    await first.pull('1.0.0', 'viewer');
    await first.registry.close();
    const second = await openWithImage();
    await second.pull('1.0.0', 'viewer');
    expect(jsonOf(await second.pulls())).toMatchObject({ pulls: [{ count: 2 }] });
    await second.registry.close();
  });

  test('are forgotten with the manifest', async () => {
    const { registry, pulls, pull } = await openWithImage();
    await pull('1.0.0', 'viewer');
    const headers = { 'registry-action-break-glass': 'a test' };
    const path = `/v2/team/app/manifests/${digest}`;
    expect((await registry.call({ method: 'DELETE', path, headers })).status).toBe(202);
    expect(jsonOf(await pulls())).toEqual({ repository: 'team/app', pulls: [] });
    await registry.push('team/app', config, manifest);
    expect(jsonOf(await pulls())).toEqual({ repository: 'team/app', pulls: [] });
    await registry.close();
  });

  test('are for who may pull, of a repository that is there', async () => {
    const { registry, pulls } = await openWithImage();
    const statuses = await Promise.all((['nobody', 'member', 'viewer'] as const).map((as) => pulls(as)));
    expect(statuses.map(({ status }) => status)).toEqual([401, 403, 200]);
    for (const repository of ['team/absent', 'Team', 'team//app', '_a']) {
      const reply = await pulls('admin', repository);
      expect([repository, reply.status, reply.codes]).toEqual([repository, 404, ['REPOSITORY_UNKNOWN']]);
    }
    await registry.close();
  });
});

const repository = parseRepositoryName('team/app');

function digestNumber(number: number): Digest {
  return `sha256:${number.toString(16).padStart(64, '0')}` as Digest;
}

/** Counts on a disk that has these manifests. */
async function openCounts(manifests: readonly Digest[], flushMs?: number) {
  const data = await openDataDirectory(join(directory, 'registry'));
  const events: RegistryEvent[] = [];
  for (const one of manifests) {
    const path = data.layout.manifest(repository, one);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '');
  }
  const counts = openPullCounts(data, durableDirectories(data.layout.root), (event) => events.push(event), flushMs);
  const reopened = () => openPullCounts(data, durableDirectories(data.layout.root), (event) => events.push(event));
  return { data, counts, events, reopened };
}

describe('counts of pulls on disk', () => {
  test('are written now and then, so that a killed process forgets only what came since', async () => {
    const one = digestNumber(1);
    const { data, counts, reopened } = await openCounts([one], 20);
    counts.record(repository, one, 1_000);
    counts.record(repository, one, 500);
    // Another process would read this: it knows nothing of what is in memory.
    await eventually(() => reopened().list(repository)).toEqual([{ digest: one, count: 2, lastPulledAt: 1_000 }]);
    await counts.close();
    await data.close();
  });

  test('of many digests at once are all there', async () => {
    const digests = Array.from({ length: 50 }, (_, at) => digestNumber(at));
    const { data, counts, reopened } = await openCounts(digests);
    for (let round = 1; round <= 3; round += 1) for (const one of digests) counts.record(repository, one, round);
    const expected = digests.map((one) => ({ digest: one, count: 3, lastPulledAt: 3 }));
    expect(await counts.list(repository)).toEqual(expected);
    await counts.close();
    expect(await reopened().list(repository)).toEqual(expected);
    await data.close();
  });

  test('count each pull once, whenever it comes between two writes', async () => {
    const one = digestNumber(1);
    const { data, counts } = await openCounts([one], 1);
    let pulls = 0;
    for (let round = 0; round < 200; round += 1) {
      counts.record(repository, one, round);
      pulls += 1;
      expect((await counts.list(repository))[0]?.count).toBe(pulls);
    }
    await counts.close();
    expect((await counts.list(repository))[0]?.count).toBe(pulls);
    await data.close();
  });

  test('of a manifest that is gone are not written', async () => {
    const { data, counts, reopened } = await openCounts([]);
    counts.record(repository, digestNumber(1), 1);
    await counts.close();
    expect(await reopened().list(repository)).toEqual([]);
    await data.close();
  });

  test('that cannot be read are told of, and begin anew with a pull when the file was written', async () => {
    const one = digestNumber(1);
    const { data, counts, events } = await openCounts([one]);
    await mkdir(data.layout.pulls(repository));
    await writeFile(data.layout.pullsOf(repository, one), '{"count":"many"}');
    await utimes(data.layout.pullsOf(repository, one), 5, 5);
    expect(await counts.list(repository)).toEqual([{ digest: one, count: 1, lastPulledAt: 5_000 }]);
    counts.record(repository, one, 7);
    expect(await counts.list(repository)).toEqual([{ digest: one, count: 2, lastPulledAt: 5_000 }]);
    await counts.close();
    expect(await counts.list(repository)).toEqual([{ digest: one, count: 2, lastPulledAt: 5_000 }]);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'record-unreadable' }));
    await data.close();
  });

  test('that cannot be written keep back no others', async () => {
    const [one, two] = [digestNumber(1), digestNumber(2)];
    const { data, counts, events } = await openCounts([one, two]);
    await mkdir(data.layout.pullsOf(repository, one), { recursive: true });
    counts.record(repository, one, 7);
    counts.record(repository, two, 8);
    await counts.close();
    expect(events.filter(({ kind }) => kind === 'counts-unwritten')).toHaveLength(1);
    expect(JSON.parse(await readFile(data.layout.pullsOf(repository, two), 'utf8'))).toMatchObject({ count: 1 });
    await data.close();
  });

  test('that cannot be written are kept until they can', async () => {
    const one = digestNumber(1);
    const { data, counts, events } = await openCounts([one]);
    await writeFile(data.layout.pulls(repository), 'in the way');
    counts.record(repository, one, 7);
    await counts.close();
    expect(events).toContainEqual(expect.objectContaining({ kind: 'counts-unwritten' }));
    await rm(data.layout.pulls(repository));
    await counts.close();
    expect(await counts.list(repository)).toEqual([{ digest: one, count: 1, lastPulledAt: 7 }]);
    await data.close();
  });
});
