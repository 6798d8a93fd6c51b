/** What a delivery asks of its target before it sends bytes, and what it does not. */
import { describe, expect, it } from 'vitest';
import { streamOf } from '../../../oci/byte-stream.ts';
import { openCopyMemory } from '../../../oci/copy/copy-memory.ts';
import { type Delivery, openDelivery } from '../../../oci/copy/delivery.ts';
import type { RepositoryPlace, Target } from '../../../oci/copy/target.ts';
import type { Descriptor } from '../../../oci/spec/descriptor.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { openMemoryStore } from '../../../oci/store/memory.ts';
import { layerOf } from '../content.ts';

const registry = 'https://registry.example';
const place = { registry, repository: parseRepositoryName('team/app') };
const beside = { registry, repository: parseRepositoryName('dev/app') };
const mebibyte = 1024 * 1024;
const layer = layerOf('a layer');

interface Opened {
  readonly delivery: Delivery;
  /** What was asked and done, in order. */
  readonly calls: string[];
}

/** To a repository that has everything it is asked for, but is asked only where `isEmpty` leaves it open. */
function open(how: {
  readonly isEmpty: boolean;
  readonly mounts?: boolean;
  readonly source?: RepositoryPlace;
  readonly family?: string;
}): Opened {
  const calls: string[] = [];
  const target: Target = {
    ...openMemoryStore('target'),
    place: how.family === undefined ? place : { ...place, family: how.family },
    async isEmpty() {
      calls.push('isEmpty');
      return how.isEmpty;
    },
    async hasBlob() {
      calls.push('hasBlob');
      return true;
    },
    async pushBlob() {
      calls.push('pushBlob');
    },
    async mountBlob(_, from) {
      calls.push(`mountBlob ${from.repository}`);
      return how.mounts ?? false;
    },
  };
  const { signal } = new AbortController();
  const delivery = openDelivery({ target, source: how.source, memory: openCopyMemory(() => 0), signal });
  return { delivery, calls };
}

async function deliver({ delivery, calls }: Opened, size: number, isConfig = false): Promise<readonly string[]> {
  const descriptor: Descriptor = { ...layer.descriptor, size };
  await delivery.deliverBlob({ descriptor, isConfig }, async () => streamOf(layer.bytes));
  return calls.splice(0);
}

describe('a delivery', () => {
  it('asks whether an empty repository is empty once, and then for no blob below 64 MiB', async () => {
    const opened = open({ isEmpty: true });
    expect(await deliver(opened, 64 * mebibyte - 1)).toEqual(['isEmpty', 'pushBlob']);
    expect(await opened.delivery.hasManifest(layer.descriptor)).toBe(false);
    expect(opened.calls).toEqual([]);
  });

  it('asks for a blob of 64 MiB everywhere: a copy that was broken off may have left it', async () => {
    expect(await deliver(open({ isEmpty: true }), 64 * mebibyte)).toEqual(['hasBlob']);
  });

  it('asks for layers where there are tags', async () => {
    expect(await deliver(open({ isEmpty: false }), 10)).toEqual(['isEmpty', 'hasBlob']);
  });

  it('sends a configuration of up to 64 KiB unasked', async () => {
    expect(await deliver(open({ isEmpty: false }), 64 * 1024, true)).toEqual(['pushBlob']);
    expect(await deliver(open({ isEmpty: false }), 64 * 1024 + 1, true)).toEqual(['isEmpty', 'hasBlob']);
  });

  it('mounts from a source at the same registry before it asks anything', async () => {
    expect(await deliver(open({ isEmpty: false, source: beside, mounts: true }), 10)).toEqual(['mountBlob dev/app']);
    const refused = open({ isEmpty: true, source: beside });
    expect(await deliver(refused, 10)).toEqual(['mountBlob dev/app', 'isEmpty', 'pushBlob']);
  });

  it('mounts from a source at another registry of the family', async () => {
    const source = { ...beside, registry: 'https://other.example', family: 'google' };
    const mounting = { isEmpty: true, source, mounts: true };
    expect(await deliver(open({ ...mounting, family: 'google' }), 10)).toEqual(['mountBlob dev/app']);
    for (const how of [mounting, { ...mounting, family: 'others' }]) {
      expect(await deliver(open(how), 10)).toEqual(['isEmpty', 'pushBlob']);
    }
  });

  it('mounts nothing from another registry, nor from the target itself', async () => {
    const elsewhere = { ...beside, registry: 'https://other.example' };
    for (const source of [elsewhere, place]) {
      expect(await deliver(open({ isEmpty: true, source, mounts: true }), 10)).toEqual(['isEmpty', 'pushBlob']);
    }
  });
});
