/** The Action with real builders: an image of each of them is released, and no secret of the build gets out. */
import { randomUUID } from 'node:crypto';
import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Canaries, findEscapes, watchProcesses, withoutMasks } from '../action/canaries.ts';
import { type Job, openJob, type StepEnd } from '../action/step-process.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from '../registry/registry-under-test.ts';
import { type BuildKit, openBuildKit } from './buildkit.ts';
import { type ContainerTools, openContainerTools } from './container-tools.ts';
import { type DockerDaemon, dockerProgram, openDockerDaemon } from './docker-daemon.ts';
import { openScratchDirectory, type ScratchDirectory } from './scratch-directory.ts';

let scratch: ScratchDirectory;
let registry: RegistryUnderTest;
let daemon: DockerDaemon;
let tools: ContainerTools;
let buildkit: BuildKit;
let job: Job;

beforeAll(async () => {
  scratch = await openScratchDirectory('action-builders');
  registry = await openRegistryUnderTest();
  daemon = await openDockerDaemon(join(scratch.path, 'docker-daemon'));
  tools = await openContainerTools(scratch.path);
  buildkit = await openBuildKit(join(scratch.path, 'buildkit'));
});
afterAll(async () => {
  await buildkit.close();
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
const toolVariables = (builder: string) => ({
  ...Object.fromEntries(
    Object.entries(tools.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  ),
  PATH: `${join(dockerProgram, '..')}:${process.env['PATH']}`,
  DOCKER_HOST: daemon.host,
  ...(builder === 'buildx' ? (buildkit.env as Record<string, string>) : {}),
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
    env: { ...toolVariables(builder), ...env },
    inputs: {
      images: `127.0.0.1:${registry.port}/team/${builder}`,
      builder,
      ...(builder === 'buildx' ? { 'builder-instance': buildkit.instance } : {}),
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

describe.each(['buildx', 'docker', 'buildah', 'podman'])('%s', (builder) => {
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

describe.each(['buildx', 'buildah', 'podman'])('a build with secrets by %s', (builder) => {
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
    expect(end.shown).toContainEqual(expect.stringContaining('::set-output name=digest::evil'));
    expect(end.commands.map(({ name }) => name)).not.toContain('set-output');
    expect(findEscapes(canaries, { ...visible(end), processes })).toEqual([]);
    const pushed = await pushedTexts(`team/${builder}`, end.outputs.get('digest') ?? '');
    expect(Object.keys(pushed).length).toBeGreaterThan(1);
    expect(findEscapes(canaries, pushed)).toEqual([]);
  });
});

test('a warning of BuildKit stands at its line of the Dockerfile', async () => {
  const end = await release('buildx', { dockerfile: `${plain}MAINTAINER ann\n`, inputs: { version: '4.0.0' } });
  expect(end.exitCode).toBe(0);
  const [warning] = end.commands.filter(({ name }) => name === 'warning');
  expect(warning?.properties).toMatchObject({ file: 'Dockerfile', line: '4' });
  expect(end.summary).toContain('### Warnings');
});

/** Every document of an image as it was pushed: index, manifests, configs and attestations. */
async function pushedTexts(repository: string, digest: string): Promise<Record<string, string>> {
  const read = async (path: string) =>
    (await registry.call({ path: `/v2/${repository}/${path}`, headers: { accept: '*/*' } })).text;
  const text = await read(`manifests/${digest}`);
  const { manifests = [], config, layers = [] } = JSON.parse(text);
  const children = await Promise.all(manifests.map((child: Described) => pushedTexts(repository, child.digest)));
  const documents = [config, ...layers].filter((one?: Described) => one?.mediaType.endsWith('json'));
  const blobs = await Promise.all(
    documents.map(async (one: Described) => [one.digest, await read(`blobs/${one.digest}`)]),
  );
  return Object.assign({ [digest]: text, ...Object.fromEntries(blobs) }, ...children);
}

interface Described {
  readonly digest: string;
  readonly mediaType: string;
}
