/** Real builders: each builds an image that a registry takes, and that others pull by its digest and run. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../errors/errors.ts';
import { formatPlatform, parsePlatformText } from '../../oci/spec/platform.ts';
import type { BuildRequest } from '../../release/builders/builder.ts';
import { sampleRun } from '../release/builders/sample-request.ts';
import { type BuildWorld, openBuildWorld, readEverything, readManifest } from './build-world.ts';
import { dockerProgram } from './docker-daemon.ts';
import { leftProcesses } from './left-processes.ts';
import { writeImageContext } from './version-image.ts';
import { waitUntil } from './wait-until.ts';

let world: BuildWorld;
/** The context of the version image, and its Dockerfiles that do more. */
let context: string;

const noAttestations = { provenance: undefined, sbom: undefined, placement: 'none' } as const;
const two = ['linux/amd64', 'linux/arm64'].map(parsePlatformText);
const moment = 1_700_000_000_000;

/** Runs a program in the image; the one that every test image has. */
const run = (script: string) => JSON.stringify(['/bin/busybox', 'sh', '-c', script]);
const beginning = 'FROM scratch\nCOPY busybox /bin/busybox\n';

const secret = 'hush-hush';
/** The build knows the secret when it has it: by its digest, since what it runs stands in the image's history. */
const knows = `test "$(/bin/busybox sha256sum < /run/secrets/token)" = "${createHash('sha256').update(secret).digest('hex')}  -"`;

const files = {
  'secret.Dockerfile': `${beginning}RUN --mount=type=secret,id=token ${run(`${knows} && echo right > /seen`)}\n`,
  'failing.Dockerfile': `${beginning}RUN ${run('echo here it goes wrong; exit 7')}\n`,
  'endless.Dockerfile': `${beginning}RUN ${run('echo begun; exec /bin/busybox sleep 1000')}\n`,
  'old.Dockerfile': `${beginning}MAINTAINER somebody\n`,
};

beforeAll(async () => {
  world = await openBuildWorld();
  context = await writeImageContext(join(world.directory, 'context'), '1.2.3');
  for (const [name, text] of Object.entries(files)) await writeFile(join(context, name), text);
});
afterAll(() => world?.close());

/** A request to that builder; buildx has the instance of this test. */
function by(builder: BuildRequest['builder'], given: Partial<BuildRequest> = {}): Partial<BuildRequest> {
  const instance = builder === 'buildx' ? world.buildKit.instance : undefined;
  return { builder, builderInstance: instance, context, attestations: noAttestations, createdAt: moment, ...given };
}

const docker = (...words: string[]) => world.tools.run(dockerProgram, ['--host', world.daemon.host, ...words]);
const runByDocker = (reference: string) => docker('run', '--rm', '--network', 'none', reference);
const runByPodman = async (reference: string) => {
  await world.tools.run('podman', ['pull', '--quiet', '--tls-verify=false', reference]);
  return await world.tools.run('podman', ['run', '--rm', '--network=none', reference]);
};

const builders = ['buildx', 'docker', 'buildah', 'podman'] as const;
/** Those with which a RUN works here: the daemon of the tests has no network to run it in. */
const running = ['buildx', 'buildah', 'podman'] as const;

describe.each(builders)('%s', (builder) => {
  test('builds an image with labels and annotations, which docker pulls by its digest and runs', async () => {
    const labels = [{ name: 'org.opencontainers.image.revision', value: 'abc' }];
    const image = await world.build(by(builder, { labels, annotations: [{ name: 'a', value: 'b' }] }));
    expect(image.builder).toBe(builder);
    const reference = await world.push(image, `by/${builder}`);
    expect(await runByDocker(reference)).toBe('1.2.3');
    const inspected = await docker('image', 'inspect', '--format', '{{json .Config.Labels}}', reference);
    expect(JSON.parse(inspected)).toMatchObject({ 'org.opencontainers.image.revision': 'abc' });
    expect((await readManifest(image.source, image.root.digest)).annotations).toMatchObject({ a: 'b' });
  });

  test('says why a build fails, line by line and in the end', async () => {
    const isAble = builder !== 'docker';
    await writeFile(join(context, 'lacking.Dockerfile'), `${beginning}COPY not-there /\n`);
    const lines: string[] = [];
    const file = join(context, isAble ? 'failing.Dockerfile' : 'lacking.Dockerfile');
    const onOutput = (line: string) => lines.push(line);
    const error: unknown = await world.build(by(builder, { file }), { onOutput }).catch((thrown: unknown) => thrown);
    if (!(error instanceof InputError)) throw error;
    expect(error.code).toBe('BUILD_FAILED');
    const sign = isAble ? /here it goes wrong/ : /not-there/;
    expect(lines.join('\n')).toMatch(sign);
    expect(JSON.stringify(error.fields['lastLines'])).toMatch(sign);
    expect(error.message).toMatch(isAble ? /(exit code: |exit status )7/ : /not-there/);
  });
});

describe.each(running)('%s', (builder) => {
  test('gives a secret to the build, and to nobody else', async () => {
    const secrets = [{ id: 'token', kind: 'value', value: secret }] as const;
    const file = join(context, 'secret.Dockerfile');
    const image = await world.build(by(builder, { file, secrets }));
    const name = `secret/${builder}`;
    await world.push(image, name);
    const everything = await readEverything(world.repository(name), image.root.digest);
    // What the build wrote is there, so the secret would have been seen.
    expect(everything.includes('right\n')).toBe(true);
    expect(everything.includes(secret)).toBe(false);
  });

  test('builds the same digest again from the same files', async () => {
    const again = await writeImageContext(join(world.directory, `again-${builder}`), '1.2.3');
    const cache = { from: [], to: [], isOff: true, pull: false };
    const one = await world.build(by(builder, { cache }));
    const other = await world.build(by(builder, { cache, context: again }));
    expect(other.root).toEqual(one.root);
  });

  test('builds an index of several platforms, in their order, with annotations', async () => {
    const image = await world.build(by(builder, { platforms: two, annotations: [{ name: 'a', value: 'b' }] }));
    const index = await readManifest(image.source, image.root.digest);
    if (index.kind !== 'index') throw new Error('an index was expected');
    expect(index.manifests.map(({ platform }) => platform && formatPlatform(platform))).toEqual(
      two.map(formatPlatform),
    );
    expect(index.annotations).toMatchObject({ a: 'b' });
    const reference = await world.push(image, `platforms/${builder}`);
    expect(await runByPodman(reference)).toBe('1.2.3');
  });

  test('ends with all it has started when it is cancelled', async () => {
    const cancel = new AbortController();
    const reason = new Error('cancelled');
    const onOutput = (line: string) => {
      if (/begun$/.test(line)) cancel.abort(reason);
    };
    const building = world.build(by(builder, { file: join(context, 'endless.Dockerfile') }), {
      onOutput,
      signal: cancel.signal,
    });
    await expect(building).rejects.toBe(reason);
    const left = () => leftProcesses(world.directory).filter((line) => /sleep 1000|endless/.test(line));
    await waitUntil('what it started is gone', async () => left().length === 0).catch(() => undefined);
    expect(left()).toEqual([]);
  });
});

describe('an image that is to be loaded', () => {
  test('is in the storage of docker under its name, and any other is not', async () => {
    const list = async () =>
      (await docker('images', '--filter', 'dangling=false', '--format', '{{.Repository}}')).split('\n');
    const before = await list();
    await world.build(by('docker', { loadAs: 'example.com/loaded:1' }));
    expect(await runByDocker('example.com/loaded:1')).toBe('1.2.3');
    await world.build(by('docker'));
    expect((await list()).toSorted()).toEqual(['example.com/loaded', ...before].filter(Boolean).toSorted());
  });

  test('by buildx is in the storage of docker without its attestations, and has them elsewhere', async () => {
    const attestations = { provenance: 'mode=min', sbom: undefined, placement: 'index' } as const;
    const image = await world.build(by('buildx', { attestations, loadAs: 'example.com/loaded-by-buildx:1' }));
    expect(await runByDocker('example.com/loaded-by-buildx:1')).toBe('1.2.3');
    expect((await readManifest(image.source, image.root.digest)).kind).toBe('index');
  });

  test.each(['buildah', 'podman'] as const)('by %s is in its storage, for every platform', async (builder) => {
    const name = `localhost/loaded-${builder}`;
    await world.build(by(builder, { loadAs: `${name}:1`, platforms: two }));
    expect(await world.tools.run('podman', ['run', '--rm', '--network=none', `${name}:1-linux-amd64`])).toBe('1.2.3');
    const list = JSON.parse(await world.tools.run(builder, ['manifest', 'inspect', `${name}:1`]));
    expect(list.manifests).toHaveLength(2);
    const images = await world.tools.run(builder, ['images', '--format', '{{.Name}}']).catch(() => '');
    expect(images).not.toContain('registry-action-build');
  });
});

describe('buildx', () => {
  test('is taken by itself, warns with file and line, and leaves its attestations where they are asked for', async () => {
    const file = join(context, 'old.Dockerfile');
    const attestations = { provenance: undefined, sbom: undefined, placement: 'referrers' } as const;
    const given = { ...by('auto', { file, attestations }), builderInstance: world.buildKit.instance };
    const image = await world.build(given);
    expect(image.builder).toBe('buildx');
    expect(image.warnings).toMatchObject([
      { file: 'context/old.Dockerfile', line: 3, url: expect.stringContaining('http') },
    ]);
    await world.push(image, 'attested/buildx');
    expect((await readManifest(image.source, image.root.digest)).kind).toBe('image');
    const listing = await image.source.listReferrers?.(image.root.digest);
    expect(listing?.referrers).toMatchObject([{ artifactType: 'application/vnd.in-toto+json' }]);
    // With attestations of the moment beside it, the digest is that of an image without any.
    expect(image.root).toEqual((await world.build({ ...given, attestations: noAttestations })).root);
  });

  test('keeps attestations in the index where nothing else is asked for', async () => {
    const attestations = { provenance: 'mode=max', sbom: undefined, placement: 'index' } as const;
    const image = await world.build(by('buildx', { attestations }));
    const index = await readManifest(image.source, image.root.digest);
    expect(index).toMatchObject({
      kind: 'index',
      manifests: [{ platform: { os: 'linux' } }, { platform: { os: 'unknown' } }],
    });
    await world.push(image, 'index/buildx');
  });

  test('of several machines builds each platform where it belongs, and one index of all', async () => {
    const image = await world.build({ ...by('buildx', { platforms: two }), builderInstance: world.buildKit.twoNodes });
    expect(await readManifest(image.source, image.root.digest)).toMatchObject({
      manifests: two.map((platform) => ({ platform })),
    });
    expect(await runByPodman(await world.push(image, 'nodes/buildx'))).toBe('1.2.3');
  });

  test('takes an image out of a docker daemon that gives out no layouts', async () => {
    const image = await world.build({ ...by('buildx'), builderInstance: 'default' });
    expect(await runByDocker(await world.push(image, 'daemon/buildx'))).toBe('1.2.3');
  });
});

describe('without a builder', () => {
  test('images that were pushed by their digests are merged, and run', async () => {
    const parts = await Promise.all(two.map((platform) => world.build(by('buildx', { platforms: [platform] }))));
    const references: string[] = [];
    for (const part of parts) references.push(await world.push(part, 'merged/app'));
    const merged = await world.build({ builder: 'none', ready: { kind: 'merge', references } });
    expect(await runByPodman(await world.push(merged, 'merged/app'))).toBe('1.2.3');
  });

  test('plain files become an image that runs', async () => {
    const sampled = sampleRun({ entrypoint: ['/busybox'], cmd: ['cat', '/version'] });
    const ready = { kind: 'directory', directory: context, run: sampled } as const;
    const image = await world.build({ ready });
    expect(image.builder).toBe('none');
    expect(await runByDocker(await world.push(image, 'files/app'))).toBe('1.2.3');
  });

  test.each([
    ['docker-archive', 'docker-archive'],
    ['oci-archive', 'docker-archive'],
    ['oci-dir', 'layout'],
  ] as const)('what podman saves as %s is an image that runs', async (format, kind) => {
    const name = 'localhost/saved:1';
    await world.build(by('podman', { loadAs: name }));
    const path = join(world.directory, `saved-${format}`);
    await world.tools.run('podman', ['save', '--quiet', '--format', format, '--output', path, name]);
    const ready =
      kind === 'layout'
        ? ({ kind, directory: path, tagOrDigest: undefined } as const)
        : ({ kind, path, tag: undefined } as const);
    expect(await runByDocker(await world.push(await world.build({ ready }), `saved/${format}`))).toBe('1.2.3');
  });
});
