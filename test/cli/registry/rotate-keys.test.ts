/** `registry rotate-keys` against a registry that listens. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Role } from '../../../core/access.ts';
import { jsonOf, openRegistryUnderTest, type RegistryUnderTest } from '../../registry/registry-under-test.ts';
import { runWords } from '../test-shell.ts';

let registry: RegistryUnderTest;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rotate-keys-test-'));
  registry = await openRegistryUnderTest();
});

afterAll(async () => {
  await registry.close();
  await rm(directory, { recursive: true });
});

function run(words: readonly string[], as: Role = 'admin') {
  const env = { REGISTRY_ACTION_TOKEN: registry.tokens[as] };
  const all = ['registry', 'rotate-keys', ...words, '--registry', registry.url, '--data', directory];
  return runWords(all, { env, cwd: directory });
}

async function fetchToken() {
  const { token } = jsonOf(await registry.call({ path: '/token' })) as { token: string };
  return { authorization: `Bearer ${token}` };
}

describe('registry rotate-keys', () => {
  test('names the new key, and lets tokens from before go on', async () => {
    const as = await fetchToken();
    const ran = await run([]);
    expect([ran.exitCode, ran.stderr]).toEqual([0, '']);
    expect(ran.stdout).toMatch(/^tokens are signed with the key [\w-]{43}; tokens from before end by themselves\n$/);
    expect((await registry.call({ path: '/v2/', as })).status).toBe(200);
  });

  test('ends tokens from before when it is told to', async () => {
    const as = await fetchToken();
    const ran = await run(['--at-once', '--json']);
    expect(JSON.parse(ran.stdout)).toMatchObject({ keyId: expect.stringMatching(/^[\w-]{43}$/), atOnce: true });
    expect((await registry.call({ path: '/v2/', as })).status).toBe(401);
    expect((await registry.call({ path: '/v2/', as: await fetchToken() })).status).toBe(200);
  });

  test('is for administrators', async () => {
    expect((await run([], 'operator')).exitCode).toBe(3);
  });
});
