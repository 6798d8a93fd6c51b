/** `registry pulls` against a registry that listens. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Role } from '../../../core/access.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { contentOf, manifestOf } from '../../oci/content.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from '../../registry/registry-under-test.ts';
import { runWords } from '../test-shell.ts';

const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
const manifest = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [] });
const { digest } = manifest.descriptor;

let registry: RegistryUnderTest;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pulls-test-'));
  registry = await openRegistryUnderTest();
  await registry.push('team/app', config, manifest);
  await registry.push('team/unused', config, manifest);
  for (let at = 0; at < 3; at += 1) await registry.call({ path: `/v2/team/app/manifests/${digest}`, as: 'viewer' });
});

afterAll(async () => {
  await registry.close();
  await rm(directory, { recursive: true });
});

function run(words: readonly string[], as: Role = 'viewer') {
  const env = { REGISTRY_ACTION_TOKEN: registry.tokens[as] };
  const all = ['registry', 'pulls', ...words, '--registry', registry.url, '--data', directory];
  return runWords(all, { env, cwd: directory });
}

describe('registry pulls', () => {
  test('shows each image with its count and how long ago it was pulled last', async () => {
    const ran = await run(['team/app']);
    expect([ran.exitCode, ran.stderr]).toEqual([0, '']);
    expect(ran.stdout).toMatch(new RegExp(`^${digest.slice(7, 19)}  3 pulls  last .* ago\n$`));
  });

  test('is JSON when asked for', async () => {
    const ran = await run(['team/app', '--json']);
    expect(JSON.parse(ran.stdout)).toMatchObject({ repository: 'team/app', pulls: [{ digest, count: 3 }] });
  });

  test('says that nothing was pulled', async () => {
    const ran = await run(['team/unused']);
    expect([ran.exitCode, ran.stdout]).toEqual([0, '']);
    expect(ran.stderr).toContain('team/unused');
  });

  test('ends as every verb does for what is not there, not allowed, or no name', async () => {
    expect((await run(['team/absent'])).exitCode).toBe(4);
    expect((await run(['team/app'], 'member')).exitCode).toBe(3);
    expect((await run(['Team/App'])).exitCode).toBe(2);
  });
});
