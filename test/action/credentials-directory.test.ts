/** The directory of credentials: what is in it, who can read it, and that the user's files stay as they are. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStepDirectory, removeLeftDirectory, removeStepDirectory } from '../../action/step-directory.ts';
import { authFileCredentials } from '../../oci/client/sign-in/auth-files.ts';
import { fillCredentialsDirectory } from '../../release/access/credentials-directory.ts';
import { openMemoryRunner } from './memory-runner.ts';

let root: string;
let home: string;
let directory: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'credentials-test-'));
  home = join(root, 'home');
  directory = join(root, 'own');
  await mkdir(join(home, '.docker'), { recursive: true });
  await mkdir(directory);
});

afterEach(() => rm(root, { recursive: true }));

const login = { registry: 'ghcr.io', username: 'ann', password: 's3cret' };

const userFile = async (path: string, content: object) => {
  await mkdir(join(home, path, '..'), { recursive: true });
  await writeFile(join(home, path), JSON.stringify(content));
};

test('a login is found by docker, by podman and by us', async () => {
  const env = await fillCredentialsDirectory({ directory, env: { HOME: home }, logins: [login] });
  const { auths } = JSON.parse(await readFile(join(env.DOCKER_CONFIG, 'config.json'), 'utf8'));
  expect(Buffer.from(auths['ghcr.io'].auth, 'base64').toString()).toBe('ann:s3cret');
  expect(JSON.parse(await readFile(env.REGISTRY_AUTH_FILE, 'utf8')).auths['ghcr.io']).toEqual(auths['ghcr.io']);
  expect(await authFileCredentials({ ...env })('ghcr.io')).toEqual({ username: 'ann', password: 's3cret' });
});

test('a login is found by us though the user has a store for all credentials', async () => {
  await userFile('.docker/config.json', { credsStore: 'not-installed', auths: { 'ghcr.io': {} } });
  const env = await fillCredentialsDirectory({ directory, env: { HOME: home }, logins: [login] });
  expect(await authFileCredentials({ ...env })('ghcr.io')).toEqual({ username: 'ann', password: 's3cret' });
});

test('nobody else can read the files', async () => {
  const env = await fillCredentialsDirectory({ directory, env: { HOME: home }, logins: [login] });
  for (const path of [join(env.DOCKER_CONFIG, 'config.json'), env.REGISTRY_AUTH_FILE]) {
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  }
});

test("the user's files stay as they are, and what they know is known", async () => {
  await userFile('.docker/config.json', {
    auths: { 'ghcr.io': { auth: 'b2xkOm9sZA==' }, 'quay.io': { auth: 'cTpx' } },
  });
  await userFile('.config/containers/auth.json', { auths: { 'reg.example': { auth: 'cjpy' } } });
  const before = await readFile(join(home, '.docker/config.json'), 'utf8');
  const env = await fillCredentialsDirectory({ directory, env: { HOME: home }, logins: [login] });
  expect(await readFile(join(home, '.docker/config.json'), 'utf8')).toBe(before);
  expect(await readdir(join(home, '.docker'))).toEqual(['config.json']);
  const find = authFileCredentials({ ...env });
  expect(await find('quay.io')).toEqual({ username: 'q', password: 'q' });
  expect(await find('reg.example')).toEqual({ username: 'r', password: 'r' });
});

test('programs and contexts that docker keeps beside its file are linked, and removing the directory leaves them', async () => {
  await userFile('.docker/cli-plugins/docker-buildx', {});
  await userFile('.docker/contexts/meta/abc/meta.json', { Name: 'remote' });
  const runner = openMemoryRunner({ temporary: root });
  const own = await openStepDirectory(runner);
  await fillCredentialsDirectory({ directory: own, env: { HOME: home }, logins: [] });
  expect(await readdir(join(own, 'cli-plugins'))).toEqual(['docker-buildx']);
  expect(JSON.parse(await readFile(join(own, 'contexts/meta/abc/meta.json'), 'utf8'))).toEqual({ Name: 'remote' });
  await removeStepDirectory(own);
  expect(await readdir(root)).not.toContain(own);
  expect(await readdir(join(home, '.docker/cli-plugins'))).toEqual(['docker-buildx']);
});

test.each<[string, Record<string, string>, () => string]>([
  ['the variable that names it', { BUILDX_CONFIG: '/elsewhere' }, () => '/elsewhere'],
  ['the directory beside docker’s file', {}, () => join(home, '.docker/buildx')],
])('buildx goes on in %s', async (_, env, expected) => {
  await mkdir(join(home, '.docker/buildx'));
  const filled = await fillCredentialsDirectory({ directory, env: { HOME: home, ...env }, logins: [] });
  expect(filled.BUILDX_CONFIG).toBe(expected());
});

test('where the user has never used buildx, it keeps its state in the directory', async () => {
  const filled = await fillCredentialsDirectory({ directory, env: { HOME: home }, logins: [] });
  expect(filled.BUILDX_CONFIG).toBe(join(directory, 'buildx'));
});

test('without a home there is nothing to merge, which is no failure', async () => {
  const env = await fillCredentialsDirectory({ directory, env: {}, logins: [login] });
  expect(await authFileCredentials({ ...env })('ghcr.io')).toEqual({ username: 'ann', password: 's3cret' });
});

test('a file that cannot be understood is refused, not passed over', async () => {
  await mkdir(join(home, '.docker'), { recursive: true });
  await writeFile(join(home, '.docker/config.json'), '{ "auths": ');
  await expect(fillCredentialsDirectory({ directory, env: { HOME: home }, logins: [] })).rejects.toMatchObject({
    code: 'CREDENTIALS_INVALID',
  });
});

test('post removes what main left, and no path that is not one of ours', async () => {
  const runner = openMemoryRunner({ temporary: root });
  const own = await openStepDirectory(runner);
  await fillCredentialsDirectory({ directory: own, env: {}, logins: [login] });
  for (const directoryState of [home, root, '', '/', join(home, 'registry-action-x')]) {
    await removeLeftDirectory(openMemoryRunner({ temporary: root, states: { directory: directoryState } }));
  }
  expect(await readdir(own)).toContain('config.json');
  expect(await readdir(root)).toContain('home');
  await removeLeftDirectory(openMemoryRunner({ temporary: root, states: Object.fromEntries(runner.states) }));
  expect((await readdir(root)).sort()).toEqual(['home', 'own']);
});

test('an account that has a number and no name can have one, though root has closed what podman made', async () => {
  const sessions = join(root, 'sessions');
  await mkdir(sessions, { mode: 0o700 });
  await chmod(root, 0o777);
  // Only root can become somebody else. The process does so once everything is imported, since the directory that the
  // project is in may be closed to others.
  const script = `
    const { fillCredentialsDirectory } = await import('${join(process.cwd(), 'release/access/credentials-directory.ts')}');
    const { mkdtemp } = await import('node:fs/promises');
    if (process.getuid() === 0) { process.setgroups([]); process.setgid(54321); process.setuid(54321); }
    const directory = await mkdtemp('${join(root, 'nameless-')}');
    const env = await fillCredentialsDirectory({ directory, env: {}, logins: [], sessions: '${sessions}' });
    process.stdout.write(env.DOCKER_CONFIG);
  `;
  const words = ['--input-type=module', '-e', script];
  const { stdout } = await promisify(execFile)(process.execPath, words, { env: {} });
  expect(await readdir(stdout)).toContain('config.json');
});

test('without a session, what podman keeps by the number of the account is known', async () => {
  const sessions = join(root, 'sessions');
  const { uid } = await stat(directory);
  await mkdir(join(sessions, String(uid)), { recursive: true });
  const content = { auths: { 'reg.example': { auth: 'cjpy' } } };
  await writeFile(join(sessions, String(uid), 'auth.json'), JSON.stringify(content));
  const env = await fillCredentialsDirectory({ directory, env: {}, logins: [], sessions });
  expect(await authFileCredentials({ ...env })('reg.example')).toEqual({ username: 'r', password: 'r' });
});
