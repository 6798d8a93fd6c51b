/** The command line of buildx, for everything that can be asked for. */
import { describe, expect, it } from 'vitest';
import { parsePlatformText } from '../../../../oci/spec/platform.ts';
import type { BuildRequest } from '../../../../release/builders/builder.ts';
import { type BuildxPlan, buildxWords } from '../../../../release/builders/buildx/buildx-words.ts';
import { codeOf } from '../../../oci/code-of.ts';
import { sampleRequest } from '../sample-request.ts';

const plan: BuildxPlan = {
  context: { place: '/src', file: undefined, isLocal: true },
  mounts: [],
  metadataFile: '/scratch/metadata.json',
  output: { kind: 'layout', directory: '/scratch/image' },
};

const two = ['linux/amd64', 'linux/arm64'].map(parsePlatformText);

function wordsOf(given: Partial<BuildRequest>, changed: Partial<BuildxPlan> = {}): readonly string[] {
  return buildxWords(sampleRequest(given), { ...plan, ...changed });
}

/** What follows each time that the option stands there. */
function valuesOf(option: string, words: readonly string[]): readonly (string | undefined)[] {
  return words.flatMap((word, at) => (word === option ? [words[at + 1]] : []));
}

describe('the words of a build by buildx', () => {
  it('are few when nothing is asked for', () => {
    expect(wordsOf({})).toEqual([
      ...['buildx', 'build', '--progress', 'plain', '--metadata-file', '/scratch/metadata.json'],
      ...['--output', 'type=oci,dest=/scratch/image,tar=false', '--provenance=mode=min', '--sbom=false', '/src'],
    ]);
  });

  it('say everything that is asked for', () => {
    const words = wordsOf(
      {
        builderInstance: 'remote',
        target: 'final',
        platforms: two,
        buildArgs: [{ name: 'A', value: 'x y' }],
        ssh: ['default', 'git=/key'],
        labels: [{ name: 'l', value: 'a=b' }],
        cache: { from: ['app:cache'], to: [], isOff: true, pull: true },
        attestations: { provenance: 'mode=max', sbom: 'true', placement: 'index' },
      },
      {
        context: { place: 'https://example.com/a.git#v1', file: 'sub/Dockerfile', isLocal: false },
        mounts: ['id=a,env=A'],
      },
    );
    expect(valuesOf('--builder', words)).toEqual(['remote']);
    expect(valuesOf('--file', words)).toEqual(['sub/Dockerfile']);
    expect(valuesOf('--target', words)).toEqual(['final']);
    expect(valuesOf('--platform', words)).toEqual(['linux/amd64,linux/arm64']);
    expect(valuesOf('--build-arg', words)).toEqual(['A=x y']);
    expect(valuesOf('--secret', words)).toEqual(['id=a,env=A']);
    expect(valuesOf('--ssh', words)).toEqual(['default', 'git=/key']);
    expect(valuesOf('--label', words)).toEqual(['l=a=b']);
    expect(valuesOf('--cache-from', words)).toEqual(['app:cache']);
    expect(words).toEqual(expect.arrayContaining(['--no-cache', '--pull', '--provenance=mode=max', '--sbom=true']));
    expect(words.at(-1)).toBe('https://example.com/a.git#v1');
  });

  it('date files when the image has a moment', () => {
    expect(valuesOf('--output', wordsOf({ createdAt: 1_700_000_000_000 }))).toEqual([
      'type=oci,dest=/scratch/image,tar=false,rewrite-timestamp=true',
    ]);
  });

  it('give the image to a daemon without attestations, which it would refuse', () => {
    const annotations = [{ name: 'a', value: 'b' }];
    const words = wordsOf({ annotations }, { output: { kind: 'daemon', name: 'own:1' } });
    expect(valuesOf('--output', words)).toEqual(['type=docker,name=own:1']);
    expect(words).toEqual(expect.arrayContaining(['--provenance=false', '--sbom=false']));
    expect(words).not.toContain('--annotation');
  });

  it('quote a directory with a comma', () => {
    const words = wordsOf({}, { output: { kind: 'layout', directory: '/a,"b"' } });
    expect(valuesOf('--output', words)).toEqual(['type=oci,"dest=/a,""b""",tar=false']);
  });

  it('make no attestations where these have no place', () => {
    const attestations = { provenance: undefined, sbom: undefined, placement: 'none' } as const;
    expect(wordsOf({ attestations })).toEqual(expect.arrayContaining(['--provenance=false', '--sbom=false']));
  });
});

describe('annotations', () => {
  const annotations = [
    { name: 'both', value: '1' },
    { name: 'index:above', value: '2' },
    { name: 'manifest:below', value: '3' },
  ];
  const none = { provenance: undefined, sbom: undefined, placement: 'none' } as const;

  it('go to manifests and index where BuildKit makes one', () => {
    const expected = ['manifest,index:both=1', 'index:above=2', 'manifest:below=3'];
    expect(valuesOf('--annotation', wordsOf({ annotations }))).toEqual(expected);
    expect(valuesOf('--annotation', wordsOf({ annotations, platforms: two, attestations: none }))).toEqual(expected);
  });

  it('go to the manifest alone where there is no index, which BuildKit would refuse', () => {
    const expected = ['manifest:both=1', 'manifest:below=3'];
    expect(valuesOf('--annotation', wordsOf({ annotations, attestations: none }))).toEqual(expected);
    const off = { provenance: 'false', sbom: undefined, placement: 'index' } as const;
    expect(valuesOf('--annotation', wordsOf({ annotations, attestations: off }))).toEqual(expected);
  });
});

describe('caches', () => {
  const writing = (...to: string[]) => wordsOf({ cache: { from: [], to, isOff: false, pull: false } });

  it.each([
    ['type=gha,mode=max', 'type=gha,mode=max,ignore-error=true'],
    ['type=registry,ref=app:cache', 'type=registry,ref=app:cache,ignore-error=true'],
    ['app:cache', 'type=registry,ref=app:cache,ignore-error=true'],
    ['type=gha,ignore-error=false', 'type=gha,ignore-error=false'],
    ['type=local,dest=/cache', 'type=local,dest=/cache'],
    ['type=inline', 'type=inline'],
  ])('%s are written as %s', (entry, written) => {
    expect(valuesOf('--cache-to', writing(entry))).toEqual([written]);
  });

  it.each(['type=gha,token=abc', 'type=s3,bucket=b,secret_access_key=abc', 'type=gha, ghtoken=abc'])(
    '%s are refused: the command line would tell the secret',
    async (entry) => {
      expect(await codeOf(() => writing(entry))).toBe('BUILD_INPUT_INVALID');
    },
  );
});
