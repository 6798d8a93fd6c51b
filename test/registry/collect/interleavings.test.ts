/**
 * The race of pushes and collections in small, searched whole: a client that asks, sends nothing and names a layer, a
 * second that mounts it elsewhere, and a collector that looks, and then takes away the layer and its content. Locks,
 * leases and guard are the real ones; what lies on the disk is a set.
 */
import { describe, expect, test } from 'vitest';
import { parseDigest } from '../../../oci/spec/digest.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { openContentGuard } from '../../../registry/collect/content-guard.ts';
import { type Leases, openLeases } from '../../../registry/collect/leases.ts';
import { type KeyedLock, openKeyedLock } from '../../../registry/disk/keyed-lock.ts';
import { type Part, runEveryOrder, type World } from './interleavings.ts';
import { leasesOfNothing, sharedLockOfNobody } from './mutants.ts';

const layer = parseDigest(`sha256:${'1'.repeat(64)}`);
const image = parseDigest(`sha256:${'2'.repeat(64)}`);
const [app, target] = [parseRepositoryName('team/app'), parseRepositoryName('team/target')];

interface Parts {
  readonly locks: KeyedLock;
  readonly leases: Leases;
}

const graceMs = 5;

/** Everything was touched at 0, by the start, and now it is later than that by more than the grace. */
function withLeases(open: (uptime: () => number) => Leases): Leases {
  let now = 0;
  const leases = open(() => now);
  now = graceMs;
  return leases;
}

const right = (): Parts => ({ locks: openKeyedLock(), leases: withLeases((uptime) => openLeases({ uptime })) });

/** What went wrong in some order. */
async function searchFaults(openParts: () => Parts, clients: readonly ('push' | 'mount')[]) {
  const faults = new Set<string>();
  const orders = await runEveryOrder(() => openWorld(openParts(), clients, faults));
  return { faults: [...faults].sort(), orders };
}

function openWorld({ locks, leases }: Parts, clients: readonly ('push' | 'mount')[], faults: Set<string>): World {
  const guard = openContentGuard(locks, leases);
  const links = new Set<string>([app]);
  const disk = { content: true, image: false, failed: false, mounted: false };

  const push: Part = async (step) => {
    const isThere = async () => {
      await step();
      return links.has(app) && disk.content ? true : undefined;
    };
    const found = await guard.telling({ repository: app, digest: layer }, isThere, (result) => result === true);
    await step();
    // A client that is told that it is not there sends it, which is no concern of this search.
    if (found === undefined) return;
    const name = async () => {
      await step();
      if (!links.has(app) || !disk.content) return false;
      await step();
      disk.image = true;
      return true;
    };
    if (!(await guard.naming(app, [image, layer], name, (named) => named))) disk.failed = true;
  };

  const mount: Part = async (step) => {
    const link = async () => {
      await step();
      if (!links.has(app) || !disk.content) return false;
      await step();
      links.add(target);
      return true;
    };
    disk.mounted = await guard.linking({ repository: target, digest: layer }, link, (linked) => linked);
  };

  const collect: Part = async (step) => {
    const mark = leases.mark();
    await step();
    if (disk.image) return;
    const elsewhere = links.has(target);
    await step();
    const removed = await guard.collectingBlob({ repository: app, digest: layer }, { graceMs, mark }, async () => {
      await step();
      links.delete(app);
      return true;
    });
    await step();
    if (removed === undefined || elsewhere) return;
    await guard.collectingContent(layer, mark, async () => {
      await step();
      disk.content = false;
    });
  };

  return {
    parts: [collect, ...clients.map((client) => ({ push, mount })[client])],
    look() {
      if (disk.failed) faults.add('a client is failed');
      if (disk.image && (!links.has(app) || !disk.content)) faults.add('an image has lost its layer');
      if (links.has(target) && !disk.content) faults.add('a mounted blob has lost its content');
    },
  };
}

describe('in every order', () => {
  test('a push is not failed and keeps its layer', async () => {
    const { faults, orders } = await searchFaults(right, ['push']);
    expect(faults).toEqual([]);
    expect(orders).toBeGreaterThan(50);
  });

  test('a mounted blob keeps its content, beside a push', async () => {
    const { faults, orders } = await searchFaults(right, ['push', 'mount']);
    expect(faults).toEqual([]);
    expect(orders).toBeGreaterThan(1000);
  });

  test('without leases some push is failed, and some image loses its layer', async () => {
    const nothing = () => ({ ...right(), leases: withLeases(leasesOfNothing) });
    const { faults } = await searchFaults(nothing, ['push']);
    expect(faults).toContain('a client is failed');
  });

  test('without the shared lock some image loses its layer, and some mounted blob its content', async () => {
    const nobody = () => ({ ...right(), locks: sharedLockOfNobody });
    expect((await searchFaults(nobody, ['push'])).faults).toContain('an image has lost its layer');
    expect((await searchFaults(nobody, ['mount'])).faults).toContain('a mounted blob has lost its content');
  });
});
