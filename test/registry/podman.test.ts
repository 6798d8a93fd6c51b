/** A real container tool: podman logs in, pushes and pulls. */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRegistryUnderTest, type RegistryUnderTest, temporaryDirectory } from './registry-under-test.ts';

const run = promisify(execFile);

let registry: RegistryUnderTest;
let directory: string;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
  await registry.access.createUser({ name: 'ada', password: 'correct horse', role: 'pusher' });
  directory = await temporaryDirectory();
  await writeFile(join(directory, 'auth.json'), '{}');
});

afterAll(async () => {
  await registry.close();
  await rm(directory, { recursive: true });
});

/** podman with a storage and a login of this test's own. */
async function podman(...args: readonly string[]): Promise<string> {
  const storage = ['--root', join(directory, 'root'), '--runroot', join(directory, 'run'), '--storage-driver', 'vfs'];
  const env = { ...process.env, REGISTRY_AUTH_FILE: join(directory, 'auth.json') };
  return (await run('podman', [...storage, '--events-backend', 'none', ...args], { env })).stdout;
}

async function importImage(image: string): Promise<string> {
  const content = join(directory, 'content');
  await mkdir(content);
  await writeFile(join(content, 'hello'), 'hello');
  await run('tar', ['-cf', join(directory, 'content.tar'), '-C', content, 'hello']);
  return (await podman('import', join(directory, 'content.tar'), image)).trim();
}

test('podman logs in with a password, pushes an image, and pulls the same one', async () => {
  const host = new URL(registry.url).host;
  const image = `${host}/dev/hello:1.0.0`;
  const pushed = await importImage(image);
  await expect(podman('push', '--tls-verify=false', image)).rejects.toThrow(
    /unauthorized|authentication required|sign in/i,
  );
  await expect(podman('login', '--tls-verify=false', '-u', 'ada', '-p', 'wrong horse', host)).rejects.toThrow(
    /invalid username|sign in/i,
  );
  await podman('login', '--tls-verify=false', '-u', 'ada', '-p', 'correct horse', host);
  await podman('push', '--tls-verify=false', image);
  await podman('rmi', image);
  expect((await podman('pull', '--quiet', '--tls-verify=false', image)).trim()).toBe(pushed.replace('sha256:', ''));
});
