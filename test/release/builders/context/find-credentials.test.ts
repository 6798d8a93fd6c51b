/** Credentials that would be baked into an image, and what only looks like them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BuilderName, BuildRequest } from '../../../../release/builders/builder.ts';
import { findCredentials } from '../../../../release/builders/context/find-credentials.ts';
import { sampleRequest, sampleRun } from '../sample-request.ts';
import { openTestDirectory, type TestDirectory, type TestFile, writeFiles } from '../test-directory.ts';

let directory: TestDirectory;
beforeEach(async () => {
  directory = await openTestDirectory();
});
afterEach(() => directory.close());

async function find(
  files: Readonly<Record<string, TestFile>>,
  given: Partial<BuildRequest> = {},
  builder: BuilderName = 'buildx',
): Promise<readonly string[]> {
  await writeFiles(directory.path, files);
  const signal = new AbortController().signal;
  const found = await findCredentials(sampleRequest(given), { cwd: directory.path, builder, signal });
  return found.map(({ kind, path }) => `${kind} ${path}`);
}

const dockerLogin = '{"auths": {"ghcr.io": {"auth": "dXNlcjp0b2tlbg=="}}}';
const creds = 'gha-creds-0123456789abcdef.json';

describe('credentials in the context', () => {
  it.each([
    ['of a cloud, left by a step before', creds, '{}', 'cloud'],
    ['of Google', 'gcloud/application_default_credentials.json', '{}', 'cloud'],
    ['of AWS', '.aws/credentials', '[default]\naws_secret_access_key = abc', 'cloud'],
    ['of docker', '.docker/config.json', dockerLogin, 'registry'],
    ['of docker, below', 'home/.docker/config.json', dockerLogin, 'registry'],
    ['of podman', '.config/containers/auth.json', dockerLogin, 'registry'],
    ['of npm', '.npmrc', '//registry.example/:_authToken=npm_abc', 'packages'],
    ['of PyPI', '.pypirc', '[pypi]\nusername = __token__\npassword = pypi-abc', 'packages'],
    ['of cargo', '.cargo/credentials.toml', '[registry]\ntoken = "abc"', 'packages'],
    ['of netrc', '.netrc', 'machine example.com login me password abc', 'git'],
    ['of git', '.git-credentials', 'https://me:abc@example.com', 'git'],
    [
      'of git, left by the checkout',
      '.git/config',
      '[http "https://example.com/"]\n\textraheader = AUTHORIZATION: basic abc',
      'git',
    ],
    ['of git, in an address', '.git/config', '[remote "origin"]\n\turl = https://me:abc@example.com/a.git', 'git'],
  ])('%s are found', async (_, path, text, kind) => {
    expect(await find({ [path]: text })).toEqual([`${kind} ${path}`]);
  });

  it.each([
    [
      'a docker configuration without a login',
      '.docker/config.json',
      '{"auths": {"ghcr.io": {}}, "credsStore": "pass"}',
    ],
    ['a configuration that is not of docker', 'config.json', dockerLogin],
    ['npm settings with the name of a variable', '.npmrc', `//registry.example/:_authToken=$${'{NPM_TOKEN}'}`],
    ['npm settings without a token', '.npmrc', 'save-exact=true'],
    ['a git configuration without credentials', '.git/config', '[remote "origin"]\n\turl = https://example.com/a.git'],
    ['what installed packages bring along', 'node_modules/x/.npmrc', '//registry.example/:_authToken=npm_abc'],
    ['an empty file', creds, ''],
    ['a directory of that name', `${creds}/readme`, 'text'],
  ])('are not %s', async (_, path, text) => {
    expect(await find({ [path]: text })).toEqual([]);
  });

  it('are all told, by path', async () => {
    const files = { 'b/.docker/config.json': dockerLogin, [`a/${creds}`]: '{}', 'c/other': 'x' };
    expect(await find(files)).toEqual([`cloud a/${creds}`, 'registry b/.docker/config.json']);
  });
});

describe('credentials that an ignore file keeps out', () => {
  it('are not found', async () => {
    expect(await find({ [creds]: '{}', '.dockerignore': 'gha-creds-*.json' })).toEqual([]);
    expect(await find({ 'secret/.npmrc': '_auth=abc', '.dockerignore': '**/.npmrc\ngha-creds-*' })).toEqual([]);
  });

  it('are found when an exception lets them in again', async () => {
    const files = { 'sub/.git-credentials': 'x', '.dockerignore': '*\n!sub/.git-credentials' };
    expect(await find(files)).toEqual(['git sub/.git-credentials']);
  });

  it('are kept out by the ignore file that belongs to the Dockerfile', async () => {
    const files = { [creds]: '{}', 'docker/web': 'FROM scratch', 'docker/web.dockerignore': 'gha-creds-*' };
    expect(await find(files, { file: 'docker/web' })).toEqual([]);
    expect(await find({})).toEqual([`cloud ${creds}`]);
  });

  it('are kept out by a .containerignore for those who know it', async () => {
    const files = { [creds]: '{}', '.containerignore': 'gha-creds-*' };
    expect(await find(files, {}, 'podman')).toEqual([]);
    expect(await find({}, {}, 'buildah')).toEqual([]);
    expect(await find({}, {}, 'docker')).toEqual([`cloud ${creds}`]);
  });
});

describe('credentials elsewhere', () => {
  it('are looked for in the context alone', async () => {
    const files = { [creds]: '{}', 'app/Dockerfile': 'FROM scratch' };
    expect(await find(files, { context: 'app' })).toEqual([]);
    expect(await find({}, { context: 'https://example.com/app.git' })).toEqual([]);
  });

  it('are looked for in a directory that becomes an image, and not beside an image that is there', async () => {
    const ready = { kind: 'directory', directory: 'files', run: sampleRun() } as const;
    const found = await find({ [`files/${creds}`]: '{}', [creds]: '{}' }, { ready }, 'none');
    expect(found).toEqual([`cloud ${creds}`]);
    const layout = { kind: 'layout', directory: '.', tagOrDigest: undefined } as const;
    expect(await find({}, { ready: layout }, 'none')).toEqual([]);
  });
});
