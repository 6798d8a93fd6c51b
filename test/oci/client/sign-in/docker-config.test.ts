/** Credentials from docker's configuration file. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../../../errors/errors.ts';
import type { CredentialSource, Credentials } from '../../../../oci/client/sign-in/credentials.ts';
import { dockerConfigCredentials } from '../../../../oci/client/sign-in/docker-config.ts';
import { errorOf } from '../fixture.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'docker-config-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** What the configuration has for the host. */
async function look(config: unknown, host: string, repository?: string): Promise<Credentials | undefined> {
  return await (await sourceOf(config))(host, { repository });
}

async function sourceOf(config: unknown): Promise<CredentialSource> {
  const configPath = join(directory, 'config.json');
  await writeFile(configPath, typeof config === 'string' ? config : JSON.stringify(config));
  return dockerConfigCredentials({ configPath, helperPath: `/nowhere:${directory}` });
}

async function writeHelper(name: string, script: string): Promise<void> {
  await writeFile(join(directory, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

function basic(text: string): string {
  return Buffer.from(text).toString('base64');
}

describe('an entry of the file', () => {
  it.each([
    ['auth', { auth: basic('ann:pass:word') }, { username: 'ann', password: 'pass:word' }],
    ['auth with what old versions appended', { auth: basic('ann:pw\0\0') }, { username: 'ann', password: 'pw' }],
    ['username and password', { username: 'ann', password: 'pw' }, { username: 'ann', password: 'pw' }],
    ['an identity token', { auth: basic('ann:'), identitytoken: 'id' }, { identityToken: 'id' }],
    ['a registry token', { registrytoken: 'reg' }, { registryToken: 'reg' }],
    ['nothing', {}, undefined],
  ])('may have %s', async (_, entry, expected) => {
    expect(await look({ auths: { 'ghcr.io': entry } }, 'ghcr.io')).toEqual(expected);
  });

  it.each([
    ['ghcr.io', 'ghcr.io'],
    ['https://ghcr.io', 'ghcr.io'],
    ['https://ghcr.io/v2/', 'ghcr.io'],
    ['http://localhost:5000/', 'localhost:5000'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['https://index.docker.io/v1/', 'registry-1.docker.io'],
    ['docker.io', 'docker.io'],
    ['registry-1.docker.io', 'index.docker.io'],
    ['ghcr.io/', 'ghcr.io'],
    ['ghcr.io/v2/', 'ghcr.io'],
  ])('under %s is for %s', async (key, host) => {
    const config = { auths: { [key]: { auth: basic('a:b') } } };
    expect(await look(config, host)).toEqual({ username: 'a', password: 'b' });
  });

  it.each([
    ['ghcr.io', 'ghcr.io.evil.example'],
    ['localhost:5000', 'localhost:5001'],
    ['localhost', 'localhost:5000'],
    ['__proto__', 'constructor'],
  ])('under %s is not for %s', async (key, host) => {
    expect(await look({ auths: { [key]: { auth: basic('a:b') } } }, host)).toBeUndefined();
  });
});

describe('an entry for a namespace', () => {
  const auths = {
    'my.example/foo/bar/image': { auth: basic('image:1') },
    'my.example/foo': { auth: basic('foo:2') },
    'my.example': { auth: basic('all:3') },
  };

  it.each([
    ['foo/bar/image', 'image'],
    ['foo/bar/image/deeper', 'image'],
    ['foo/bar', 'foo'],
    ['foo/bar/imagery', 'foo'],
    ['foo', 'foo'],
    ['food', 'all'],
    ['other', 'all'],
    [undefined, 'all'],
  ])('is the longest one around the repository: for %s it is %s', async (repository, username) => {
    expect(await look({ auths }, 'my.example', repository)).toMatchObject({ username });
  });

  it('is for its namespace alone', async () => {
    const some = { 'my.example/foo': auths['my.example/foo'] };
    expect(await look({ auths: some }, 'my.example', 'foo/app')).toMatchObject({ username: 'foo' });
    expect(await look({ auths: some }, 'my.example', 'other')).toBeUndefined();
    expect(await look({ auths: some }, 'my.example')).toBeUndefined();
  });

  it('may be of Docker Hub, by any of its names', async () => {
    const some = {
      'docker.io/team': { auth: basic('team:1') },
      'https://index.docker.io/v1/': { auth: basic('all:2') },
    };
    expect(await look({ auths: some }, 'docker.io', 'team/app')).toMatchObject({ username: 'team' });
    expect(await look({ auths: some }, 'docker.io', 'library/app')).toMatchObject({ username: 'all' });
  });

  it('is told, without the registry', async () => {
    const source = await sourceOf({ auths: { ...auths, 'https://my.example/v1/': {}, 'other.example/x': {} } });
    expect(await source.namespaces?.('my.example')).toEqual(['foo/bar/image', 'foo']);
    expect(await source.namespaces?.('my.example.org')).toEqual([]);
  });

  it('comes before the helper for all, and after that of the registry', async () => {
    await writeHelper('pass', 'echo \'{"Username":"helped","Secret":"s"}\'');
    const all = { auths, credsStore: 'pass' };
    expect(await look(all, 'my.example', 'foo')).toMatchObject({ username: 'foo' });
    expect(await look(all, 'my.example', 'other')).toMatchObject({ username: 'helped' });
    const own = { auths, credHelpers: { 'my.example': 'pass' } };
    expect(await look(own, 'my.example', 'foo')).toMatchObject({ username: 'helped' });
  });
});

describe('a file', () => {
  it('that does not exist has no credentials', async () => {
    const source = dockerConfigCredentials({ configPath: join(directory, 'none.json'), helperPath: '' });
    expect(await source('ghcr.io')).toBeUndefined();
  });

  it.each([['not JSON "secret'], ['"text"'], [{ auths: { 'ghcr.io': { auth: basic('secret') } } }]])(
    'that cannot be read is an error which does not repeat it: %j',
    async (config) => {
      const error = await errorOf(look(config, 'ghcr.io'));
      expect(error).toBeInstanceOf(InputError);
      expect(error).toMatchObject({ code: 'CREDENTIALS_INVALID' });
      expect(JSON.stringify([error.message, error.cause])).not.toMatch(new RegExp(`secret|${basic('secret')}`));
    },
  );

  it('is read anew each time', async () => {
    expect(await look({}, 'ghcr.io')).toBeUndefined();
    expect(await look({ auths: { 'ghcr.io': { auth: basic('a:b') } } }, 'ghcr.io')).toBeDefined();
  });
});

describe('a helper', () => {
  const answers = 'read host; printf \'{"ServerURL":"%s","Username":"ann","Secret":"for-%s"}\' "$host" "$host"';

  it('is given the registry on standard input', async () => {
    await writeHelper('pass', answers);
    expect(await look({ credsStore: 'pass' }, 'ghcr.io')).toEqual({ username: 'ann', password: 'for-ghcr.io' });
  });

  it('is called with the one word get', async () => {
    await writeHelper('pass', 'printf \'{"Username":"ann","Secret":"%s"}\' "$*"');
    expect(await look({ credsStore: 'pass' }, 'ghcr.io')).toEqual({ username: 'ann', password: 'get' });
  });

  it('knows Docker Hub by its old name', async () => {
    await writeHelper('pass', answers);
    const found = await look({ credsStore: 'pass' }, 'docker.io');
    expect(found).toEqual({ username: 'ann', password: 'for-https://index.docker.io/v1/' });
  });

  it('of one registry comes before the one for all', async () => {
    await writeHelper('ecr-login', answers);
    const config = { credsStore: 'missing', credHelpers: { 'a.dkr.ecr.eu-west-1.amazonaws.com': 'ecr-login' } };
    expect(await look(config, 'a.dkr.ecr.eu-west-1.amazonaws.com')).toMatchObject({ username: 'ann' });
  });

  it('may have an identity token', async () => {
    await writeHelper('pass', 'echo \'{"Username":"<token>","Secret":"id"}\'');
    expect(await look({ credsStore: 'pass' }, 'ghcr.io')).toEqual({ identityToken: 'id' });
  });

  it('that has nothing leaves the word to the file', async () => {
    await writeHelper('pass', 'echo "credentials not found in native keychain"; exit 1');
    expect(await look({ credsStore: 'pass' }, 'ghcr.io')).toBeUndefined();
    const config = { credsStore: 'pass', auths: { 'ghcr.io': { auth: basic('a:b') } } };
    expect(await look(config, 'ghcr.io')).toEqual({ username: 'a', password: 'b' });
  });

  it.each([
    ['fails', 'echo secret; echo secret >&2; exit 3'],
    ['answers something else', 'echo secret'],
    ['answers without a secret', 'echo \'{"Username":"secret"}\''],
    ['says too much', 'head -c 100000 /dev/zero | tr "\\0" s'],
  ])('that %s is an error which does not repeat it', async (_, script) => {
    await writeHelper('pass', script);
    const error = await errorOf(look({ credsStore: 'pass' }, 'ghcr.io'));
    expect(error).toMatchObject({ code: 'CREDENTIALS_INVALID' });
    expect(JSON.stringify([error.message, error.cause])).not.toContain('secret');
  });

  it('that is not installed is an error that names it', async () => {
    const error = await errorOf(look({ credsStore: 'osxkeychain' }, 'ghcr.io'));
    expect(error).toMatchObject({ code: 'CREDENTIALS_INVALID' });
    expect(error.message).toContain('docker-credential-osxkeychain');
  });

  it.each(['../pass', 'pass;id', 'PASS', '-pass', 'a/b', 'a b', 'pass\n'])('named %j is not run', async (name) => {
    await writeHelper('pass', answers);
    expect(await errorOf(look({ credsStore: name }, 'ghcr.io'))).toMatchObject({ code: 'CREDENTIALS_INVALID' });
  });

  it('ends when the caller gives up', async () => {
    await writeHelper('pass', 'exec sleep 60');
    const configPath = join(directory, 'config.json');
    await writeFile(configPath, '{"credsStore":"pass"}');
    const stop = new AbortController();
    const asking = errorOf(
      dockerConfigCredentials({ configPath, helperPath: directory })('ghcr.io', { signal: stop.signal }),
    );
    stop.abort(new Error('enough'));
    expect((await asking).message).toBe('enough');
  });
});
