/** Scrubs: what they find, what becomes of it, what heals it, and what they leave alone. */
import { readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ScrubReportView } from '../../../api/registry/scrub.ts';
import { scrubSchema } from '../../../api/registry/scrub.ts';
import { digestHex } from '../../../oci/spec/digest.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { openScrubber } from '../../../registry/archive/scrubber.ts';
import { openLeases } from '../../../registry/collect/leases.ts';
import { openKeyedLock } from '../../../registry/disk/keyed-lock.ts';
import { openDiskStorage } from '../../../registry/disk-storage.ts';
import type { RegistryEvent } from '../../../registry/registry-event.ts';
import { type Content, imageOf, indexOf, layerOf } from '../../oci/content.ts';
import { jsonOf, openRegistryUnderTest, type RegistryUnderTest, temporaryDirectory } from '../registry-under-test.ts';
import { everythingIn } from './everything-in.ts';

let directory: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(() => rm(directory, { recursive: true }));

const root = () => join(directory, 'registry');
const contentFile = ({ descriptor }: Content, place = 'content') => {
  const hex = digestHex(descriptor.digest);
  return place === 'content' ? join(root(), place, 'sha256', hex.slice(0, 2), hex) : join(root(), place, 'sha256', hex);
};
const manifestFile = (repository: string, { descriptor }: Content, place = '_manifests') =>
  join(root(), 'repositories', repository, place, 'sha256', digestHex(descriptor.digest));

interface Image {
  readonly layer: Content;
  readonly config: Content;
  readonly manifest: Content;
}

function image(name: string): Image {
  const layer = layerOf(`layer of ${name}`);
  return { layer, ...imageOf(`config of ${name}`, [layer.descriptor]) };
}

async function push(registry: RegistryUnderTest, repository: string, name: string, tag: string): Promise<Image> {
  const pushed = image(name);
  await registry.push(repository, pushed.layer, pushed.config, pushed.manifest);
  await registry.tag(repository, tag, pushed.manifest);
  return pushed;
}

async function corrupt(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  await writeFile(path, bytes);
}

describe('while the registry serves', () => {
  let registry: RegistryUnderTest;

  beforeEach(async () => {
    registry = await openRegistryUnderTest({ directory });
  });

  afterEach(() => registry.close());

  async function scrub(): Promise<ScrubReportView> {
    const begun = await registry.call({
      method: 'POST',
      path: '/admin/v1/scrubs',
      body: '{"bytesPerSecond":1000000000}',
    });
    expect(begun.status).toBe(202);
    const run = scrubSchema.parse(jsonOf(await registry.call({ path: '/admin/v1/scrubs/latest' })));
    if (run.report === undefined) throw new Error('it takes too long');
    return run.report;
  }

  const statusOf = async (method: string, path: string) => (await registry.call({ method, path })).status;

  test('a scrub of what is sound reads everything and finds nothing', async () => {
    await push(registry, 'team/web', 'one', '1.0.0');
    await push(registry, 'base', 'two', '1.0.0');
    const report = await scrub();
    expect(report).toMatchObject({ damaged: [], missing: [], cleared: 0, inQuarantine: 0 });
    expect(report.read).toMatchObject({ blobs: 4, repositories: 2, manifests: 2, tags: 2 });
  });

  test('a blob whose bytes went bad is told of with its tags, is served no more, and a push heals it', async () => {
    const { layer, config, manifest } = await push(registry, 'team/web', 'one', '1.0.0');
    await registry.tag('team/web', 'also', manifest);
    await registry.push('other', layer);
    const index = indexOf([manifest.descriptor]);
    await registry.push('team/web', index);
    await registry.tag('team/web', 'all', index);
    await corrupt(contentFile(layer));

    const report = await scrub();
    expect(report.damaged).toMatchObject([{ kind: 'blob', name: layer.descriptor.digest }]);
    const { digest } = layer.descriptor;
    const needing = { tags: ['1.0.0', 'all', 'also'], manifests: [manifest.descriptor.digest] };
    expect(report.missing).toEqual([{ kind: 'blob', repository: 'team/web', digest, ...needing }]);
    expect(registry.events).toContainEqual(expect.objectContaining({ kind: 'damage-found' }));
    for (const repository of ['team/web', 'other']) {
      for (const method of ['GET', 'HEAD']) {
        expect([method, await statusOf(method, `/v2/${repository}/blobs/${digest}`)]).toEqual([method, 404]);
      }
    }
    expect((await stat(contentFile(layer, 'quarantine'))).isFile()).toBe(true);
    expect((await scrub()).missing).toHaveLength(1);

    const again = imageOf('another', [layer.descriptor]);
    await registry.push('team/web', again.config);
    const refused = await registry.call({
      method: 'PUT',
      path: `/v2/team/web/manifests/new`,
      headers: { 'content-type': again.manifest.descriptor.mediaType },
      body: again.manifest.bytes,
    });
    expect(refused.codes).toEqual(['MANIFEST_BLOB_UNKNOWN']);

    await registry.push('team/web', layer, config);
    expect(await scrub()).toMatchObject({ damaged: [], missing: [], cleared: 1, inQuarantine: 0 });
    await everythingIn(registry);
  });

  test('a blob that was cut off counts as damaged', async () => {
    const { layer } = await push(registry, 'team/web', 'one', '1.0.0');
    await truncate(contentFile(layer), 3);
    expect((await scrub()).damaged).toMatchObject([{ kind: 'blob', name: layer.descriptor.digest }]);
  });

  test('a manifest that went bad is told of with its tags, is served no more, and a push heals it', async () => {
    const { manifest } = await push(registry, 'team/web', 'one', '1.0.0');
    const index = indexOf([manifest.descriptor]);
    await registry.push('team/web', index);
    await registry.tag('team/web', 'all', index);
    await corrupt(manifestFile('team/web', manifest));

    const report = await scrub();
    const { digest } = manifest.descriptor;
    expect(report.damaged).toMatchObject([{ kind: 'manifest', repository: 'team/web', name: digest }]);
    const needing = { tags: ['1.0.0', 'all'], manifests: [index.descriptor.digest] };
    expect(report.missing).toEqual([{ kind: 'manifest', repository: 'team/web', digest, ...needing }]);
    expect(await statusOf('GET', `/v2/team/web/manifests/${digest}`)).toBe(404);
    expect((await stat(manifestFile('team/web', manifest, '_quarantine'))).isFile()).toBe(true);

    await registry.push('team/web', manifest);
    expect(await scrub()).toMatchObject({ damaged: [], missing: [], cleared: 1, inQuarantine: 0 });
    await everythingIn(registry);
  });

  test('nothing is collected while a manifest is in quarantine, until it is healed or given up', async () => {
    const { manifest } = await push(registry, 'team/web', 'one', 'latest');
    const index = indexOf([manifest.descriptor]);
    await registry.push('team/web', index);
    await registry.call({ method: 'DELETE', path: '/v2/team/web/manifests/latest' });
    await corrupt(manifestFile('team/web', manifest));
    await scrub();
    const collect = () => registry.call({ method: 'POST', path: '/admin/v1/collections' });
    expect((await collect()).codes).toEqual(['COLLECTION_UNSAFE']);
    await registry.call({ method: 'DELETE', path: `/v2/team/web/manifests/${index.descriptor.digest}` });
    expect(await scrub()).toMatchObject({ missing: [], cleared: 1, inQuarantine: 0 });
    expect((await collect()).status).toBe(200);
  });

  test('what is needed and simply gone is told with the repositories and tags that need it', async () => {
    const { layer } = await push(registry, 'team/web', 'one', '1.0.0');
    await push(registry, 'base', 'one', 'latest');
    await rm(contentFile(layer));
    const { damaged, missing } = await scrub();
    expect(damaged).toEqual([]);
    expect(missing.map(({ repository, tags }) => [repository, ...tags])).toEqual([
      ['base', 'latest'],
      ['team/web', '1.0.0'],
    ]);
  });

  test('a tag whose record cannot be read is told of and left alone', async () => {
    await push(registry, 'team/web', 'one', '1.0.0');
    const path = join(root(), 'repositories', 'team/web', '_tags', '1.0.0');
    await writeFile(path, 'nonsense');
    expect((await scrub()).damaged).toMatchObject([{ kind: 'tag', repository: 'team/web', name: '1.0.0' }]);
    expect(await readFile(path, 'utf8')).toBe('nonsense');
  });

  test('records of removed tags and earlier moves that cannot be read are told of', async () => {
    const { manifest } = await push(registry, 'team/web', 'one', 'gone');
    for (let n = 0; n < 33; n += 1) {
      await registry.call({ method: 'DELETE', path: '/v2/team/web/manifests/gone' });
      await registry.tag('team/web', 'gone', manifest);
    }
    const records = join(root(), 'repositories', 'team/web');
    await writeFile(join(records, '_fences', 'gone'), '');
    await writeFile(join(records, '_history', 'gone', '000000000001'), '[');
    const { damaged } = await scrub();
    expect(damaged.map(({ kind, name, why }) => [kind, name, why])).toEqual([
      ['tag', 'gone', 'what is left of the removed tag is not a tag record'],
      ['tag', 'gone', 'its moves from 1 on are not readable'],
    ]);
  });

  test('only administrators scrub, and nonsense is refused', async () => {
    expect((await registry.call({ method: 'POST', path: '/admin/v1/scrubs', as: 'operator' })).status).toBe(403);
    expect((await registry.call({ path: '/admin/v1/scrubs/latest' })).codes).toEqual(['SCRUB_UNKNOWN']);
    for (const body of ['{"bytesPerSecond":0}', '{"bytesPerSecond":"fast"}', '{"rate":1}']) {
      const reply = await registry.call({ method: 'POST', path: '/admin/v1/scrubs', body });
      expect(reply.codes).toEqual(['REQUEST_INVALID']);
    }
  });

  test('pushes that go on meanwhile are neither damaged nor missing', async () => {
    let isOver = false;
    const pushing = (async () => {
      for (let at = 0; !isOver; at += 1) {
        const { manifest } = await push(registry, 'team/web', `image ${at}`, `t${at}`);
        if (at % 3 === 0) {
          await registry.call({ method: 'DELETE', path: `/v2/team/web/manifests/${manifest.descriptor.digest}` });
        }
      }
    })();
    for (let at = 0; at < 5; at += 1) expect(await scrub()).toMatchObject({ damaged: [], missing: [] });
    isOver = true;
    await pushing;
  });
});

describe('a scrubber', () => {
  const weekMs = 7 * 24 * 60 * 60 * 1000;

  async function openOn(now: () => number, waits: number[] = []) {
    const storage = await openDiskStorage({
      ...{ root: root(), onEvent: () => {}, locks: openKeyedLock(), leases: openLeases({ uptime: () => 0 }) },
      onCollectionStep: async () => {},
    });
    const events: RegistryEvent[] = [];
    const scrubber = await openScrubber({
      store: storage.scrubbing,
      settings: { everyMs: weekMs, bytesPerSecond: 1000 },
      onEvent: (event) => events.push(event),
      now,
      uptime: () => waits.reduce((one, other) => one + other, 0),
      wait: async (ms) => void waits.push(ms),
    });
    return { storage, scrubber, events };
  }

  test('leaves alone what was pushed again while it read the damaged bytes', async () => {
    const { storage, scrubber } = await openOn(() => 0);
    const { descriptor, bytes } = layerOf('pushed twice');
    const push = async () => {
      const staging = await storage.openStaging();
      await staging.write([bytes], 'sha256');
      await staging.commit(parseRepositoryName('team/web'), descriptor.digest);
    };
    await push();
    const damaged = await storage.scrubbing.openContent(descriptor.digest);
    await push();
    expect(await storage.scrubbing.quarantineContent(descriptor.digest, damaged?.stamp ?? '')).toBe(false);
    expect(await storage.blobSizeBytes(parseRepositoryName('team/web'), descriptor.digest)).toBe(bytes.length);
    await damaged?.close();
    await scrubber.close();
    await storage.close();
  });

  test('reads no faster than it is told to', async () => {
    const registry = await openRegistryUnderTest({ directory });
    await registry.push('team/web', layerOf('x'.repeat(5000)), layerOf('y'.repeat(3000)));
    await registry.close();
    const waits: number[] = [];
    const { storage, scrubber } = await openOn(() => 0, waits);
    await scrubber.begin({}).report;
    expect(waits.reduce((one, other) => one + other, 0)).toBe(8000);
    await scrubber.begin({ bytesPerSecond: 4000 }).report;
    expect(waits.reduce((one, other) => one + other, 0)).toBe(10_000);
    await scrubber.close();
    await storage.close();
  });

  test('knows after a restart how the last one ended', async () => {
    const first = await openOn(() => 5);
    const report = await first.scrubber.begin({}).report;
    expect(first.events).toEqual([{ kind: 'scrubbed', report }]);
    await first.scrubber.close();
    await first.storage.close();
    const second = await openOn(() => 6);
    expect(await second.scrubber.latest()?.report).toEqual(report);
    await second.scrubber.close();
    await second.storage.close();
  });

  test('begins when one is due, and when the last one ended by a clock that was wrong', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    let now = 100 * weekMs;
    const { storage, scrubber, events } = await openOn(() => now);
    const scrubsInAnHour = async () => {
      const before = events.length;
      vi.advanceTimersByTime(60 * 60 * 1000);
      await scrubber.latest()?.report;
      return events.length - before;
    };
    expect([await scrubsInAnHour(), await scrubsInAnHour()]).toEqual([1, 0]);
    now += weekMs;
    expect([await scrubsInAnHour(), await scrubsInAnHour()]).toEqual([1, 0]);
    now -= 50 * weekMs;
    expect([await scrubsInAnHour(), await scrubsInAnHour()]).toEqual([1, 0]);
    vi.useRealTimers();
    await scrubber.close();
    await storage.close();
  });

  test('runs one at a time, and ends it when it is closed', async () => {
    const registry = await openRegistryUnderTest({ directory });
    await registry.push('team/web', layerOf('x'.repeat(500_000)));
    await registry.close();
    const { storage, scrubber, events } = await openOn(() => 0);
    const { report } = scrubber.begin({});
    expect(() => scrubber.begin({})).toThrowError(expect.objectContaining({ code: 'SCRUB_UNDER_WAY' }));
    await scrubber.close();
    await expect(report).rejects.toThrowError();
    expect(events).toEqual([]);
    await storage.close();
  });
});
