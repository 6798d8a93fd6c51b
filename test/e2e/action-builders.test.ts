/** The Action with real builders: an image of each of them is released, and no secret of the build gets out. */
import { randomUUID } from 'node:crypto';
import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Canaries, findEscapes, watchProcesses, withoutMasks } from '../action/canaries.ts';
import { type Job, openJob, type StepEnd } from '../action/step-process.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from '../registry/registry-under-test.ts';
import { type ContainerTools, openContainerTools } from './container-tools.ts';
import { type DockerDaemon, dockerProgram, openDockerDaemon } from './docker-daemon.ts';
import { openScratchDirectory, type ScratchDirectory } from './scratch-directory.ts';

let scratch: ScratchDirectory;
let registry: RegistryUnderTest;
let daemon: DockerDaemon;
let tools: ContainerTools;
let job: Job;

beforeAll(async () => {
  scratch = await openScratchDirectory('action-builders');
  registry = await openRegistryUnderTest();
  daemon = await openDockerDaemon(join(scratch.path, 'docker-daemon'));
  tools = await openContainerTools(scratch.path);
});
afterAll(async () => {
  await tools.close();
  await daemon.close();
  await registry.close();
  await scratch.close();
});

beforeEach(async () => {
  job = await openJob();
  await copyFile('/bin/busybox', join(job.workspace, 'busybox'));
});
afterEach(() => job.close());

const canary = (name: string) => `${name}"${randomUUID()}\\/+&`;

/** Variables of the tools' own storage, and of a daemon; docker is the program that fits the daemon. */
const toolVariables = () => ({
  ...Object.fromEntries(
    Object.entries(tools.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  ),
  PATH: `${join(dockerProgram, '..')}:${process.env['PATH']}`,
  DOCKER_HOST: daemon.host,
});

async function release(
  builder: string,
  {
    dockerfile,
    inputs = {},
    env = {},
  }: { readonly dockerfile: string; readonly inputs?: Record<string, string>; readonly env?: Record<string, string> },
): Promise<StepEnd> {
  await writeFile(join(job.workspace, 'Dockerfile'), dockerfile);
  return await job.run({
    env: { ...toolVariables(), ...env },
    inputs: {
      images: `127.0.0.1:${registry.port}/team/${builder}`,
      builder,
      version: '1.2.3',
      username: 'ci',
      password: registry.tokens.pusher,
      ...inputs,
    },
  });
}

const visible = (end: StepEnd): Record<string, string> => ({
  stdout: withoutMasks(end.stdout),
  stderr: end.stderr,
  outputs: JSON.stringify([...end.outputs]),
  states: JSON.stringify([...end.states]),
  summary: end.summary,
});

const plain = 'FROM scratch\nCOPY busybox /bin/busybox\nCMD ["/bin/busybox"]\n';

describe.each(['docker', 'buildah', 'podman'])('%s', (builder) => {
  test('builds an image that is released under its version, and nothing of it is left behind', async () => {
    const end = await release(builder, { dockerfile: plain });
    expect(end.commands.filter(({ name }) => name === 'error')).toEqual([]);
    expect(end.exitCode).toBe(0);
    const digest = end.outputs.get('digest');
    for (const tag of ['1.2.3', 'latest']) {
      const path = `/v2/team/${builder}/manifests/${tag}`;
      expect((await registry.call({ path, headers: { accept: '*/*' } })).headers['docker-content-digest']).toBe(digest);
    }
    expect(end.commands.filter(({ name }) => name === 'group').map(({ value }) => value)).toEqual([
      `Build with ${builder}`,
    ]);
    expect(await readdir(job.temporary)).toEqual([]);
  });

  test('fails with its last words, and the step with them', async () => {
    const end = await release(builder, { dockerfile: 'FROM scratch\nCOPY absent /\n', inputs: { version: '2.0.0' } });
    expect(end.exitCode).toBe(1);
    const [error] = end.commands.filter(({ name }) => name === 'error');
    expect(error?.value).toMatch(/^BUILD_FAILED: [\s\S]*absent/);
    expect(await readdir(job.temporary)).toEqual([]);
  });
});

describe.each(['buildah', 'podman'])('a build with secrets by %s', (builder) => {
  test('shows none of them, though the build prints them, and obeys none of its lines', async () => {
    const canaries: Canaries = {
      value: canary('value'),
      variable: canary('variable'),
      file: canary('file'),
      password: registry.tokens.pusher,
      token: canary('token'),
    };
    await writeFile(join(job.home, 'secret'), `${canaries['file']}\n`);
    const print = (id: string) => `RUN --mount=type=secret,id=${id} ["/bin/busybox","cat","/run/secrets/${id}"]\n`;
    const encode = 'RUN --mount=type=secret,id=one ["/bin/busybox","base64","/run/secrets/one"]\n';
    const command = 'RUN ["/bin/busybox","echo","::set-output name=digest::evil"]\n';
    const watch = watchProcesses();
    const end = await release(builder, {
      dockerfile: `FROM scratch\nCOPY busybox /bin/busybox\n${print('one')}${print('two')}${print('three')}${encode}${command}`,
      inputs: {
        version: '3.0.0',
        secrets: `one=${canaries['value']}`,
        'secret-envs': 'two=SECRET',
        'secret-files': `three=${join(job.home, 'secret')}`,
        token: canaries['token'] ?? '',
      },
      env: { SECRET: canaries['variable'] ?? '' },
    });
    const processes = await watch.stop();
    expect(end.commands.filter(({ name }) => name === 'error')).toEqual([]);
    expect(end.shown.filter((line) => line.includes('***')).length).toBeGreaterThan(3);
    expect(end.shown).toContain('::set-output name=digest::evil');
    expect(end.commands.map(({ name }) => name)).not.toContain('set-output');
    expect(findEscapes(canaries, { ...visible(end), processes })).toEqual([]);
    expect(findEscapes(canaries, await pushedTexts(`team/${builder}`, end.outputs.get('digest') ?? ''))).toEqual([]);
  });
});

/** The manifest and the config of an image as they were pushed. */
async function pushedTexts(repository: string, digest: string): Promise<Record<string, string>> {
  const read = async (path: string) =>
    (await registry.call({ path: `/v2/${repository}/${path}`, headers: { accept: '*/*' } })).text;
  const manifest = await read(`manifests/${digest}`);
  const config = await read(`blobs/${JSON.parse(manifest).config.digest}`);
  return { manifest, config };
}
