/** Retention on a registry: tags go by their rules, are written down, and what they kept is collected. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { retentionSchema } from '../../../api/registry/retention.ts';
import { parseRepositoryPattern } from '../../../core/repository-pattern.ts';
import type { RetentionRule } from '../../../core/retention-settings.ts';
import { type Content, imageOf, layerOf } from '../../oci/content.ts';
import { jsonOf, openRegistryUnderTest, type RegistryUnderTest } from '../registry-under-test.ts';

const dayMs = 24 * 60 * 60 * 1000;

let registry: RegistryUnderTest;
let now = 0;
let uptime = 0;

afterEach(() => registry.close());

async function open(...rules: readonly Partial<RetentionRule>[]): Promise<void> {
  now = Date.UTC(2026, 10, 30);
  uptime = 0;
  registry = await openRegistryUnderTest({
    settings: {
      collect: { everyMs: undefined, graceMs: 0, untaggedForMs: 0, previousDigests: 5 },
      retention: {
        rules: rules.map((each) => ({
          ...{ repositories: [parseRepositoryPattern('**')], tags: ['**'], writtenOnce: false },
          ...{ keep: { pushedWithinMs: 30 * dayMs } },
          ...each,
        })),
      },
    },
    now: () => now,
    uptime: () => uptime,
  });
}

async function push(repository: string, tag: string): Promise<Content> {
  const layer = layerOf(`layer of ${tag}`);
  const { manifest, config } = imageOf(tag, [layer.descriptor]);
  await registry.push(repository, layer, config, manifest);
  await registry.tag(repository, tag, manifest);
  return manifest;
}

interface Collected {
  readonly counts: { readonly tags: number; readonly manifests: number; readonly blobs: number };
  readonly listed: { readonly tags: readonly { readonly repository: string; readonly tag: string }[] };
}

async function collect(dryRun = false): Promise<Collected> {
  uptime += dayMs;
  const reply = await registry.call({
    method: 'POST',
    path: '/admin/v1/collections',
    body: JSON.stringify({ dryRun }),
  });
  return (jsonOf(reply) as { report: Collected }).report;
}

async function tagsOf(repository: string): Promise<readonly string[]> {
  const { tags } = jsonOf(await registry.call({ path: `/v2/${repository}/tags/list` })) as { tags: string[] };
  return tags;
}

test('tags that no rule keeps go, and with them what they alone kept', async () => {
  await open({ tags: ['pr-*'] });
  const { descriptor } = await push('team/web', 'pr-1');
  now += 31 * dayMs;
  await push('team/web', 'pr-2');
  await push('team/web', 'edge');
  const dry = await collect(true);
  expect(dry.listed.tags).toMatchObject([{ repository: 'team/web', tag: 'pr-1' }]);
  expect(await tagsOf('team/web')).toEqual(['edge', 'pr-1', 'pr-2']);
  const { counts, listed } = await collect();
  expect([listed.tags, counts.tags, counts.manifests, counts.blobs]).toEqual([dry.listed.tags, 1, 1, 2]);
  expect(await tagsOf('team/web')).toEqual(['edge', 'pr-2']);
  expect((await registry.call({ path: `/v2/team/web/manifests/${descriptor.digest}` })).status).toBe(404);
  expect(registry.events).toContainEqual(
    expect.objectContaining({ kind: 'tag-deleted', tag: 'pr-1', move: expect.objectContaining({ how: 'retention' }) }),
  );
});

test('a pull keeps a tag for as long as the rule says', async () => {
  await open({ keep: { pulledWithinMs: 10 * dayMs } });
  const { descriptor } = await push('team/web', 'edge');
  now += 5 * dayMs;
  await registry.call({ path: `/v2/team/web/manifests/${descriptor.digest}`, as: 'viewer' });
  now += 9 * dayMs;
  expect((await collect()).counts.tags).toBe(0);
  now += dayMs;
  expect((await collect()).counts.tags).toBe(1);
});

test('a tag that lost content by breaking glass is as old as its last push', async () => {
  await open({ keep: { pushedWithinMs: 10 * dayMs } });
  await push('team/web', '1.0.0');
  now += 9 * dayMs;
  const content = [layerOf('layer of 1.0.0'), imageOf('1.0.0', []).config];
  for (const { descriptor } of content) {
    const headers = { 'registry-action-break-glass': 'has a secret' };
    const path = `/v2/team/web/blobs/${descriptor.digest}`;
    expect((await registry.call({ method: 'DELETE', path, headers })).status).toBe(202);
  }
  const verdict = async () => jsonOf(await registry.call({ path: '/admin/v1/retention/team/web' }));
  expect(await verdict()).toMatchObject({ verdicts: [{ because: ['written-once', 'pushed-lately'] }] });
  now += dayMs;
  expect(await verdict()).toMatchObject({ verdicts: [{ because: ['written-once'] }] });
});

test('what an environment runs stays, in its own repository and in the one it came from', async () => {
  await open({});
  const running = await push('dev/web', 'edge');
  await push('dev/web', 'unused');
  await registry.push('staging/web', layerOf('layer of edge'), imageOf('edge', []).config, running);
  const promoted = await registry.call({
    method: 'PUT',
    path: '/v2/staging/web/manifests/staging',
    headers: { 'content-type': running.descriptor.mediaType },
    body: running.bytes,
    as: 'service',
  });
  expect(promoted.status).toBe(201);
  now += 100 * dayMs;
  expect((await collect()).listed.tags).toMatchObject([{ repository: 'dev/web', tag: 'unused' }]);
  expect(await tagsOf('staging/web')).toEqual(['staging']);
});

test('a version goes only by a rule that says so, and its name never names anything else', async () => {
  await open({ tags: 'semver', writtenOnce: true, keep: { newest: { count: 1, by: 'version' } } });
  await push('team/web', '1.0.0');
  await push('team/web', '1.1.0');
  expect((await collect()).listed.tags).toMatchObject([{ tag: '1.0.0' }]);
  const other = imageOf('another', []);
  await registry.push('team/web', other.config);
  const refused = await registry.call({
    method: 'PUT',
    path: '/v2/team/web/manifests/1.0.0',
    headers: { 'content-type': other.manifest.descriptor.mediaType },
    body: other.manifest.bytes,
  });
  expect(refused.status).toBe(409);
});

test('a damaged tag, which may be what an environment runs, keeps every tag', async () => {
  await open({ repositories: [parseRepositoryPattern('dev/**')] });
  const { descriptor } = await push('dev/web', 'edge');
  await push('staging/web', 'other');
  await writeFile(join(registry.directory, 'registry/repositories/staging/web/_tags/staging'), '');
  now += 100 * dayMs;
  const reply = await registry.call({ method: 'POST', path: '/admin/v1/collections', body: '{}' });
  expect([reply.status, reply.codes]).toEqual([500, ['TAG_DAMAGED']]);
  expect(await tagsOf('dev/web')).toEqual(['edge']);
  expect((await registry.call({ path: `/v2/dev/web/manifests/${descriptor.digest}` })).status).toBe(200);
});

test('a hold keeps tags as well', async () => {
  await open({});
  await push('team/web', 'edge');
  now += 31 * dayMs;
  const body = JSON.stringify({ id: 'one', why: 'a backup' });
  await registry.call({ method: 'POST', path: '/admin/v1/collection-holds', body });
  uptime -= dayMs;
  expect((await collect()).counts.tags).toBe(0);
  await registry.call({ method: 'DELETE', path: '/admin/v1/collection-holds/one' });
  expect((await collect()).counts.tags).toBe(1);
});

test('an administrator sees why each tag stays or goes', async () => {
  await open({ tags: ['pr-*'] });
  await push('team/web', 'pr-1');
  await push('team/web', 'edge');
  now += 31 * dayMs;
  const reply = await registry.call({ path: '/admin/v1/retention/team/web' });
  expect(retentionSchema.parse(jsonOf(reply)).verdicts).toMatchObject([
    { tag: 'edge', stays: true, because: ['no-rule'] },
    { tag: 'pr-1', stays: false, rule: 0 },
  ]);
  expect((await registry.call({ path: '/admin/v1/retention/none' })).codes).toEqual(['REPOSITORY_UNKNOWN']);
  expect((await registry.call({ path: '/admin/v1/retention/team/web', as: 'operator' })).status).toBe(403);
});
