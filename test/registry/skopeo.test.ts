/** A real client, which knows nothing of us: skopeo copies in and out, inspects, lists and deletes. */
import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Role } from '../../core/access.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { openLayout } from '../../oci/store/layout.ts';
import { imageOf, indexOf, layerOf, pushAll } from '../oci/content.ts';
import { openRegistryUnderTest, type RegistryUnderTest, temporaryDirectory } from './registry-under-test.ts';

const run = promisify(execFile);

const platforms = ['amd64', 'arm64'] as const;
const layers = platforms.map((architecture) => layerOf(`layer for ${architecture}`));
const images = platforms.map((architecture, at) =>
  imageOf(
    JSON.stringify({
      architecture,
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: [layers[at]?.descriptor.digest] },
    }),
    layers.slice(at, at + 1).map(({ descriptor }) => descriptor),
  ),
);
const index = indexOf(
  images.map(({ manifest }, at) => ({
    ...manifest.descriptor,
    platform: { os: 'linux', architecture: platforms[at] ?? '' },
  })),
);

let registry: RegistryUnderTest;
let directory: string;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
  directory = await temporaryDirectory();
  const layout = await openLayout(join(directory, 'in'));
  await pushAll(layout, [...layers, ...images.flatMap(({ config, manifest }) => [config, manifest]), index]);
  await layout.pushTag(parseTag('1.0.0'), index);
});

afterAll(async () => {
  await registry.close();
  await rm(directory, { recursive: true });
});

function remote(reference: string): string {
  return `docker://${new URL(registry.url).host}/${reference}`;
}

function credentials(role: Role): string {
  return `ci:${registry.tokens[role]}`;
}

async function skopeo(...args: readonly string[]): Promise<string> {
  return (await run('skopeo', ['--insecure-policy', ...args])).stdout;
}

function copyIn(reference: string, role: Role): Promise<string> {
  return skopeo(
    'copy',
    '--all',
    '--preserve-digests',
    '--dest-tls-verify=false',
    `--dest-creds=${credentials(role)}`,
    `oci:${join(directory, 'in')}:1.0.0`,
    remote(reference),
  );
}

describe('skopeo', () => {
  test('copies an image of two platforms in, and out again without changing a byte', async () => {
    await copyIn('dev/web:1.0.0', 'pusher');
    const out = join(directory, 'out');
    await skopeo(
      'copy',
      '--all',
      '--preserve-digests',
      '--src-tls-verify=false',
      `--src-creds=${credentials('viewer')}`,
      remote('dev/web:1.0.0'),
      `oci:${out}:1.0.0`,
    );
    for (const { descriptor, bytes } of [index, ...images.map(({ manifest }) => manifest), ...layers]) {
      const [, hex = ''] = descriptor.digest.split(':');
      expect(await readFile(join(out, 'blobs', 'sha256', hex))).toEqual(Buffer.from(bytes));
    }
  });

  test('copies between repositories', async () => {
    await copyIn('dev/api:1.0.0', 'pusher');
    const flags = [
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      `--src-creds=${credentials('pusher')}`,
      `--dest-creds=${credentials('pusher')}`,
    ];
    await skopeo('copy', '--all', '--preserve-digests', ...flags, remote('dev/api:1.0.0'), remote('staging/api:1.0.0'));
    const reply = await registry.call({ method: 'HEAD', path: '/v2/staging/api/manifests/1.0.0' });
    expect(reply.headers['docker-content-digest']).toBe(index.descriptor.digest);
  });

  test('inspects what a tag names', async () => {
    await copyIn('dev/inspected:1.0.0', 'pusher');
    const flags = ['--tls-verify=false', `--creds=${credentials('viewer')}`];
    const inspected: unknown = JSON.parse(await skopeo('inspect', ...flags, remote('dev/inspected:1.0.0')));
    expect(inspected).toMatchObject({ Digest: index.descriptor.digest, RepoTags: ['1.0.0'], Os: 'linux' });
    expect(await skopeo('inspect', '--raw', ...flags, remote('dev/inspected:1.0.0'))).toBe(
      Buffer.from(index.bytes).toString(),
    );
  });

  test('lists every tag', async () => {
    for (const tag of ['1.0.0', '1.0', 'latest']) await copyIn(`dev/listed:${tag}`, 'pusher');
    const listed: unknown = JSON.parse(
      await skopeo('list-tags', '--tls-verify=false', `--creds=${credentials('viewer')}`, remote('dev/listed')),
    );
    expect(listed).toMatchObject({ Tags: ['1.0', '1.0.0', 'latest'] });
  });

  test('deletes what an administrator tells it to', async () => {
    await copyIn('dev/deleted:edge', 'pusher');
    const flags = (role: Role) => [
      'delete',
      '--tls-verify=false',
      `--creds=${credentials(role)}`,
      remote('dev/deleted:edge'),
    ];
    await expect(skopeo(...flags('pusher'))).rejects.toThrow(/denied|may not delete/i);
    await skopeo(...flags('admin'));
    expect((await registry.call({ path: '/v2/dev/deleted/manifests/edge' })).status).toBe(404);
  });

  test('is refused where it may not push', async () => {
    await expect(copyIn('dev/refused:1.0.0', 'viewer')).rejects.toThrow(/denied|may not push/i);
    await expect(skopeo('inspect', '--tls-verify=false', '--no-creds', remote('dev/web:1.0.0'))).rejects.toThrow(
      /unauthorized|sign in/i,
    );
    await expect(skopeo('inspect', '--tls-verify=false', '--creds=ci:wrong', remote('dev/web:1.0.0'))).rejects.toThrow(
      /unauthorized|sign in/i,
    );
  });
});
