/** Blobs that are read again and again: what comes from memory is what the disk has, while it has it. */
import { readdir, readFile, readlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestHex } from '../../../oci/spec/digest.ts';
import { type Content, layerOf } from '../../oci/content.ts';
import { blobOf, openRegistryUnderTest, type RegistryUnderTest } from '../registry-under-test.ts';
import { countFileRequests } from './file-requests.ts';

let registry: RegistryUnderTest;

beforeEach(async () => {
  registry = await openRegistryUnderTest();
});

afterEach(() => registry.close());

const layer = layerOf('that everybody pulls');
const large = blobOf('large '.repeat(300_000));

async function pull(content: Content, repository = 'team/app', range?: string): Promise<string | number> {
  const path = `/v2/${repository}/blobs/${content.descriptor.digest}`;
  const reply = await registry.call({ path, ...(range === undefined ? {} : { headers: { range } }) });
  return reply.status < 300 ? reply.text : reply.status;
}

/** Pulls it until it lies in memory. */
async function pullOften(content: Content, repository = 'team/app'): Promise<void> {
  for (let times = 0; times < 3; times += 1) expect(await pull(content, repository)).toBe(textOf(content));
}

const textOf = ({ bytes }: Content) => Buffer.from(bytes).toString('latin1');

function fileOf({ descriptor }: Content): string {
  const hex = digestHex(descriptor.digest);
  return join(registry.directory, 'registry/content/sha256', hex.slice(0, 2), hex);
}

function remove({ descriptor }: Content, repository: string): Promise<{ readonly status: number }> {
  return registry.call({ method: 'DELETE', path: `/v2/${repository}/blobs/${descriptor.digest}` });
}

async function corrupt(content: Content): Promise<void> {
  const bytes = await readFile(fileOf(content));
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  await writeFile(fileOf(content), bytes);
}

async function scrub(): Promise<void> {
  const body = '{"bytesPerSecond":1000000000}';
  expect((await registry.call({ method: 'POST', path: '/admin/v1/scrubs', body })).status).toBe(202);
  // Answered when it has ended.
  expect((await registry.call({ path: '/admin/v1/scrubs/latest' })).text).toContain('"damaged"');
}

describe('a small blob', () => {
  test('is asked of the disk twice, however often it is pulled', async () => {
    await registry.push('team/app', layer);
    const counts: number[] = [];
    for (let times = 0; times < 4; times += 1) counts.push((await countFileRequests(() => pull(layer))).count);
    expect(counts.map((count) => count > 0)).toEqual([true, true, false, false]);
  });

  test('gives every part of itself from memory', async () => {
    const digits = blobOf('0123456789');
    await registry.push('team/app', digits);
    await pullOften(digits);
    for (const [range, text] of [
      ['bytes=2-4', '234'],
      ['bytes=7-', '789'],
      ['bytes=-3', '789'],
      ['bytes=0-0', '0'],
      ['bytes=0-9', '0123456789'],
      ['bytes=10-', 416],
    ] as const)
      expect([range, await pull(digits, 'team/app', range)]).toEqual([range, text]);
    expect(await pull(digits)).toBe('0123456789');
  });

  test('without bytes is one as well', async () => {
    await registry.push('team/app', blobOf(''));
    await pullOften(blobOf(''));
  });

  test('is nobody else’s, and gone when it is deleted', async () => {
    await registry.push('team/app', layer);
    await registry.push('other', layer);
    await pullOften(layer);
    expect(await pull(layer, 'third')).toBe(404);
    expect((await remove(layer, 'team/app')).status).toBe(202);
    expect([await pull(layer), await pull(layer, 'other')]).toEqual([404, textOf(layer)]);
    expect((await remove(layer, 'other')).status).toBe(202);
    expect([await pull(layer), await pull(layer, 'other')]).toEqual([404, 404]);
  });

  test('that a scrub moved aside is served no more, though it went bad after it was kept', async () => {
    await registry.push('team/app', layer);
    await pullOften(layer);
    await corrupt(layer);
    await scrub();
    expect(await pull(layer)).toBe(404);
    await registry.push('team/app', layer);
    await pullOften(layer);
  });

  test('that was kept when it was bad is what was pushed again', async () => {
    await registry.push('team/app', layer);
    await corrupt(layer);
    for (let times = 0; times < 3; times += 1) expect(await pull(layer)).not.toBe(textOf(layer));
    await registry.push('other', layer);
    await pullOften(layer);
  });

  test('that was kept when it was bad is read anew when a scrub has moved it aside', async () => {
    await registry.push('team/app', layer);
    await corrupt(layer);
    for (let times = 0; times < 3; times += 1) expect(await pull(layer)).not.toBe(textOf(layer));
    await scrub();
    // As it comes back from the trash, where an older copy may lie.
    await writeFile(fileOf(layer), layer.bytes);
    await pullOften(layer);
  });

  test('that is shorter on the disk than it was is not kept', async () => {
    await registry.push('team/app', layer);
    await pull(layer);
    await truncate(fileOf(layer), 3);
    expect(await pull(layer)).toBe(404);
    expect(registry.events.map(({ kind }) => kind)).toContain('record-unreadable');
  });
});

describe('no file stays open', () => {
  const openContent = async () => {
    const links = await readdir('/proc/self/fd');
    const targets = await Promise.all(links.map((link) => readlink(`/proc/self/fd/${link}`).catch(() => '')));
    return targets.filter((target) => target.startsWith(join(registry.directory, 'registry/content')));
  };

  test('of what was pulled, in full or in part, or not to its end', async () => {
    await registry.push('team/app', layer, large);
    await pullOften(layer);
    await pullOften(large);
    await pull(large, 'team/app', 'bytes=5-9');
    await pull(large, 'team/app', 'bytes=5000000-');
    const path = `${registry.url}/v2/team/app/blobs/${large.descriptor.digest}`;
    const authorization = `Basic ${Buffer.from(`any:${registry.tokens.admin}`).toString('base64')}`;
    const broken = await fetch(path, { headers: { authorization } });
    await broken.body?.cancel();
    await expect.poll(openContent).toEqual([]);
  });
});
