/** What clients do besides pushing and pulling an image: mounts, referrers, indexes, sha512, large layers. */
import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CountingProxy, openCountingProxy } from '../counting-proxy.ts';
import { dockerProgram } from '../docker-daemon.ts';
import { kindOf } from '../request-kind.ts';
import { openServed, type Served } from '../served.ts';
import { builtProgram } from './built-program.ts';
import { type ClientName, type ClientWorld, clientNames, openClientWorld } from './client-world.ts';

let served: Served;
let proxy: CountingProxy;
let world: ClientWorld;
let host: string;

beforeAll(async () => {
  served = await openServed();
  proxy = await openCountingProxy(served.registryUrl);
  ({ host } = new URL(proxy.url));
  world = await openClientWorld({ host, caFile: undefined });
  for (const name of clientNames) {
    await world.client(name).trust();
    const { code, stderr } = await world.client(name).login('token', served.token);
    expect([name, code, stderr]).toEqual([name, 0, expect.not.stringMatching(/error/i)]);
  }
});

afterAll(async () => {
  await world?.close();
  await proxy?.close();
  await served?.close();
});

const oras = (words: readonly string[]) => world.tools('oras').run(builtProgram('oras'), words);
const regctl = (words: readonly string[]) => world.tools('regctl').run(builtProgram('regctl'), words);

/** Clients that write the configuration of an image, some hundred bytes, again to each repository. */
const configWriters: readonly ClientName[] = ['skopeo', 'buildah', 'podman', 'docker'];

describe('an image that goes to another repository', () => {
  test.each(clientNames)('by %s is mounted there: no byte of a layer is sent', async (name) => {
    const [from, to] = [`${host}/team/${name}:one`, `${host}/other/${name}:one`];
    const client = world.client(name);
    await client.push(from, `mounted-${name}`);
    await proxy.takeWhenQuiet();
    await client.copy(from, to);
    const seen = (await proxy.takeWhenQuiet()).filter(({ path }) => path.startsWith(`/v2/other/${name}/`));

    const digestsIn = (kind: string, status: number, parameter: string) =>
      seen.flatMap((one) => {
        const digest = new URL(one.path, proxy.url).searchParams.get(parameter);
        return kindOf(one) === kind && one.status === status && digest !== null ? [digest] : [];
      });
    const { layers, config } = JSON.parse(await regctl(['manifest', 'get', '--format', 'raw-body', to]));
    const mounted = digestsIn('POST mount', 201, 'mount');
    expect(mounted).toEqual(expect.arrayContaining(layers.map((layer: { digest: string }) => layer.digest)));
    expect(digestsIn('PUT blob', 201, 'digest')).toEqual(configWriters.includes(name) ? [config.digest] : []);
    expect((await client.pull(to)).digest).toBe((await client.pull(from)).digest);
  });
});

describe('what points at an image', () => {
  const image = () => `${host}/team/signed:one`;
  const plain = ['--plain-http'];
  let subject = '';

  beforeAll(async () => {
    await world.client('regctl').push(image(), 'signed');
    subject = (await world.client('crane').pull(image())).digest ?? '';
  });

  /** By the type, what the client tells of it. */
  async function asOras(): Promise<Readonly<Record<string, string>>> {
    const told = JSON.parse(await oras(['discover', ...plain, '--format', 'json', '--depth', '1', image()]));
    const referrers: readonly Record<string, string>[] = told.referrers ?? told.manifests;
    return Object.fromEntries(referrers.map((one) => [one['artifactType'], one['digest']]));
  }

  async function asRegctl(): Promise<Readonly<Record<string, string>>> {
    const told = JSON.parse(await regctl(['artifact', 'list', '--format', 'body', image()]));
    const manifests: readonly Record<string, string>[] = told.manifests;
    return Object.fromEntries(manifests.map((one) => [one['artifactType'], one['digest']]));
  }

  test('is attached by oras and by regctl, and both find both', async () => {
    const note = join(world.directory, 'oras', 'note.txt');
    await writeFile(note, 'looked at by a person');
    const words = ['attach', ...plain, '--no-tty', '--disable-path-validation', '--format', 'json'];
    const attached = JSON.parse(await oras([...words, '--artifact-type', 'text/note', image(), `${note}:text/plain`]));
    const put = ['artifact', 'put', '--artifact-type', 'application/spdx+json', '--subject', image()];
    await world.tools('regctl').run(builtProgram('regctl'), put, '{"spdxVersion":"SPDX-2.3"}');
    const found = await asOras();
    expect(Object.keys(found).toSorted()).toEqual(['application/spdx+json', 'text/note']);
    expect(found['text/note']).toBe(attached.digest);
    expect(await asRegctl()).toEqual(found);
    const filtered = JSON.parse(
      await regctl(['artifact', 'list', '--filter-artifact-type', 'text/note', '--format', 'body', image()]),
    );
    expect(filtered.manifests).toHaveLength(1);
  });

  test('is found by the digest of the image as well, and goes along when oras copies it with what points at it', async () => {
    const copied = `${host}/team/copied:one`;
    await oras(['cp', '--recursive', '--no-tty', '--from-plain-http', '--to-plain-http', image(), copied]);
    const told = JSON.parse(
      await regctl(['artifact', 'list', '--format', 'body', copied.replace(':one', `@${subject}`)]),
    );
    expect(told.manifests).toHaveLength(2);
  });
});

describe('an index of two platforms', () => {
  const index = () => `${host}/team/many:one`;
  let digest: string;

  beforeAll(async () => {
    const podman = (words: readonly string[]) => world.tools('podman').run('podman', words);
    const list = 'localhost/many';
    await podman(['manifest', 'create', list]);
    for (const [arch, text] of [
      ['amd64', 'for-amd64'],
      ['arm64', 'for-arm64'],
    ] as const) {
      const context = await world.workshop.contextOf(text);
      const build = ['build', '--quiet', '--format', 'oci', '--platform', `linux/${arch}`, '--manifest', list, context];
      await podman(build);
    }
    await podman(['manifest', 'push', '--all', '--format', 'oci', '--tls-verify=false', list, `docker://${index()}`]);
    // What it built it would otherwise take for what it pulls: the same image, with layers that are packed otherwise.
    await podman(['rmi', '--all', '--force']);
    digest = await regctl(['manifest', 'head', index()]);
  });

  test.each(clientNames)('that podman pushed is pulled by %s as what it is', async (name) => {
    const { code, stderr, digest: pulled } = await world.client(name).pull(index());
    const { manifests } = JSON.parse(await regctl(['manifest', 'get', '--format', 'raw-body', index()]));
    const forThis = manifests.find(
      (one: { platform: { architecture: string } }) => one.platform.architecture === 'amd64',
    );
    // These two keep what is for this machine; podman calls it by either digest.
    const known = { podman: [digest, forThis.digest], buildah: [forThis.digest] };
    expect([code, stderr]).toEqual([0, expect.anything()]);
    expect(name === 'podman' || name === 'buildah' ? known[name] : [digest]).toContain(pulled);
  });

  test('runs what is for this machine', async () => {
    const run = ['--host', world.daemon.host, 'run', '--rm', '--network', 'none', index()];
    expect(await world.tools('docker').run(dockerProgram, run)).toBe('for-amd64');
  });

  test.each(['crane', 'regctl', 'skopeo', 'oras'] satisfies readonly ClientName[])(
    'is copied whole by %s, with both platforms',
    async (name) => {
      const copied = `${host}/other/many:${name}`;
      await world.client(name).copy(index(), copied);
      const { manifests } = JSON.parse(await regctl(['manifest', 'get', '--format', 'raw-body', copied]));
      expect(
        manifests.map((one: { platform: { architecture: string } }) => one.platform.architecture).toSorted(),
      ).toEqual(['amd64', 'arm64']);
      for (const one of manifests) await regctl(['manifest', 'head', `${host}/other/many@${one.digest}`]);
    },
  );
});

test('an image by sha512 is pushed by regctl, and regctl and oras pull it by that digest', async () => {
  const [plain, strong] = [`${host}/team/strong:plain`, `${host}/team/strong:one`];
  await world.client('regctl').push(plain, 'strong');
  await regctl(['image', 'mod', plain, '--create', strong, '--digest-algo', 'sha512']);
  const digest = await regctl(['manifest', 'head', strong]);
  expect(digest).toMatch(/^sha512:[0-9a-f]{128}$/);
  for (const name of ['regctl', 'oras'] as const) {
    const pulled = await world.client(name).pull(`${host}/team/strong@${digest}`);
    expect([name, pulled.code, pulled.stderr, pulled.digest]).toEqual([name, 0, expect.anything(), digest]);
  }
});

test('a layer of 50 MB that docker pushed is the same when crane and podman pull it', async () => {
  const image = `${host}/team/large:one`;
  const context = await world.workshop.contextOf('large');
  const large = randomBytes(50_000_000);
  await writeFile(join(context, 'large'), large);
  const dockerfile = 'FROM scratch\nCOPY busybox /bin/busybox\nCOPY large /large\nENTRYPOINT ["/bin/busybox"]\n';
  await writeFile(join(context, 'Dockerfile'), dockerfile);
  const docker = (words: readonly string[]) =>
    world.tools('docker').run(dockerProgram, ['--host', world.daemon.host, ...words]);
  await docker(['build', '--quiet', '--tag', image, context]);
  await docker(['push', '--quiet', image]);
  const { digest } = await world.client('podman').pull(image);
  expect(digest).toBe((await world.client('crane').pull(image)).digest);
  const run = ['run', '--rm', '--network=none', image, 'sha256sum', '/large'];
  const [sum] = (await world.tools('podman').run('podman', run)).split(' ');
  expect(sum).toBe(createHash('sha256').update(large).digest('hex'));
});
