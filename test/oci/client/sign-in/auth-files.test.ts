/** Which files container tools keep credentials in, and whose word counts. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { authFileCredentials, authFiles } from '../../../../oci/client/sign-in/auth-files.ts';

describe('the files', () => {
  it.each([
    ['of nobody', {}, []],
    ['of a home', { HOME: '/h' }, ['/h/.config/containers/auth.json', '/h/.docker/config.json']],
    [
      'of a session',
      { HOME: '/h', XDG_RUNTIME_DIR: '/run/1', XDG_CONFIG_HOME: '/c' },
      ['/run/1/containers/auth.json', '/c/containers/auth.json', '/h/.docker/config.json'],
    ],
    [
      'that are named',
      { HOME: '/h', XDG_RUNTIME_DIR: '/run/1', DOCKER_CONFIG: '/d', REGISTRY_AUTH_FILE: '/a.json' },
      ['/a.json', '/d/config.json', '/run/1/containers/auth.json', '/h/.config/containers/auth.json'],
    ],
    [
      'of variables that are empty',
      { HOME: '/h', REGISTRY_AUTH_FILE: '', XDG_CONFIG_HOME: '', DOCKER_CONFIG: '' },
      ['/h/.config/containers/auth.json', '/h/.docker/config.json'],
    ],
  ])('%s are looked at in their order', (_, environment, expected) => {
    expect(authFiles(environment)).toEqual(expected);
  });
});

describe('credentials', () => {
  const basic = (name: string) => ({ auth: Buffer.from(`${name}:pw`).toString('base64') });

  it('are those of the first file that has some for the repository', async () => {
    const home = await mkdtemp(join(tmpdir(), 'auth-files-'));
    onTestFinished(() => rm(home, { recursive: true }));
    const environment = { HOME: home, XDG_RUNTIME_DIR: join(home, 'run') };
    const auths = [
      { 'one.example/team': basic('podman') },
      { 'one.example': basic('config'), 'two.example/x': basic('x') },
      { 'one.example': basic('docker'), 'three.example': basic('docker') },
    ];
    for (const [at, path] of authFiles(environment).entries()) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, JSON.stringify({ auths: auths[at] }));
    }
    const source = authFileCredentials(environment);
    expect(await source('one.example', { repository: 'team/app' })).toMatchObject({ username: 'podman' });
    expect(await source('one.example', { repository: 'other/app' })).toMatchObject({ username: 'config' });
    expect(await source('one.example')).toMatchObject({ username: 'config' });
    expect(await source('three.example')).toMatchObject({ username: 'docker' });
    expect(await source('four.example')).toBeUndefined();
    expect(await source.namespaces?.('one.example')).toEqual(['team']);
  });
});
