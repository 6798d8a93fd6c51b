/** No secret gets out of `release`, whatever it is given by and whatever goes wrong. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Canaries, findEscapes } from '../action/canaries.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from '../registry/registry-under-test.ts';
import { openFakeService } from './fake-service.ts';
import { openReleaseSite, type ReleaseSite } from './release-site.ts';

let registry: RegistryUnderTest;
let site: ReleaseSite;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
});
afterAll(() => registry.close());
beforeEach(async () => {
  site = await openReleaseSite(registry);
});
afterEach(() => site.close());

/** Signs that every encoding writes differently. */
const canary = (name: string) => `${name}"${randomUUID()}\\/+&ü%`;

/** Plants one in everything secret that a release can be given. */
async function plant() {
  const canaries = {
    password: canary('password'),
    'registry-auth': canary('auth'),
    'token of the job': canary('job'),
    'token of the service': randomUUID(),
    'secret of a variable of ours': canary('value'),
    'secret of the environment': canary('env'),
    'secret of a file': canary('file'),
  };
  await writeFile(join(site.directory, 'secret-file'), canaries['secret of a file']);
  const auth = { 'other.example': { username: 'bob', password: canaries['registry-auth'] } };
  const env = {
    REGISTRY_ACTION_PASSWORD: canaries.password,
    REGISTRY_ACTION_REGISTRY_AUTH: JSON.stringify(auth),
    REGISTRY_ACTION_SECRETS: `one=${canaries['secret of a variable of ours']}`,
    REGISTRY_ACTION_TOKEN: canaries['token of the service'],
    BUILD_SECRET: canaries['secret of the environment'],
    ...{ GITLAB_CI: 'true', CI_REGISTRY: 'registry.gitlab.example', CI_JOB_TOKEN: canaries['token of the job'] },
  };
  const words = ['--secret-envs', 'env=BUILD_SECRET', '--secret-files', 'file=secret-file'];
  return { canaries, env, words: [...words, '--output-file', 'release.json'] };
}

/** Everything that others can see of a release. */
async function visible(ran: { readonly stdout: string; readonly stderr: string }, canaries: Canaries) {
  const file = await readFile(join(site.directory, 'release.json'), 'utf8').catch(() => '');
  expect(await readdir(site.temporary)).toEqual([]);
  return findEscapes(canaries, { stdout: ran.stdout, stderr: ran.stderr, file });
}

/** A registry that refuses everything and repeats what it was shown. */
async function openEcho() {
  const server = createServer((request, response) => {
    const shown = JSON.stringify(request.headers.authorization ?? '');
    const message = `you said ${shown} ${Buffer.from(shown.split(' ')[1] ?? '', 'base64').toString()}`;
    const challenge = request.headers.authorization === undefined ? { 'www-authenticate': 'Basic realm="echo"' } : {};
    response.writeHead(request.headers.authorization === undefined ? 401 : 403, challenge);
    response.end(JSON.stringify({ errors: [{ code: 'DENIED', message }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, close: () => new Promise((resolve) => server.close(resolve)) };
}

it('none is seen when an image is released and promoted', async () => {
  const { canaries, env, words } = await plant();
  const service = await openFakeService({ token: canaries['token of the service'] });
  const promoting = ['--promote-to', 'staging', '--service-url', service.url];
  // The registry of the site is one that the user's docker knows; the password is for no other of the images.
  const ran = await site.release('1.0.0', [...words, ...promoting], { env: { ...env, REGISTRY_ACTION_PASSWORD: '' } });
  await service.close();
  expect([ran.exitCode, ran.stderr]).toEqual([0, expect.stringContaining('promotion of')]);
  expect(await visible(ran, canaries)).toEqual([]);
});

it.each([[[]], [['--json']]])('none is seen when a registry repeats what it was shown, with %j', async (more) => {
  const { canaries, env, words } = await plant();
  const echo = await openEcho();
  const ran = await site.release('1.0.0', ['--images', `${echo.host}/x`, '--username', 'ci', ...words, ...more], {
    env,
  });
  await echo.close();
  expect(ran.exitCode).toBe(3);
  expect(await visible(ran, canaries)).toEqual([]);
});

it.each([
  ['registry-auth is no YAML', { REGISTRY_ACTION_REGISTRY_AUTH: ': {' }],
  ['a secret has no name', { REGISTRY_ACTION_SECRETS: '=' }],
  ['a password has no user name', { REGISTRY_ACTION_PASSWORD: '' }],
])('none is seen when %s', async (_, broken) => {
  const { canaries, env, words } = await plant();
  const [[name = '', text = ''] = []] = Object.entries(broken);
  const ran = await site.release('1.0.0', words, { env: { ...env, [name]: text + canaries.password } });
  expect(ran.exitCode).toBe(2);
  expect(await visible(ran, canaries)).toEqual([]);
});

/** A `buildah` that tells all it knows, and fails. */
async function openTalkativeBuilder(): Promise<string> {
  const directory = join(site.directory, 'bin');
  await mkdir(directory);
  const script = '#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "$@"; env; cat secret-file; exit 1\n';
  await writeFile(join(directory, 'buildah'), script);
  await chmod(join(directory, 'buildah'), 0o755);
  return `${directory}:${process.env['PATH']}`;
}

it.each([[[]], [['--quiet']]])('none is seen when a builder tells all it knows, with %j', async (more) => {
  const { canaries, env, words } = await plant();
  const path = await openTalkativeBuilder();
  const building = ['release', '--version', '1.0.0', '--images', site.image, '--builder', 'buildah', ...words, ...more];
  const ran = await site.run(building, { env: { ...env, REGISTRY_ACTION_PASSWORD: '', PATH: path } });
  expect([ran.exitCode, /^error (\w+)/m.exec(ran.stderr)?.[1]]).toEqual([2, 'BUILD_FAILED']);
  // It was asked, and told: what it was not given it cannot repeat.
  expect(ran.stderr).toContain('BUILD_SECRET=***');
  expect(ran.stderr).not.toContain('REGISTRY_ACTION_TOKEN=');
  expect(await visible(ran, canaries)).toEqual([]);
});
