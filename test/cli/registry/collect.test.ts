/** `registry collect` against a registry that listens. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Role } from '../../../core/access.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { contentOf, layerOf, manifestOf } from '../../oci/content.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from '../../registry/registry-under-test.ts';
import { runWords } from '../test-shell.ts';

const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
const kept = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [] });
const layer = layerOf('nobody names it');

let registry: RegistryUnderTest;
let directory: string;
let uptimeMs = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'collect-test-'));
  registry = await openRegistryUnderTest({ uptime: () => uptimeMs });
  await registry.push('team/app', config, kept, layer);
  await registry.tag('team/app', 'latest', kept);
});

afterAll(async () => {
  await registry.close();
  await rm(directory, { recursive: true });
});

function run(words: readonly string[], as: Role = 'admin') {
  const env = { REGISTRY_ACTION_TOKEN: registry.tokens[as] };
  const all = ['registry', 'collect', ...words, '--registry', registry.url, '--data', directory];
  return runWords(all, { env, cwd: directory });
}

describe('registry collect', () => {
  test('knows of no last one after a start', async () => {
    const ran = await run(['--last']);
    expect([ran.exitCode, ran.stdout]).toEqual([4, '']);
    expect(ran.stderr).toContain('COLLECTION_UNKNOWN');
  });

  test('says what it would take away, then takes it, and shows it again', async () => {
    const { digest } = layer.descriptor;
    uptimeMs += 60 * 60 * 1000;
    const listed = `blob      team/app@${digest}\ncontent   ${digest}\n`;
    const dry = await run(['--dry-run']);
    expect([dry.exitCode, dry.stdout]).toEqual([0, listed]);
    const path = `/v2/team/app/blobs/${digest}`;
    const done = await run([]);
    expect([done.exitCode, done.stdout]).toEqual([0, listed]);
    expect((await registry.call({ path })).status).toBe(404);
    const last = await run(['--last', '--json']);
    expect(JSON.parse(last.stdout)).toMatchObject({ dryRun: false, counts: { blobs: 1, trashed: 1, manifests: 0 } });
  });

  test('keeps images without a tag for a shorter time when asked, and refuses one that pushes need', async () => {
    const untagged = manifestOf(mediaTypes.ociManifest, {
      config: config.descriptor,
      layers: [],
      annotations: { a: '' },
    });
    await registry.push('team/app', untagged);
    uptimeMs += 60 * 60 * 1000;
    await run([]);
    uptimeMs += 60 * 60 * 1000;
    expect((await run(['--dry-run'])).stdout).not.toContain('manifest');
    const listed = `manifest  team/app@${untagged.descriptor.digest}\n`;
    for (const words of [['--dry-run'], []]) {
      const ran = await run([...words, '--untagged-for', '1h']);
      expect([ran.exitCode, ran.stdout]).toEqual([0, expect.stringContaining(listed)]);
    }
    const refused = await run(['--untagged-for', '10m']);
    const why = 'untagged content stays for 3600 s in any case, not 600 s: a push may still need it';
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining(why)]);
    expect((await run(['--untagged-for', 'soon'])).exitCode).toBe(2);
  });

  test('names the flag of the registry when none answers', async () => {
    const words = ['registry', 'collect', '--registry', 'http://127.0.0.1:1', '--data', directory];
    const { exitCode, stderr } = await runWords(words, { env: {}, cwd: directory });
    expect([exitCode, stderr]).toEqual([7, expect.stringContaining('name its address with --registry')]);
  });

  test('is for administrators', async () => {
    expect((await run([], 'operator')).exitCode).toBe(3);
  });
});

describe('the resource behind it', () => {
  test.each(['{"dryRun": "yes"}', '{"dry": true}', '{"untaggedForMs": "1h"}', '{"untaggedForMs": 1}', '[]', 'x'])(
    'refuses %s',
    async (body) => {
      const reply = await registry.call({ method: 'POST', path: '/admin/v1/collections', body });
      expect([reply.status, reply.codes]).toEqual([422, ['REQUEST_INVALID']]);
    },
  );

  test('begins a collection when asked for nothing else', async () => {
    const reply = await registry.call({ method: 'POST', path: '/admin/v1/collections' });
    expect([reply.status, JSON.parse(reply.text)]).toEqual([200, expect.objectContaining({ dryRun: false })]);
    expect(registry.events).toContainEqual(expect.objectContaining({ kind: 'collected' }));
  });
});
