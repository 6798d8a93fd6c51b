/** The command line of docker, and what docker refuses. */
import { describe, expect, it } from 'vitest';
import { parsePlatformText } from '../../../../oci/spec/platform.ts';
import type { BuildRequest } from '../../../../release/builders/builder.ts';
import { refuseForDocker } from '../../../../release/builders/docker/build-with-docker.ts';
import { dockerWords } from '../../../../release/builders/docker/docker-words.ts';
import { sampleRequest } from '../sample-request.ts';

const plan = {
  context: { place: '/src', file: '/src/sub/Dockerfile', isLocal: true },
  mounts: ['id=a,env=A'],
  name: 'own:1',
};

describe('the words of a build by docker', () => {
  it('say everything that is asked for', () => {
    const request = sampleRequest({
      target: 'final',
      platforms: [parsePlatformText('linux/arm64/v8')],
      buildArgs: [{ name: 'A', value: '1' }],
      ssh: ['default'],
      labels: [{ name: 'l', value: '2' }],
      cache: { from: ['app:latest'], to: [], isOff: true, pull: true },
    });
    expect(dockerWords(request, plan)).toEqual([
      ...[
        'build',
        '--tag',
        'own:1',
        '--file',
        '/src/sub/Dockerfile',
        '--target',
        'final',
        '--platform',
        'linux/arm64/v8',
      ],
      ...['--build-arg', 'A=1', '--secret', 'id=a,env=A', '--ssh', 'default', '--label', 'l=2'],
      ...['--cache-from', 'app:latest', '--no-cache', '--pull', '/src'],
    ]);
  });
});

describe('docker refuses', () => {
  it.each<[string, Partial<BuildRequest>]>([
    ['platforms', { platforms: ['linux/amd64', 'linux/arm64'].map(parsePlatformText) }],
    ['cache-to', { cache: { from: [], to: ['type=gha'], isOff: false, pull: false } }],
    ['builder-instance', { builderInstance: 'remote' }],
    ['provenance', { attestations: { provenance: 'true', sbom: undefined, placement: 'index' } }],
    ['sbom', { attestations: { provenance: 'false', sbom: 'true', placement: 'index' } }],
  ])('what it cannot do of %s', (setting, given) => {
    expect(refuseForDocker(sampleRequest(given))?.setting).toBe(setting);
  });

  it('nothing else', () => {
    const attestations = { provenance: 'false', sbom: undefined, placement: 'none' } as const;
    expect(refuseForDocker(sampleRequest({ attestations, loadAs: 'app:1' }))).toBeUndefined();
  });
});
