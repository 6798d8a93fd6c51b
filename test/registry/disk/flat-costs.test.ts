/** What a registry asks of its disk is the same, however much it holds. Counted, not timed. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import {
  repositoryOf,
  type SeededDirectory,
  seedRepositories,
  seedTags,
  tagOf,
} from '../../bench/registry/scale/seed-data-directory.ts';
import { jsonOf, openRegistryUnderTest, type RegistryUnderTest, temporaryDirectory } from '../registry-under-test.ts';
import { countFileRequests } from './file-requests.ts';

let directory: string | undefined;
let registry: RegistryUnderTest | undefined;

afterEach(close);

async function close(): Promise<void> {
  await registry?.close();
  if (directory !== undefined) await rm(directory, { recursive: true });
  [registry, directory] = [undefined, undefined];
}

interface Costs {
  readonly start: number;
  readonly push: number;
  readonly secondPush: number;
  readonly pageOfTags: number;
  readonly pageOfCatalogue: number;
}

/** What each costs in a registry that holds so much. */
async function costsWith(seed: (root: string, count: number) => SeededDirectory, count: number): Promise<Costs> {
  await close();
  directory = await temporaryDirectory();
  const { manifest } = seed(join(directory, 'registry'), count);
  const opening = { directory };
  const start = await countFileRequests(() => openRegistryUnderTest(opening));
  const opened = start.result;
  registry = opened;
  const push = await countFileRequests(() => opened.tag(repositoryOf(0), 'new-1', manifest));
  for (const path of [`/v2/${repositoryOf(0)}/tags/list`, '/v2/_catalog']) await opened.call({ path });
  const secondPush = await countFileRequests(() => opened.tag(repositoryOf(0), 'new-2', manifest));
  const page = (path: string) => countFileRequests(() => opened.call({ path }));
  const pageOfTags = await page(`/v2/${repositoryOf(0)}/tags/list?n=100&last=${tagOf(count / 2)}`);
  const pageOfCatalogue = await page(`/v2/_catalog?n=100&last=${repositoryOf(count / 2)}`);
  return {
    start: start.count,
    push: push.count,
    secondPush: secondPush.count,
    pageOfTags: pageOfTags.count,
    pageOfCatalogue: pageOfCatalogue.count,
  };
}

describe('start, push and pages cost the same', () => {
  test('with 10 tags in a repository and with 3,000', async () => {
    expect(await costsWith(seedTags, 3_000)).toEqual(await costsWith(seedTags, 10));
  });

  test('with 10 repositories and with 1,000', async () => {
    expect(await costsWith(seedRepositories, 1_000)).toEqual(await costsWith(seedRepositories, 10));
  });
});

describe('the catalogue', () => {
  test('has what was there, what came before it was first asked for, and not what went', async () => {
    directory = await temporaryDirectory();
    const { manifest } = seedRepositories(join(directory, 'registry'), 3);
    registry = await openRegistryUnderTest({ directory });
    const { digest } = manifest.descriptor;
    await registry.call({ method: 'DELETE', path: `/v2/${repositoryOf(1)}/manifests/${digest}` });
    for (const path of [`blobs/uploads/?mount=${configOf(manifest.bytes)}&from=${repositoryOf(0)}`]) {
      expect((await registry.call({ method: 'POST', path: `/v2/late/app/${path}` })).status).toBe(201);
    }
    await registry.tag('late/app', 'latest', manifest);
    const repositories = ['late/app', repositoryOf(0), repositoryOf(2)];
    expect(jsonOf(await registry.call({ path: '/v2/_catalog' }))).toEqual({ repositories });
  });

  test('knows a repository of which nobody asked before', async () => {
    directory = await temporaryDirectory();
    seedRepositories(join(directory, 'registry'), 1);
    registry = await openRegistryUnderTest({ directory });
    expect((await registry.call({ path: `/v2/${repositoryOf(0)}/tags/list` })).status).toBe(200);
    expect((await registry.call({ path: `/v2/${repositoryOf(1)}/tags/list` })).status).toBe(404);
  });
});

function configOf(bytes: Uint8Array): string {
  const { config } = JSON.parse(Buffer.from(bytes).toString()) as { config: { digest: string } };
  return config.digest;
}
