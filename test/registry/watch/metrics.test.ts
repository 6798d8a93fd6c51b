/** `/metrics`, `/readyz` and `/livez`: what they tell, and whom. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { contentOf, manifestOf } from '../../oci/content.ts';
import {
  basic,
  blobOf,
  jsonOf,
  openRegistryUnderTest,
  type RegistryUnderTest,
  type RegistryUnderTestInit,
} from '../registry-under-test.ts';

const eventually = <Value>(read: () => Value) => expect.poll(read, { timeout: 30_000 });

let registry: RegistryUnderTest;

afterEach(() => registry.close());

async function open(init: RegistryUnderTestInit = {}): Promise<void> {
  registry = await openRegistryUnderTest(init);
}

async function metrics(): Promise<string> {
  const reply = await registry.call({ path: '/metrics', as: 'nobody' });
  expect([reply.status, reply.headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  return reply.text;
}

describe('the metrics', () => {
  test('count requests, bytes, uploads, failed sign-ins and content', async () => {
    await open();
    const layer = blobOf('x'.repeat(100_000));
    const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
    const manifest = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [layer.descriptor] });
    await registry.push('secret/name', layer, config, manifest);
    await registry.call({ path: `/v2/secret/name/blobs/${layer.descriptor.digest}` });
    await registry.call({ method: 'POST', path: '/v2/secret/name/blobs/uploads/' });
    await registry.call({ path: '/v2/', as: 'nobody' });
    await registry.call({ path: '/v2/', as: basic('somebody', 'wrong') });
    await metrics();
    await eventually(metrics).toMatch(/^registry_action_registry_content_bytes 100002$/m);
    const text = await metrics();
    for (const line of [
      'requests_total{method="GET",route="blob",status="200"} 1',
      'requests_total{method="PUT",route="manifest",status="201"} 1',
      'requests_total{method="GET",route="ping",status="401"} 2',
      'request_duration_seconds_count{method="GET",route="blob"} 1',
      'request_duration_seconds_bucket{method="GET",route="blob",le="+Inf"} 1',
      'sign_in_failures_total 1',
      'content_total{what="manifest-pushed"} 1',
      'content_total{what="blob-pushed"} 2',
      'uploads 1',
      'writable 1',
      'build_info{version="unknown"} 1',
    ]) {
      expect(text).toContain(`registry_action_registry_${line}\n`);
    }
    const bytes = (direction: string) =>
      Number(new RegExp(`network_bytes_total\\{direction="${direction}"\\} (\\d+)`).exec(text)?.[1]);
    expect(bytes('in')).toBeGreaterThan(100_000);
    expect(bytes('out')).toBeGreaterThan(100_000);
    expect(Number(/disk_free_bytes (\d+)/.exec(text)?.[1])).toBeGreaterThan(0);
    expect(text).not.toContain('secret');
  });

  test('have a line for what can be counted before it was counted once', async () => {
    await open();
    const text = await metrics();
    for (const line of [
      'sign_in_failures_total 0',
      'rate_limited_total 0',
      'failures_total 0',
      'unreadable_records_total 0',
      'content_total{what="glass-broken"} 0',
      'upkeep_runs_total{what="scrub",ended="failed"} 0',
      'collected_bytes_total 0',
    ]) {
      expect(text).toContain(`registry_action_registry_${line}\n`);
    }
    expect(text).not.toContain('certificate');
  });

  test('are for everybody on this machine, and elsewhere or behind a proxy for who may read', async () => {
    await open();
    const behind = { 'x-forwarded-for': '203.0.113.7' };
    for (const path of ['/metrics', '/readyz']) {
      const status = async (as: 'nobody' | 'member' | 'viewer', headers: Readonly<Record<string, string>>) =>
        (await registry.call({ path, as, headers })).status;
      expect(await status('nobody', {})).toBe(200);
      expect(await status('nobody', { host: 'registry.example.com' })).toBe(401);
      expect(await status('nobody', behind)).toBe(401);
      expect(await status('member', behind)).toBe(403);
      expect(await status('viewer', behind)).toBe(200);
    }
  });

  test('have no more lines for paths, methods and names that nobody knows', async () => {
    await open();
    const lines = async () => (await metrics()).split('\n').length;
    const odd = async (round: number) => {
      await registry.call({ path: `/v2/name-${round}/what/ever` });
      await registry.call({ path: `/v2/name-${round}/manifests/absent` });
      await registry.call({ path: `/admin/v1/odd-${round}` });
      await registry.call({ path: `/odd-${round}` });
      await registry.call({ method: 'OPTIONS', path: `/v2/name-${round}/tags/list` });
    };
    await odd(0);
    await lines();
    const before = await lines();
    for (let round = 1; round <= 20; round += 1) await odd(round);
    expect(await lines()).toBe(before);
  });
});

describe('a probe', () => {
  test('may ask by HEAD, and is told the same without a body', async () => {
    await open();
    for (const path of ['/livez', '/readyz', '/metrics']) {
      const [head, get] = [await registry.call({ method: 'HEAD', path, as: 'nobody' }), await registry.call({ path })];
      expect([head.status, head.text]).toEqual([200, '']);
      expect(head.headers['content-type']).toBe(get.headers['content-type']);
    }
  });
});

describe('readiness', () => {
  test('is given while there is room, the disk takes writes and the directory is ours', async () => {
    await open();
    const reply = await registry.call({ path: '/readyz', as: 'nobody' });
    expect([reply.status, jsonOf(reply)]).toEqual([
      200,
      {
        ok: true,
        parts: [
          { name: 'storage', ok: true },
          { name: 'lock', ok: true },
          { name: 'space', ok: true },
        ],
      },
    ]);
  });

  async function partsWanting(): Promise<readonly string[]> {
    const reply = await registry.call({ path: '/readyz', as: 'nobody' });
    expect(reply.status).toBe(503);
    const { parts } = jsonOf(reply) as { parts: { name: string; ok: boolean }[] };
    return parts.filter(({ ok }) => !ok).map(({ name }) => name);
  }

  test('ends when the disk fills up', async () => {
    await open({ limits: { freeBytesMin: Number.MAX_SAFE_INTEGER } });
    expect(await partsWanting()).toEqual(['space']);
  });

  test('ends when the directory is somebody else’s', async () => {
    await open();
    const lock = join(registry.directory, 'registry', 'registry.lock');
    await writeFile(lock, '{"host":"elsewhere","pid":1}');
    expect(await partsWanting()).toEqual(['lock']);
    await rm(lock);
    expect(await partsWanting()).toEqual(['lock']);
  });

  test('ends when nothing can be written, and the process lives on', async () => {
    await open();
    const temporary = join(registry.directory, 'registry', 'temporary');
    await rm(temporary, { recursive: true });
    expect(await partsWanting()).toEqual(['storage']);
    expect((await registry.call({ path: '/livez', as: 'nobody' })).status).toBe(200);
    await mkdir(temporary);
    expect((await registry.call({ path: '/readyz', as: 'nobody' })).status).toBe(200);
  });
});
