/** What docker and podman push goes on its way: promoted, pulled where it is now, run. And who may do what, by role. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dockerProgram } from '../docker-daemon.ts';
import { openServed, type Served } from '../served.ts';
import { waitUntil } from '../wait-until.ts';
import { type ClientName, type ClientWorld, openClientWorld } from './client-world.ts';

let served: Served;
let world: ClientWorld;
let host: string;

beforeAll(async () => {
  served = await openServed();
  host = served.registryHost;
  world = await openClientWorld({ host, caFile: undefined });
  for (const name of ['docker', 'podman', 'buildah', 'skopeo', 'crane'] as const)
    await signIn(name, 'admin', served.token);
});

afterAll(async () => {
  await world?.close();
  await served?.close();
});

async function signIn(name: ClientName, user: string, secret: string): Promise<void> {
  const { code, stderr } = await world.client(name).login(user, secret);
  expect([name, code, code === 0 ? '' : stderr]).toEqual([name, 0, '']);
}

const docker = (words: readonly string[]) =>
  world.tools('docker').run(dockerProgram, ['--host', world.daemon.host, ...words]);
const runIn = (image: string) => ['run', '--rm', '--network', 'none', image];

test('what docker pushed is promoted, and docker pulls it from there and runs it', async () => {
  const image = `${host}/dev/web:1.0.0`;
  await world.client('docker').push(image, 'web-1.0.0');
  await served.cliJson(['promote', 'web', 'staging', '--version', '1.0.0', '--yes']);
  await docker(['rmi', image]);
  const promoted = `${host}/staging/web:staging`;
  expect((await world.client('docker').pull(promoted)).code).toBe(0);
  expect(await docker(runIn(promoted))).toBe('web-1.0.0');
});

test('what buildah pushed is a release of dev, which docker runs by its digest', async () => {
  const image = `${host}/dev/mixed:1.0.0`;
  await world.client('buildah').push(image, 'mixed');
  const { digest } = await world.client('skopeo').pull(image);
  expect(await docker(runIn(`${host}/dev/mixed@${digest}`))).toBe('mixed');
  await waitUntil('dev follows', async () =>
    (await served.cli(['history', 'mixed', 'dev', '--json'])).stdout.includes('1.0.0'),
  );
});

describe('a user with a password', () => {
  const password = 'correct horse battery';

  beforeAll(async () => {
    for (const [name, role] of [
      ['ada', 'pusher'],
      ['eve', 'viewer'],
    ] as const) {
      const words = ['users', 'add', name, '--role', role, '--password-stdin'];
      const { code, stderr } = await served.cli(words, {}, `${password}\n`);
      expect(code, stderr).toBe(0);
    }
  });

  test('signs in by name with docker, and pushes', async () => {
    await signIn('docker', 'ada', password);
    await world.client('docker').push(`${host}/dev/users:1.0.0`, 'users');
    const { tags } = await served.cliJson(['tags', `${host}/dev/users`]);
    expect(tags).toContainEqual(expect.objectContaining({ tag: '1.0.0' }));
  });

  test('pulls with podman as a viewer, and is refused when it pushes', async () => {
    await signIn('podman', 'eve', password);
    const image = `${host}/dev/users:1.0.0`;
    expect((await world.client('podman').pull(image)).code).toBe(0);
    const pushed = await world.tools('podman').attempt('podman', ['push', '--tls-verify=false', image]);
    expect([pushed.code === 0, pushed.stderr]).toEqual([false, expect.stringMatching(/denied|403/i)]);
  });

  test.each(['ada', 'nobody'])('is refused with a wrong password: %s', async (user) => {
    for (const name of ['docker', 'podman'] as const) {
      const { code, stderr } = await world.client(name).login(user, 'wrong horse battery');
      expect([code === 0, stderr]).toEqual([false, expect.stringMatching(/unauthorized|invalid username\/password/i)]);
    }
  });

  test('who is removed is refused at once', async () => {
    await signIn('docker', 'ada', password);
    expect(await served.cliJson(['users', 'remove', 'ada', '--yes'])).toMatchObject({ changed: true });
    const refused = await world.client('docker').login('ada', password);
    expect([refused.code === 0, refused.stderr]).toEqual([false, expect.stringMatching(/unauthorized/i)]);
    const { users } = await served.cliJson(['users', 'list']);
    expect(users).toEqual([{ name: 'eve', role: 'viewer' }]);
  });
});
