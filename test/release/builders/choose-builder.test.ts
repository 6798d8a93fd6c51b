/** Which builder is taken, on machines that have this or that. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../../errors/errors.ts';
import { parsePlatformText } from '../../../oci/spec/platform.ts';
import type { BuildRequest } from '../../../release/builders/builder.ts';
import { chooseBuilder } from '../../../release/builders/choose-builder.ts';
import { codeOf } from '../../oci/code-of.ts';
import { dockerScript, inspected, openFakeTools } from './fake-tools.ts';
import { sampleParts, sampleRequest } from './sample-request.ts';
import { openTestDirectory, type TestDirectory } from './test-directory.ts';

let directory: TestDirectory;
beforeEach(async () => {
  directory = await openTestDirectory();
});
afterEach(() => directory.close());

/** Chooses on a machine that has the tools. */
async function choose(tools: Readonly<Record<string, string>>, given: Partial<BuildRequest> = {}) {
  const { path } = await openFakeTools(directory.path, tools);
  return await chooseBuilder(sampleRequest(given), sampleParts(directory.path, { env: { PATH: path } }));
}

const works = 'echo "version 1"';
const broken = 'echo "Error: no permission" >&2; exit 125';
const images = '[["driver-type","io.containerd.snapshotter.v1"]]';
const two = ['linux/amd64', 'linux/arm64'].map(parsePlatformText);
const everything = {
  docker: dockerScript({ buildx: inspected('docker-container', 'inactive'), daemon: true }),
  buildah: works,
  podman: works,
};

describe('the builder that is taken by itself', () => {
  it.each([
    ['buildx where it has an instance', everything, 'buildx'],
    ['buildx on a daemon', { docker: dockerScript({ buildx: inspected('docker'), daemon: true }) }, 'buildx'],
    ['buildx on a machine of others', { docker: dockerScript({ buildx: inspected('remote') }) }, 'buildx'],
    ['docker where buildx is missing', { docker: dockerScript({ daemon: true }), buildah: works }, 'docker'],
    [
      'buildah where the instance is on a machine that does not answer',
      { docker: dockerScript({ buildx: inspected('remote', 'inactive') }), buildah: works },
      'buildah',
    ],
    [
      'buildah where no docker daemon runs',
      {
        docker: dockerScript({ buildx: 'Name: default\\nDriver: \\nError: no daemon\\n' }),
        buildah: works,
        podman: works,
      },
      'buildah',
    ],
    ['podman where nothing else works', { docker: broken, buildah: broken, podman: works }, 'podman'],
  ])('is %s', async (_, tools, name) => {
    expect((await choose(tools)).name).toBe(name);
  });

  it('is none for an image that is there already, whatever else is here', async () => {
    const ready = { kind: 'digest', reference: 'example.com/app' } as const;
    expect((await choose(everything, { ready })).name).toBe('none');
    expect((await choose({}, { ready })).name).toBe('none');
  });

  it('is missing where nothing works, and the error says what was looked for and why it is not', async () => {
    const error: unknown = await choose({ podman: broken }).catch((thrown: unknown) => thrown);
    if (!(error instanceof InputError)) throw error;
    expect(error.code).toBe('BUILDER_MISSING');
    expect(error.message).toBe(
      'no builder works here; looked for buildx, docker, buildah, podman: there is no program docker; ' +
        'there is no program buildah; podman: no permission',
    );
    expect(error.wayOut).toContain('source');
  });
});

describe('a request that not every builder can carry out', () => {
  const oldDaemon = dockerScript({ buildx: inspected('docker'), daemon: true });
  const newDaemon = dockerScript({ buildx: inspected('docker'), daemon: true, storage: images });

  it('for several platforms goes to the first that can', async () => {
    expect((await choose({ docker: oldDaemon, buildah: works }, { platforms: two })).name).toBe('buildah');
    expect((await choose({ docker: newDaemon, buildah: works }, { platforms: two })).name).toBe('buildx');
    expect((await choose(everything, { platforms: two })).name).toBe('buildx');
  });

  it('for attestations goes to a buildx that can', async () => {
    const attestations = { provenance: 'mode=max', sbom: undefined, placement: 'index' } as const;
    expect((await choose(everything, { attestations })).name).toBe('buildx');
    expect(await codeOf(() => choose({ docker: oldDaemon, buildah: works }, { attestations }))).toBe(
      'BUILD_INPUT_INVALID',
    );
  });

  it('is refused in the words of the first that works when none can', async () => {
    const error: unknown = await choose({ docker: oldDaemon }, { platforms: two }).catch((thrown: unknown) => thrown);
    if (!(error instanceof InputError)) throw error;
    expect(error.code).toBe('BUILD_INPUT_INVALID');
    expect(error.message).toBe('platforms: buildx does not build for several platforms on this docker daemon');
  });

  it('for attestations that have no place is refused', async () => {
    const attestations = { provenance: 'true', sbom: undefined, placement: 'none' } as const;
    expect(await codeOf(() => choose({ docker: oldDaemon }, { attestations }))).toBe('BUILD_INPUT_INVALID');
  });

  it('to load what several nodes built for several platforms is refused', async () => {
    const docker = dockerScript({ buildx: inspected('remote', 'running', 2), daemon: true });
    const loading = { builder: 'buildx', loadAs: 'app:1' } as const;
    expect(await codeOf(() => choose({ docker }, { ...loading, platforms: two }))).toBe('BUILD_INPUT_INVALID');
    expect((await choose({ docker }, loading)).name).toBe('buildx');
  });
});

describe('the builder that is named', () => {
  it('is taken where it works', async () => {
    expect((await choose(everything, { builder: 'podman' })).name).toBe('podman');
    expect((await choose({}, { builder: 'none' })).name).toBe('none');
  });

  it.each(['buildx', 'docker', 'buildah', 'podman'] as const)('%s is missing where it does not', async (builder) => {
    expect(await codeOf(() => choose({}, { builder }))).toBe('BUILDER_MISSING');
  });

  it('takes no image that is there already', async () => {
    const ready = { kind: 'digest', reference: 'example.com/app' } as const;
    expect(await codeOf(() => choose(everything, { builder: 'buildx', ready }))).toBe('BUILD_INPUT_INVALID');
  });
});
