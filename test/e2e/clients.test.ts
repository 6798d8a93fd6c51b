/** The clients that people have, against the embedded registry: log in, push by one, pull and run by another, log out. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ContainerTools, openContainerTools } from './container-tools.ts';
import { type DockerDaemon, dockerProgram, openDockerDaemon } from './docker-daemon.ts';
import { openScratchDirectory, type ScratchDirectory } from './scratch-directory.ts';
import { openServed, type Served } from './served.ts';
import { pushVersion, writeImageContext } from './version-image.ts';
import { waitUntil } from './wait-until.ts';

let scratch: ScratchDirectory;
let tools: ContainerTools;
let daemon: DockerDaemon;
let served: Served;

beforeAll(async () => {
  scratch = await openScratchDirectory('clients');
  tools = await openContainerTools(scratch.path);
  daemon = await openDockerDaemon(join(scratch.path, 'dockerd'));
  served = await openServed();
});

afterAll(async () => {
  await served?.close();
  await daemon?.close();
  await tools?.close();
  await scratch?.close();
});

const docker = (words: readonly string[], input?: string) =>
  tools.run(dockerProgram, ['--host', daemon.host, ...words], input);
const dockerAttempt = (words: readonly string[], input?: string) =>
  tools.attempt(dockerProgram, ['--host', daemon.host, ...words], input);
const login = ['login', '--username', 'admin', '--password-stdin'];

test('docker logs in, pushes, promotes what it pushed, pulls it back and runs it', async () => {
  const image = `${served.registryHost}/dev/web:1.0.0`;
  await docker([...login, served.registryHost], served.token);
  await docker(['build', '--quiet', '--tag', image, await writeImageContext(join(scratch.path, 'docker'), '1.0.0')]);
  await docker(['push', '--quiet', image]);

  await served.cliJson(['promote', 'web', 'staging', '--version', '1.0.0', '--yes']);
  const promoted = `${served.registryHost}/staging/web:staging`;
  await docker(['rmi', image]);
  await docker(['pull', '--quiet', promoted]);
  expect(await docker(['run', '--rm', '--network', 'none', promoted])).toBe('1.0.0');
});

test('docker is refused with a wrong password, and after it logged out', async () => {
  const wrong = await dockerAttempt([...login, served.registryHost], 'wrong');
  expect(wrong.code).not.toBe(0);
  expect(wrong.stderr).toMatch(/unauthorized/i);

  await docker([...login, served.registryHost], served.token);
  await docker(['logout', served.registryHost]);
  const image = `${served.registryHost}/staging/web:staging`;
  const pushed = await dockerAttempt(['push', image]);
  expect(pushed.code).not.toBe(0);
});

test('podman logs in, builds, pushes, pulls and runs', async () => {
  const image = `${served.registryHost}/dev/pod:1.0.0`;
  await tools.run('podman', [...login, '--tls-verify=false', served.registryHost], served.token);
  const context = await writeImageContext(join(scratch.path, 'podman'), '1.0.0');
  await tools.run('podman', ['build', '--quiet', '--format', 'oci', '--tag', image, context]);
  await tools.run('podman', ['push', '--quiet', '--tls-verify=false', image]);
  await tools.run('podman', ['rmi', '--force', image]);
  await tools.run('podman', ['pull', '--quiet', '--tls-verify=false', image]);
  expect(await tools.run('podman', ['run', '--rm', '--network=none', image])).toBe('1.0.0');
});

test('what buildah pushed, docker pulls and skopeo copies, lists and deletes', async () => {
  const name = `${served.registryHost}/dev/mixed`;
  await tools.run('buildah', [...login, '--tls-verify=false', served.registryHost], served.token);
  const digest = await pushVersion(tools, scratch.path, name, '1.0.0');
  await docker([...login, served.registryHost], served.token);
  await docker(['pull', '--quiet', `${name}@${digest}`]);
  expect(await docker(['run', '--rm', '--network', 'none', `${name}@${digest}`])).toBe('1.0.0');

  const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false'];
  await tools.run('skopeo', [
    'copy',
    ...insecure,
    `docker://${name}:1.0.0`,
    `docker://${served.registryHost}/other/mixed:2.0.0`,
  ]);
  const listed = await tools.run('skopeo', [
    'list-tags',
    '--tls-verify=false',
    `docker://${served.registryHost}/other/mixed`,
  ]);
  expect(JSON.parse(listed).Tags).toEqual(['2.0.0']);
  await tools.run('skopeo', ['delete', '--tls-verify=false', `docker://${served.registryHost}/other/mixed:2.0.0`]);
  const gone = await tools.attempt('skopeo', [
    'inspect',
    '--tls-verify=false',
    `docker://${served.registryHost}/other/mixed:2.0.0`,
  ]);
  expect(gone.code).not.toBe(0);
  await waitUntil('dev follows', async () =>
    (await served.cli(['history', 'mixed', 'dev', '--json'])).stdout.includes('1.0.0'),
  );
});

describe('a user with a password', () => {
  const password = 'correct horse battery';
  const add = (name: string, role: string) =>
    served.cli(['users', 'add', name, '--role', role, '--password-stdin'], {}, `${password}\n`);
  const asAda = ['login', '--username', 'ada', '--password-stdin'];
  const podmanLogin = (name: string) => ['login', '--tls-verify=false', '--username', name, '--password-stdin'];

  beforeAll(async () => {
    for (const [name, role] of [
      ['ada', 'pusher'],
      ['eve', 'viewer'],
    ] as const) {
      const { code, stderr } = await add(name, role);
      expect(code, stderr).toBe(0);
    }
  });

  test('logs in by name with docker, and pushes', async () => {
    await docker([...asAda, served.registryHost], password);
    const image = `${served.registryHost}/dev/users:1.0.0`;
    await docker(['build', '--quiet', '--tag', image, await writeImageContext(join(scratch.path, 'users'), '1.0.0')]);
    await docker(['push', '--quiet', image]);
    const { tags } = await served.cliJson(['tags', `${served.registryHost}/dev/users`]);
    expect(tags).toMatchObject([{ tag: '1.0.0' }]);
  });

  test('pulls with podman as a viewer, and is refused when it pushes', async () => {
    await tools.run('podman', [...podmanLogin('eve'), served.registryHost], password);
    const image = `${served.registryHost}/dev/users:1.0.0`;
    await tools.run('podman', ['pull', '--quiet', '--tls-verify=false', image]);
    const pushed = await tools.attempt('podman', ['push', '--tls-verify=false', image]);
    expect(pushed.code).not.toBe(0);
    expect(pushed.stderr).toMatch(/denied|403/i);
  });

  test.each(['ada', 'nobody'])('is refused with a wrong password: %s', async (name) => {
    const refused = [
      await dockerAttempt(
        ['login', '--username', name, '--password-stdin', served.registryHost],
        'wrong horse battery',
      ),
      await tools.attempt('podman', [...podmanLogin(name), served.registryHost], 'wrong horse battery'),
    ];
    for (const { code, stderr } of refused) {
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/unauthorized|invalid username\/password/i);
    }
  });

  test('who is removed is refused at once', async () => {
    await docker([...asAda, served.registryHost], password);
    expect(await served.cliJson(['users', 'remove', 'ada', '--yes'])).toMatchObject({ changed: true });
    const refused = await dockerAttempt([...asAda, served.registryHost], password);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/unauthorized/i);
    const { users } = await served.cliJson(['users', 'list']);
    expect(users).toEqual([{ name: 'eve', role: 'viewer' }]);
  });
});
