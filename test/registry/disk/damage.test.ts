/**
 * Content and records that a crash of the machine, or a hand, has damaged: none brings the registry down, and a push heals
 * each. Damaged tags: damaged-tags.test.ts.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { contentOf, manifestOf } from '../../oci/content.ts';
import { jsonOf, openRegistryUnderTest, type RegistryUnderTest, temporaryDirectory } from '../registry-under-test.ts';

const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
const manifest = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [] });
const signature = manifestOf(mediaTypes.ociManifest, {
  config: config.descriptor,
  layers: [],
  subject: manifest.descriptor,
});

const [, configHex = ''] = config.descriptor.digest.split(':');
const [, manifestHex = ''] = manifest.descriptor.digest.split(':');
const [, signatureHex = ''] = signature.descriptor.digest.split(':');

let directory: string;
let registry: RegistryUnderTest;

beforeEach(async () => {
  directory = await temporaryDirectory();
  registry = await openRegistryUnderTest({ directory });
  await registry.push('team/app', config, manifest, signature);
  await registry.tag('team/app', 'latest', manifest);
  await registry.close();
});

afterEach(async () => {
  await registry.close();
  await rm(directory, { recursive: true });
});

const repository = 'registry/repositories/team/app';
const damage: [string, string, string | undefined, string, number][] = [
  ['an empty manifest', `${repository}/_manifests/sha256/${manifestHex}`, '', 'manifests/latest', 404],
  [
    'a manifest cut off',
    `${repository}/_manifests/sha256/${manifestHex}`,
    '{"mediaType":"a/b"}\n{',
    'manifests/latest',
    404,
  ],
  ['a manifest without its head', `${repository}/_manifests/sha256/${manifestHex}`, 'x\nx', 'manifests/latest', 404],
  [
    'content that is gone',
    `registry/content/sha256/${configHex.slice(0, 2)}/${configHex}`,
    undefined,
    `blobs/${config.descriptor.digest}`,
    404,
  ],
  [
    'an empty referrer',
    `${repository}/_referrers/sha256/${manifestHex}/sha256-${signatureHex}`,
    '',
    `referrers/${manifest.descriptor.digest}`,
    200,
  ],
];

describe('the registry starts, serves, and is healed by pushing again', () => {
  test.each(damage)('with %s', async (_, path, text, target, status) => {
    if (text === undefined) await rm(join(directory, path));
    else await writeFile(join(directory, path), text);
    registry = await openRegistryUnderTest({ directory });
    expect((await registry.call({ path: `/v2/team/app/${target}` })).status).toBe(status);
    expect(registry.events.map(({ kind }) => kind)).toContain('record-unreadable');
    await registry.push('team/app', config, manifest, signature);
    await registry.tag('team/app', 'latest', manifest);
    expect((await registry.call({ path: '/v2/team/app/manifests/latest' })).status).toBe(200);
    const referrers = await registry.call({ path: `/v2/team/app/referrers/${manifest.descriptor.digest}` });
    expect(referrers.text).toContain(signature.descriptor.digest);
  });

  test('and a referrer whose entry is damaged is listed as its manifest tells it', async () => {
    const entry = join(directory, repository, '_referrers/sha256', manifestHex, `sha256-${signatureHex}`);
    registry = await openRegistryUnderTest({ directory });
    const path = `/v2/team/app/referrers/${manifest.descriptor.digest}`;
    const sound = await registry.call({ path });
    expect(sound.text).toContain(signature.descriptor.digest);
    for (const text of ['', '{"mediaType":"a/b"', '[]']) {
      await writeFile(entry, text);
      expect((await registry.call({ path })).text).toBe(sound.text);
    }
  });

  test('with strange files among its own', async () => {
    await writeFile(join(directory, 'registry/repositories/stray'), 'stray');
    await writeFile(join(directory, repository, '_tags/.hidden'), 'stray');
    await writeFile(join(directory, repository, '_manifests/stray'), 'stray');
    await mkdir(join(directory, 'registry/repositories/UPPER/_manifests/sha256/x'), { recursive: true });
    registry = await openRegistryUnderTest({ directory });
    expect(jsonOf(await registry.call({ path: '/v2/_catalog' }))).toEqual({ repositories: ['team/app'] });
    expect(jsonOf(await registry.call({ path: '/v2/team/app/tags/list' }))).toEqual({
      name: 'team/app',
      tags: ['latest'],
    });
  });
});
