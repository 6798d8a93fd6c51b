/** The command lines of buildah and podman. */
import { describe, expect, it } from 'vitest';
import { parsePlatformText } from '../../../../oci/spec/platform.ts';
import { type BuildahPlan, buildahWords, takeOutWords } from '../../../../release/builders/buildah/buildah-words.ts';
import type { BuildRequest } from '../../../../release/builders/builder.ts';
import { codeOf } from '../../../oci/code-of.ts';
import { sampleRequest } from '../sample-request.ts';

const amd64 = parsePlatformText('linux/amd64');
const arm64 = parsePlatformText('linux/arm64');

function wordsOf(given: Partial<BuildRequest>, changed: Partial<BuildahPlan> = {}): readonly string[] {
  const context = { place: '/src', file: undefined, isLocal: true };
  return buildahWords(sampleRequest(given), { context, mounts: [], platform: undefined, name: 'own:1', ...changed });
}

const caching = (from: readonly string[], to: readonly string[]) => ({ from, to, isOff: false, pull: false });

describe('the words of a build by buildah or podman', () => {
  it('are few when nothing is asked for', () => {
    expect(wordsOf({})).toEqual(['build', '--format', 'oci', '--tag', 'own:1', '/src']);
  });

  it('say everything that is asked for, and of annotations what is for the image', () => {
    const request: Partial<BuildRequest> = {
      target: 'final',
      platforms: [arm64],
      buildArgs: [{ name: 'A', value: '1' }],
      ssh: ['default'],
      labels: [{ name: 'l', value: '2' }],
      annotations: [
        { name: 'a', value: '3' },
        { name: 'index:b', value: '4' },
        { name: 'manifest:c', value: '5' },
      ],
      createdAt: 1_700_000_000_999,
      cache: { from: [], to: [], isOff: true, pull: true },
    };
    const context = { place: '/src', file: '/Containerfile', isLocal: true };
    expect(wordsOf(request, { context, mounts: ['id=a,env=A'], platform: arm64 })).toEqual([
      ...['build', '--format', 'oci', '--tag', 'own:1', '--file', '/Containerfile', '--target', 'final'],
      ...['--platform', 'linux/arm64', '--build-arg', 'A=1', '--secret', 'id=a,env=A', '--ssh', 'default'],
      ...['--label', 'l=2', '--annotation', 'a=3', '--annotation', 'c=5', '--timestamp', '1700000000'],
      ...['--no-cache', '--pull=always', '/src'],
    ]);
  });

  it('share no layers between platforms', () => {
    expect(wordsOf({ platforms: [amd64, arm64] }, { platform: arm64 })).toContain('--layers=false');
  });

  it('name caches by their repository alone', () => {
    const words = wordsOf({ cache: caching(['example.com/cache'], ['type=registry,ref=example.com/cache,mode=max']) });
    expect(words).toEqual(
      expect.arrayContaining(['--layers', '--cache-from', 'example.com/cache', '--cache-to', 'example.com/cache']),
    );
  });

  it.each(['type=gha', 'type=local,dest=/cache', 'mode=max'])(
    'refuse the cache %s, which only BuildKit knows',
    async (entry) => {
      expect(await codeOf(() => wordsOf({ cache: caching([], [entry]) }))).toBe('BUILD_INPUT_INVALID');
    },
  );
});

describe('an image is taken out of the storage', () => {
  it('of buildah by pushing it, of podman by saving it, wherever podman works', () => {
    expect(takeOutWords('buildah', 'own:1', '/to')).toEqual(['push', '--quiet', '--format', 'oci', 'own:1', 'oci:/to']);
    expect(takeOutWords('podman', 'own:1', '/to')).toEqual([
      'save',
      '--quiet',
      '--format',
      'oci-dir',
      '--output',
      '/to',
      'own:1',
    ]);
  });
});
