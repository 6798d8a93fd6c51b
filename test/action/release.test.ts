/** Releases by the bundle, started as a runner starts it, on the embedded registry. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FakeService, openFakeService } from '../cli/fake-service.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from '../registry/registry-under-test.ts';
import { type FakeIdentity, openFakeIdentity } from './fake-identity.ts';
import { openSiteJob, type SiteJob } from './site-job.ts';
import { jobCommit, type StepEnd } from './step-process.ts';

let registry: RegistryUnderTest;
let job: SiteJob;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
});
afterAll(() => registry.close());
beforeEach(async () => {
  job = await openSiteJob(registry);
});
afterEach(() => job.close());

const otherCommit = 'fedcba9876543210fedcba9876543210fedcba98';
const absentHost = '127.0.0.1:9';

const jsonOutput = (end: StepEnd, name: string): unknown => JSON.parse(end.outputs.get(name) ?? 'null');
const annotationsOf = (end: StepEnd, kind: string) => end.commands.filter(({ name }) => name === kind);

describe('a version', () => {
  test('takes its exact tag and every rung, and is told in the outputs', async () => {
    const end = await job.release('1.2.3');
    expect(end.stderr).toBe('');
    expect(end.exitCode).toBe(0);
    const digest = end.outputs.get('digest');
    for (const tag of ['1.2.3', '1.2', '1', 'latest']) expect(await job.digestOf(tag)).toBe(digest);
    expect(end.outputs.get('tag-names')?.split('\n')).toEqual(
      expect.arrayContaining(['1.2.3', '1.2', '1', 'latest', `sha-${jobCommit.slice(0, 12)}`]),
    );
    expect(end.outputs.get('tags')).toContain(`${job.image}:1.2.3\n`);
    expect(end.outputs.get('version')).toBe('1.2.3');
    expect(end.outputs.get('reused')).toBe('false');
    expect(jsonOutput(end, 'subjects')).toEqual([{ name: job.image, digest }]);
    expect(jsonOutput(end, 'images')).toMatchObject([{ image: job.image, status: 'done', digest }]);
    expect(end.summary).toContain('**created**');
  });

  test('comes from the git tag when none is written', async () => {
    const end = await job.step({}, { env: { GITHUB_REF: 'refs/tags/v3.1.4' } });
    expect(end.outputs.get('version')).toBe('3.1.4');
  });

  test('that is published from this commit is adopted, not built anew', async () => {
    const first = await job.release('1.2.3');
    await writeFile(join(job.workspace, 'site', 'index.html'), 'something else');
    const second = await job.release('1.2.3');
    expect(second.exitCode).toBe(0);
    expect(second.outputs.get('digest')).toBe(first.outputs.get('digest'));
    expect(second.outputs.get('reused')).toBe('true');
    expect(jsonOutput(second, 'moved')).toEqual([]);
  });

  test('that is published from another commit is refused, and nothing moves', async () => {
    const first = await job.release('1.2.3');
    const second = await job.release('1.2.3', { env: { GITHUB_SHA: otherCommit } });
    expect(second.exitCode).toBe(1);
    expect(annotationsOf(second, 'error').map(({ value }) => value.split(':')[0])).toEqual(['VERSION_PUBLISHED']);
    expect(await job.digestOf('1.2.3')).toBe(first.outputs.get('digest'));
    expect(second.outputs.size).toBe(0);
    expect(second.summary).toContain('VERSION&#95;PUBLISHED');
  });

  test('moves the rungs that a lower one has', async () => {
    const first = await job.release('1.2.3');
    const second = await job.release('1.3.0', { content: 'second' });
    expect(jsonOutput(second, 'moved')).toContainEqual({
      image: job.image,
      tag: 'latest',
      from: first.outputs.get('digest'),
      to: second.outputs.get('digest'),
    });
    expect(await job.digestOf('1.2')).toBe(first.outputs.get('digest'));
    expect(second.summary).toContain(`**moved** from <code>${first.outputs.get('digest')?.slice(7, 19)}</code>`);
  });

  test('that is a backport leaves the rungs of higher ones alone, and says which', async () => {
    await job.release('1.9.0');
    const latest = await job.release('2.0.1', { content: 'second' });
    const backport = await job.release('1.9.1', { content: 'third' });
    expect(await job.digestOf('latest')).toBe(latest.outputs.get('digest'));
    expect(await job.digestOf('1')).toBe(backport.outputs.get('digest'));
    expect(jsonOutput(backport, 'held')).toEqual([
      { image: job.image, tag: 'latest', reason: 'higher-exists', at: '2.0.1' },
    ]);
    expect(backport.summary).toContain('held at 2.0.1: a higher version is there');
  });

  test('in a dry run is planned, and nothing is written', async () => {
    const end = await job.step({ version: '1.2.3', 'dry-run': 'true' });
    expect(end.exitCode).toBe(0);
    expect(end.outputs.get('tag-names')?.split('\n')).toEqual(expect.arrayContaining(['1.2.3', 'latest']));
    expect(await job.digestOf('1.2.3')).toBeUndefined();
    expect(end.summary).toContain('would be created');
  });
});

describe('several repositories', () => {
  test('have the same digest and the same tags', async () => {
    const second = `${job.image}-copy`;
    const end = await job.step({ version: '1.2.3', images: `${job.image}\n${second}` });
    expect(end.exitCode).toBe(0);
    expect(end.outputs.get('images-lines')?.split('\n')).toEqual([
      `${job.image}@${end.outputs.get('digest')}`,
      `${second}@${end.outputs.get('digest')}`,
    ]);
  });

  test('of which an optional one is away give a release that passes with a warning', async () => {
    const end = await job.step({ version: '1.2.3', 'optional-images': `${absentHost}/team/web` });
    expect(end.exitCode).toBe(0);
    expect(await job.digestOf('latest')).toBe(end.outputs.get('digest'));
    expect(annotationsOf(end, 'warning').map(({ value }) => value)).toContainEqual(
      expect.stringMatching(/^REGISTRY_UNREACHABLE: 127\.0\.0\.1:9\/team\/web/),
    );
    expect(jsonOutput(end, 'images')).toMatchObject([{ status: 'done' }, { status: 'failed', required: false }]);
  });

  test('of which a required one is away give a release that fails, and no floating tag moves', async () => {
    const end = await job.step({ version: '1.2.3', images: `${job.image}\n${absentHost}/team/web` });
    expect(end.exitCode).toBe(1);
    expect(annotationsOf(end, 'error').map(({ value }) => value.split(':')[0])).toContain('REGISTRY_UNREACHABLE');
    expect(await job.digestOf('latest')).toBeUndefined();
  });
});

describe('what is no version', () => {
  test('of a branch has its name and its commit', async () => {
    const end = await job.step(
      {},
      {
        env: { GITHUB_REF: 'refs/heads/main', GITHUB_REF_TYPE: 'branch' },
        event: { repository: { default_branch: 'main' } },
      },
    );
    expect(end.exitCode).toBe(0);
    expect(end.outputs.get('version')).toBe('');
    expect(await job.digestOf('edge')).toBe(end.outputs.get('digest'));
    expect(await job.digestOf('latest')).toBeUndefined();
  });

  test('of a pull request from a fork without credentials is built and not pushed, with a notice', async () => {
    const end = await job.step(
      { username: '', password: '' },
      {
        env: { GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF: 'refs/pull/12/merge', GITHUB_REF_TYPE: 'branch' },
        event: {
          number: 12,
          pull_request: {
            number: 12,
            head: { sha: otherCommit, repo: { full_name: 'mallory/web' } },
            base: { repo: { full_name: 'acme/web' } },
          },
        },
      },
    );
    expect(end.exitCode).toBe(0);
    expect(annotationsOf(end, 'notice').map(({ properties }) => properties['title'])).toEqual(['push-withheld']);
    expect(end.outputs.get('digest')).toMatch(/^sha256:/);
    expect(end.outputs.get('tags')).toBe('');
    expect(await job.digestOf('pr-12')).toBeUndefined();
  });
});

describe('images that are there', () => {
  test('are tagged by their digest', async () => {
    const pushed = await job.step({ 'by-digest': 'true' });
    expect(await job.digestOf('latest')).toBeUndefined();
    const end = await job.step({
      command: 'tag',
      version: '1.2.3',
      source: '',
      entrypoint: '',
      digest: pushed.outputs.get('digest') ?? '',
    });
    expect(end.exitCode).toBe(0);
    expect(await job.digestOf('latest')).toBe(pushed.outputs.get('digest'));
  });

  test('of a matrix are merged into one index', async () => {
    const pushed = [];
    for (const platforms of ['linux/amd64', 'linux/arm64']) {
      pushed.push((await job.step({ 'by-digest': 'true', platforms })).outputs.get('digest'));
    }
    const end = await job.step({
      command: 'merge',
      version: '1.2.3',
      source: '',
      entrypoint: '',
      sources: pushed.join(','),
    });
    expect(annotationsOf(end, 'error')).toEqual([]);
    expect(await job.digestOf('1.2.3')).toBe(end.outputs.get('digest'));
    expect(jsonOutput(end, 'platforms')).toEqual({ 'linux/amd64': pushed[0], 'linux/arm64': pushed[1] });
  });
});

describe('inputs', () => {
  test('that are wrong are told all at once, with their names, and nothing is done', async () => {
    const end = await job.step({
      version: '1.2',
      latest: 'sometimes',
      platforms: 'nonsense',
      'registry-auth': 'hunter2',
    });
    expect(end.exitCode).toBe(1);
    const [error, ...others] = annotationsOf(end, 'error');
    expect(others).toEqual([]);
    for (const name of ['version', 'latest', 'platforms', 'registry-auth']) expect(error?.value).toContain(`${name}: `);
    expect(error?.value).not.toContain('hunter2');
  });

  test('that the Action does not know are told, with the one that was meant', async () => {
    const end = await job.step({ version: '1.2.3', platform: 'linux/amd64' });
    expect(end.exitCode).toBe(1);
    expect(annotationsOf(end, 'error')[0]?.value).toContain('did you mean platforms');
  });

  test('that ask for no summary get none', async () => {
    const end = await job.step({ version: '1.2.3', summary: 'false' });
    expect(end.exitCode).toBe(0);
    expect(end.summary).toBe('');
  });
});

describe('a release that is to be promoted', () => {
  let identity: FakeIdentity;
  let service: FakeService;
  beforeEach(async () => {
    identity = await openFakeIdentity('token');
    service = await openFakeService({ token: 'token' });
  });
  afterEach(async () => {
    await service.close();
    await identity.close();
  });
  const promoteTo = (more: Readonly<Record<string, string>> = {}) =>
    job.step({ version: '1.2.3', 'promote-to': 'staging', 'service-url': service.url, ...more }, { env: identity.env });
  const submitted = () => service.seen.filter(({ method }) => method === 'POST');

  test('asks for the very digest that it pushed, under the name of the repository', async () => {
    const end = await promoteTo();
    expect(end.exitCode).toBe(0);
    expect(submitted().map(({ path, body }) => [path, body])).toEqual([
      [
        `/api/v1/apps/${job.image.split('/').at(-1)}/environments/staging/promotions`,
        { version: '1.2.3', digest: end.outputs.get('digest') },
      ],
    ]);
    expect(end.outputs.get('promotion-state')).toBe('promoted');
    expect(end.summary).toContain('**created**');
    expect(end.summary).toContain('**Promoted:');
  });

  test('asks for nothing when it failed, or was a dry run', async () => {
    await promoteTo({ 'dry-run': 'true' });
    await promoteTo({ images: `${job.image}\n${absentHost}/team/web` });
    expect(submitted()).toEqual([]);
  });
});

describe('what the step keeps for itself', () => {
  test('is gone when it ends, and later steps find nothing of it in their environment', async () => {
    const end = await job.release('1.2.3');
    expect(await readdir(job.temporary)).toEqual([]);
    expect(await readdir(job.home)).toEqual([]);
    expect(end.environment).toBe('');
    expect((await job.post(end)).exitCode).toBe(0);
  });

  test('is kept apart from that of another step of the job, and each removes its own', async () => {
    const other = `${job.image}-other`;
    const [one, two] = await Promise.all([job.release('1.2.3'), job.step({ version: '2.0.0', images: other })]);
    expect([one.exitCode, two.exitCode]).toEqual([0, 0]);
    expect(one.outputs.get('version')).toBe('1.2.3');
    expect(two.outputs.get('tags')?.split('\n')).toContain(`${other}:2.0.0`);
    expect(one.states.get('directory')).not.toBe(two.states.get('directory'));
    expect(await readdir(job.temporary)).toEqual([]);
  });

  test('is gone when it fails', async () => {
    await job.step({ version: '1.2.3', images: `${absentHost}/team/web` });
    expect(await readdir(job.temporary)).toEqual([]);
  });

  test('is removed by the post part when the main part was killed', async () => {
    const silence = await listenInSilence();
    try {
      const end = await job.step(
        { version: '1.2.3', images: `${silence.host}/team/web`, username: 'ci', password: 'hunter2-hunter2' },
        { onStart: (child) => void silence.connected.then(() => child.kill('SIGKILL')) },
      );
      expect(end.signal).toBe('SIGKILL');
      const [left = ''] = await readdir(job.temporary);
      const file = await readFile(join(job.temporary, left, 'credentials', 'config.json'), 'utf8');
      expect(file).toContain(Buffer.from('ci:hunter2-hunter2').toString('base64'));
      const post = await job.post(end);
      expect(post.exitCode).toBe(0);
      expect(await readdir(job.temporary)).toEqual([]);
    } finally {
      silence.server.close();
    }
  });

  test('is removed by the main part when the job is cancelled', async () => {
    const silence = await listenInSilence();
    try {
      const end = await job.step(
        { version: '1.2.3', images: `${silence.host}/team/web` },
        { onStart: (child) => void silence.connected.then(() => child.kill('SIGINT')) },
      );
      expect(end.exitCode).toBe(1);
      expect(annotationsOf(end, 'error').map(({ properties }) => properties['title'])).toEqual(['Cancelled']);
      expect(await readdir(job.temporary)).toEqual([]);
    } finally {
      silence.server.close();
    }
  });
});

/** Takes connections and says nothing. */
async function listenInSilence(): Promise<{
  readonly server: Server;
  readonly host: string;
  readonly connected: Promise<void>;
}> {
  const { promise: connected, resolve } = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => resolve());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { server, host: `127.0.0.1:${port}`, connected };
}
