/** `tokens` and `users`: the same words at the service and at a registry that runs alone. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccessDirectory } from '../../registry/access/access-file.ts';
import { openRegistryUnderTest } from '../registry/registry-under-test.ts';
import { openHttpBench } from '../service/http/http-bench.ts';
import { type RunOptions, runWords } from './test-shell.ts';

interface Door {
  readonly url: string;
  readonly access: AccessDirectory;
  readonly admin: string;
  readonly viewer: string;
  close(): Promise<void>;
}

async function openService(): Promise<Door> {
  const bench = await openHttpBench({ now: Date.now });
  const { admin, viewer } = bench.tokens;
  return { url: await bench.http.listen(0), access: bench.access, admin, viewer, close: () => bench.close() };
}

async function openRegistry(): Promise<Door> {
  const registry = await openRegistryUnderTest();
  const { admin, viewer } = registry.tokens;
  return { url: registry.url, access: registry.access, admin, viewer, close: () => registry.close() };
}

/** How serve.json names it, and which flag does. */
const doors = [
  { name: 'the service', open: openService, key: 'apiUrl', flag: '--url' },
  { name: 'a registry that runs alone', open: openRegistry, key: 'registryUrl', flag: '--registry' },
] as const;

describe.each(doors)('at $name', ({ open, key, flag }) => {
  let door: Door;
  let cwd = '';

  beforeEach(async () => {
    door = await open();
    cwd = await mkdtemp(join(tmpdir(), 'cli-tokens-'));
  });

  afterEach(async () => {
    await door.close();
    await rm(cwd, { recursive: true, force: true });
  });

  function run(words: readonly string[], options: RunOptions = {}) {
    return runWords([...words, flag, door.url], { cwd, env: { REGISTRY_ACTION_TOKEN: door.admin }, ...options });
  }

  /** Its id, as the list on the other side has it. */
  const idOf = async (name: string) => (await door.access.listTokens()).find((token) => token.name === name)?.id ?? '';

  it('a token is printed once, alone on stdout, with its limits on stderr', async () => {
    const ran = await run([
      ...['tokens', 'create', 'ci', '--role', 'pusher', '--expires', '365d'],
      ...['--repository', 'team/**', '--repository', 'common'],
    ]);
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^rat_[a-f0-9]{12}_[\w-]{43}\n$/) });
    expect(ran.stderr).toContain('in team/** common');
    expect(ran.stderr).not.toContain(ran.stdout.trim());
    const member = await door.access.authenticate(undefined, ran.stdout.trim());
    expect(member).toEqual({ name: 'ci', role: 'pusher', repositories: ['team/**', 'common'] });
    const listed = await run(['tokens', 'list']);
    expect(listed.stdout).toMatch(/ci .*pusher .*team\/\*\* common, until \d{4}-/);
    expect(listed.stdout).not.toContain(ran.stdout.trim());
  });

  it('a token is told whole with --json, and the list as it is', async () => {
    const ran = await run(['tokens', 'create', 'ci', '--role', 'viewer', '--json']);
    const { changed, token } = JSON.parse(ran.stdout);
    expect(changed).toBe(true);
    expect(await door.access.authenticate(undefined, token.secret)).toEqual({ name: 'ci', role: 'viewer' });
    const { tokens } = JSON.parse((await run(['tokens', 'list', '--json'])).stdout);
    expect(tokens.at(-1)).toEqual({ id: token.id, name: 'ci', role: 'viewer', createdAt: expect.any(String) });
  });

  it('a dry run says what would be made, and makes nothing', async () => {
    const before = await door.access.listTokens();
    const words = ['tokens', 'create', 'ci', '--role', 'viewer', '--repository', 'a/*', '--dry-run'];
    expect(await run(words)).toMatchObject({ exitCode: 0, stdout: 'ci  viewer  in a/*\n' });
    expect(JSON.parse((await run([...words, '--json'])).stdout)).toMatchObject({ changed: false });
    expect(await door.access.listTokens()).toEqual(before);
  });

  it('a token is revoked by its id, or by a name that no other has', async () => {
    for (const name of ['one', 'two', 'two']) await run(['tokens', 'create', name, '--role', 'viewer']);
    expect(await run(['tokens', 'revoke', 'one', '--dry-run'])).toMatchObject({ exitCode: 0 });
    expect(await run(['tokens', 'revoke', 'one'], { answers: ['n'] })).toMatchObject({ exitCode: 13 });
    expect(await idOf('one')).not.toBe('');
    expect(await run(['tokens', 'revoke', 'one', '--yes'])).toMatchObject({ exitCode: 0 });
    expect(await idOf('one')).toBe('');
    const several = await run(['tokens', 'revoke', 'two', '--yes']);
    expect(several.exitCode).toBe(2);
    expect(several.stderr).toContain(await idOf('two'));
    expect(await run(['tokens', 'revoke', await idOf('two'), '--yes'])).toMatchObject({ exitCode: 0 });
    expect(await run(['tokens', 'revoke', 'nobody', '--yes'])).toMatchObject({ exitCode: 4 });
  });

  it('users are added, listed and removed', async () => {
    const input = 'correct horse';
    const added = await run(['users', 'add', 'ada', '--role', 'pusher', '--password-stdin'], { input });
    expect(added).toMatchObject({ exitCode: 0, stdout: 'added: ada, pusher\n' });
    expect(await door.access.authenticate('ada', input)).toEqual({ name: 'ada', role: 'pusher' });
    const again = await run(['users', 'add', 'ada', '--role', 'viewer', '--password-stdin'], { input });
    expect(again.exitCode).toBe(5);
    expect(await run(['users', 'list'])).toMatchObject({ exitCode: 0, stdout: 'ada  pusher\n' });
    expect(await run(['users', 'remove', 'ada', '--yes'])).toMatchObject({ exitCode: 0 });
    expect(await door.access.listUsers()).toEqual([]);
    const short = await run(['users', 'add', 'ada', '--role', 'viewer', '--password-stdin'], { input: 'short' });
    expect([short.exitCode, short.stderr]).toEqual([2, expect.stringMatching(/^error PASSWORD_INVALID: /)]);
  });

  it.each([
    { words: ['tokens', 'create', 'ci'] },
    { words: ['tokens', 'create', 'ci', '--role', 'root'] },
    { words: ['tokens', 'create', 'anonymous', '--role', 'viewer'] },
    { words: ['tokens', 'create', 'c i', '--role', 'viewer'] },
    { words: ['tokens', 'create', 'ci', '--role', 'viewer', '--repository', 'Team/**'] },
    { words: ['tokens', 'create', 'ci', '--role', 'viewer', '--expires', 'soon'] },
    { words: ['tokens', 'create', 'ci', '--role', 'viewer', '--expires', '0d'] },
    { words: ['users', 'add', 'anonymous', '--role', 'viewer', '--password-stdin'] },
  ])('exits 2 for bad input: $words', async ({ words }) => {
    const ran = await run(words, { input: 'correct horse' });
    expect([ran.exitCode, ran.stdout]).toEqual([2, '']);
  });

  it('whoever is no administrator is refused', async () => {
    const env = { REGISTRY_ACTION_TOKEN: door.viewer };
    for (const words of [
      ['tokens', 'list'],
      ['tokens', 'create', 'ci', '--role', 'admin'],
      ['tokens', 'create', 'ci', '--role', 'admin', '--dry-run'],
      ['users', 'list'],
    ]) {
      expect(await run(words, { env })).toMatchObject({ exitCode: 3, stdout: '' });
    }
  });

  it('is what is found where serve left nothing else', async () => {
    await writeFile(join(cwd, 'serve.json'), JSON.stringify({ [key]: door.url }));
    await writeFile(join(cwd, 'admin.token'), door.admin);
    const ran = await runWords(['tokens', 'create', 'ci', '--role', 'viewer', '--data', cwd], { cwd, env: {} });
    expect(ran.exitCode).toBe(0);
    expect(await idOf('ci')).not.toBe('');
  });
});

describe('a data directory that nothing serves from', () => {
  // Whatever listens on the usual port would be shown its token, and changed in its place.
  it.each([
    ['users', 'list'],
    ['tokens', 'revoke', 'ci', '--yes'],
    ['registry', 'collect'],
    ['tags', 'delete', 'team/web:latest', '--yes'],
  ])('is told as such, and nobody is asked: %s %s', async (...words) => {
    const cwd = await mkdtemp(join(tmpdir(), 'cli-tokens-'));
    try {
      await writeFile(join(cwd, 'admin.token'), 'rat_secret\n');
      const env = { REGISTRY_ACTION_DATA: cwd };
      for (const ran of [await runWords([...words, '--data', '.'], { cwd }), await runWords(words, { env })]) {
        expect(ran.exitCode).toBe(7);
        expect(ran.stderr).toContain(`error SERVICE_UNREACHABLE: nothing serves from ${cwd}\n`);
      }
    } finally {
      await rm(cwd, { recursive: true, force: true });
    }
  });
});

it('a registry that is shown no token says how to show one', async () => {
  const registry = await openRegistry();
  try {
    const ran = await runWords(['users', 'list', '--registry', registry.url]);
    expect([ran.exitCode, ran.stderr]).toEqual([3, expect.stringMatching(/way out: .*--token-file/)]);
  } finally {
    await registry.close();
  }
});

it('a service that is named by the environment goes before a registry that serves here', async () => {
  const registry = await openRegistry();
  const service = await openService();
  const cwd = await mkdtemp(join(tmpdir(), 'cli-tokens-'));
  try {
    await writeFile(join(cwd, 'serve.json'), JSON.stringify({ registryUrl: registry.url }));
    const env = { REGISTRY_ACTION_URL: service.url, REGISTRY_ACTION_TOKEN: service.admin };
    const ran = await runWords(['tokens', 'create', 'ci', '--role', 'viewer', '--data', cwd], { cwd, env });
    expect(ran.exitCode).toBe(0);
    expect((await service.access.listTokens()).map(({ name }) => name)).toContain('ci');
  } finally {
    await Promise.all([registry.close(), service.close(), rm(cwd, { recursive: true, force: true })]);
  }
});
