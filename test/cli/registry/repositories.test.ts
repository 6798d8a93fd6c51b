/** `registry repositories` against a registry that listens. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRegistryAdmin } from '../../../api/client/registry-admin.ts';
import { fetchCatalogue } from '../../../cli/registry/fetch-catalogue.ts';
import { parseRepositoryPattern } from '../../../core/repository-pattern.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from '../../registry/registry-under-test.ts';
import { config, imageNumber } from '../../registry/tags/tag-calls.ts';
import { runWords } from '../test-shell.ts';

let registry: RegistryUnderTest;
let directory: string;
const names = ['a/one', 'a/three', 'a/two', 'b/app', 'c/app'];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'repositories-test-'));
  registry = await openRegistryUnderTest();
});

afterAll(async () => {
  await registry.close();
  await rm(directory, { recursive: true });
});

function run(token: string, ...words: string[]) {
  const all = ['registry', 'repositories', ...words, '--registry', registry.url, '--data', directory];
  return runWords(all, { env: { REGISTRY_ACTION_TOKEN: token }, cwd: directory });
}

describe('registry repositories', () => {
  test('says that there are none', async () => {
    const ran = await run(registry.tokens.viewer);
    expect([ran.exitCode, ran.stdout, ran.stderr]).toEqual([0, '', expect.stringContaining('no repositories')]);
  });

  test('lists what the caller may pull from, also as JSON', async () => {
    for (const name of names) await registry.push(name, config, imageNumber(1));
    const limited = { name: 'limited', role: 'viewer', repositories: [parseRepositoryPattern('a/**')] } as const;
    const { secret } = await registry.access.createToken(limited, Date.now());
    expect((await run(registry.tokens.viewer)).stdout).toBe(names.map((name) => `${name}\n`).join(''));
    expect(JSON.parse((await run(secret, '--json')).stdout)).toEqual({ repositories: names.slice(0, 3) });
  });

  test('ends as every verb does where the token is not taken', async () => {
    expect((await run('nonsense')).exitCode).toBe(3);
  });

  test.each([1, 2, 5, 6])('are read to the end in pages of %i', async (entriesPerPage) => {
    const admin = openRegistryAdmin({ url: registry.url, token: registry.tokens.viewer, env: {} });
    expect(await fetchCatalogue(admin, entriesPerPage, AbortSignal.timeout(10_000))).toEqual(names);
    await admin.close();
  });
});
