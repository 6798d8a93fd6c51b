import { describe, expect, test } from 'vitest';
import { defaultLadderPolicy } from '../../../core/ladder-policy.ts';
import { imageLabels } from '../../../release/settings/image-labels.ts';
import { refusalOfPromise } from './expect-fault.ts';
import { commit, digest, onMain, type ReleaseCase, readRelease, type Written } from './release-case.ts';

const tag: ReleaseCase = { around: { ref: { kind: 'tag', name: 'v1.2.3' } } };
const oci = 'org.opencontainers.image';

describe('a release', () => {
  test('with one image named has a default for everything else', async () => {
    const { request, credentials, promotion, notices } = await readRelease({}, tag);
    expect({ credentials, promotion, notices }).toEqual({ credentials: [], promotion: undefined, notices: [] });
    const labels = [
      { name: `${oci}.created`, value: '2026-11-29T17:30:05Z' },
      { name: `${oci}.revision`, value: commit },
      { name: `${oci}.source`, value: 'https://github.com/acme/app' },
      { name: `${oci}.url`, value: 'https://github.com/acme/app' },
      { name: `${oci}.version`, value: '1.2.3' },
    ];
    expect(request).toEqual({
      images: [{ registry: 'ghcr.io', repository: 'acme/app', isRequired: true }],
      subject: {
        kind: 'version',
        version: { text: '1.2.3', major: 1, minor: 2, patch: 3, prerelease: [], build: [] },
        extraTags: ['sha-1a2b3c4d5e6f'],
      },
      revision: { commit, source: 'https://github.com/acme/app', committedAt: onMain.committedAt },
      policy: { ladder: defaultLadderPolicy, onExisting: 'refuse', isProtected: false, partial: 'refuse' },
      build: {
        builder: 'auto',
        builderInstance: undefined,
        context: '.',
        file: undefined,
        target: undefined,
        platforms: [],
        buildArgs: [],
        secrets: [],
        ssh: [],
        labels,
        annotations: labels,
        cache: { from: [], to: [], isOff: false, pull: false },
        attestations: { provenance: undefined, sbom: undefined, placement: 'index' },
        ready: undefined,
        createdAt: onMain.committedAt,
        loadAs: undefined,
      },
      effects: { push: true, load: false, dryRun: false },
    });
  });

  test('has what is written for the build', async () => {
    const { request, notices } = await readRelease({
      platforms: 'linux/amd64,linux/arm64/v8,linux/amd64',
      'build-args': 'A=1\nNPM_TOKEN=x',
      secrets: 'value=hunter2',
      'secret-envs': 'env=TOKEN',
      'secret-files': 'file=key.pem',
      ssh: 'default',
      'cache-from': 'type=gha,scope=a',
      'no-cache': 'true',
      provenance: 'mode=max',
      attestations: 'referrers',
      builder: 'buildx',
      load: 'true',
      'dry-run': 'true',
    });
    expect(request.build).toMatchObject({
      builder: 'buildx',
      platforms: [
        { os: 'linux', architecture: 'amd64' },
        { os: 'linux', architecture: 'arm64', variant: 'v8' },
      ],
      secrets: [
        { id: 'value', kind: 'value', value: 'hunter2' },
        { id: 'env', kind: 'env', variable: 'TOKEN' },
        { id: 'file', kind: 'file', path: 'key.pem' },
      ],
      ssh: ['default'],
      cache: { from: ['type=gha,scope=a'], isOff: true },
      attestations: { provenance: 'mode=max', placement: 'referrers' },
      loadAs: 'ghcr.io/acme/app:edge',
    });
    expect(request.effects).toEqual({ push: true, load: true, dryRun: true });
    expect(notices.map(({ code }) => code)).toEqual(['build-arg-readable']);
  });

  test('has the policy of its tags', async () => {
    const { request } = await readRelease({
      rungs: 'exact, minor',
      latest: '1.x',
      'channel-includes-stable': 'true',
      'reserved-channels': 'live',
      'tag-prefix': 'v',
      component: 'api',
      variant: 'alpine',
      variants: 'slim',
      'zero-major': 'true',
      'build-metadata': 'underscore',
      holds: 'api-latest-alpine at 1.4.1 until >1.4.2',
      yanked: 'v1.4.2, api-1.4.3',
      'on-existing': 'overwrite',
      protected: 'true',
      partial: 'allow',
    });
    expect(request.policy).toMatchObject({
      ladder: {
        naming: {
          component: 'api-',
          tagPrefix: 'v',
          variant: 'alpine',
          variants: ['slim', 'alpine'],
          buildMetadata: 'underscore',
        },
        rungs: ['minor'],
        zeroMajor: true,
        latest: { kind: 'range', range: '1.x' },
        channels: { includeStable: true, reserved: ['live'] },
        yanked: ['1.4.2', '1.4.3'],
        holds: [{ tag: 'api-latest-alpine', until: '>1.4.2' }],
      },
      onExisting: 'overwrite',
      isProtected: true,
      partial: 'allow',
    });
  });

  test('has required and optional images in their order, each once', async () => {
    const { request } = await readRelease({
      images: 'ghcr.io/Acme/App, acme/app',
      'optional-images': 'quay.io/acme/app\nghcr.io/acme/app',
    });
    expect(request.images.map(({ registry, repository, isRequired }) => [registry, repository, isRequired])).toEqual([
      ['ghcr.io', 'acme/app', true],
      ['docker.io', 'acme/app', true],
      ['quay.io', 'acme/app', false],
    ]);
  });

  test.each<[string, Written, string]>([
    ['oci:out', { source: 'oci:out' }, 'layout'],
    ['a digest', { source: `quay.io/acme/app@${digest}`, builder: 'none' }, 'digest'],
    ['plain files', { source: 'dir:dist', entrypoint: '/app', ports: '8080, 53/udp' }, 'directory'],
  ])('of what is there already (%s) builds nothing', async (_what, written, kind) => {
    const { request } = await readRelease(written);
    expect([request.build.builder, request.build.ready?.kind]).toEqual(['none', kind]);
  });
});

describe('the commit', () => {
  const other = 'f'.repeat(40);
  const git = (answers: Readonly<Record<string, string>>) => async (args: readonly string[]) => answers[args[0] ?? ''];

  test('that is written goes before that of the run, with its own time', async () => {
    const written = { revision: other.toUpperCase() };
    const known = await readRelease(written, { runGit: git({ show: '1000' }) });
    expect(known.request.revision).toMatchObject({ commit: other, committedAt: 1_000_000 });
    expect(known.request.build.createdAt).toBe(1_000_000);
    const unknown = await readRelease(written);
    expect(unknown.request.revision.committedAt).toBeUndefined();
  });

  test('that is checked out and is another one than the run’s is noticed, save in a pull request', async () => {
    const runGit = git({ 'rev-parse': other });
    const codes = async (written: Written, around: ReleaseCase['around'] = {}) =>
      (await readRelease(written, { around, runGit })).notices.map(({ code }) => code);
    expect(await codes({})).toEqual(['revision-differs']);
    expect(await codes({ revision: other })).toEqual([]);
    expect(await codes({ source: 'oci:out' })).toEqual([]);
    expect(await codes({}, { ref: { kind: 'pull-request', number: 12 } })).toEqual([]);
    expect(await codes({}, { commit: other })).toEqual([]);
  });

  test('that a label replaces is noticed', async () => {
    const { notices } = await readRelease({ labels: `${oci}.revision=abc` });
    expect(notices.map(({ code }) => code)).toEqual(['revision-label-replaced']);
  });
});

describe('labels', () => {
  const written = {
    labels: [
      { name: `${oci}.version`, value: 'mine' },
      { name: 'a', value: '1' },
      { name: 'a', value: '2' },
    ],
    annotations: [{ name: `index:${oci}.url`, value: 'https://acme.example' }],
  };
  const revision = { commit: undefined, source: 'ssh://git.example.com/app', committedAt: 1500 };

  test('that are written win, and annotations follow them', () => {
    const { labels, annotations } = imageLabels({ kind: 'ref', tags: [] }, revision, written);
    const expected = [
      [`${oci}.created`, '1970-01-01T00:00:01.500Z'],
      [`${oci}.source`, 'ssh://git.example.com/app'],
    ];
    expect(labels.map(({ name, value }) => [name, value])).toEqual([
      ...expected,
      [`${oci}.version`, 'mine'],
      ['a', '2'],
    ]);
    expect(annotations.map(({ name, value }) => [name, value])).toEqual([
      ...expected,
      [`index:${oci}.url`, 'https://acme.example'],
    ]);
  });
});

describe('a merge', () => {
  test('takes the digests of the first image, or of others', async () => {
    const { request } = await readRelease({
      command: 'merge',
      sources: `${digest}\nquay.io/acme/app@${digest}\n${digest}`,
      version: '1.2.3',
    });
    expect(request.build).toMatchObject({
      builder: 'none',
      ready: { kind: 'merge', references: [`ghcr.io/acme/app@${digest}`, `quay.io/acme/app@${digest}`] },
    });
    expect(request.effects.push).toBe(true);
  });
});

describe('a tag', () => {
  test.each([
    ['its digest', { digest }, { kind: 'digest', reference: `ghcr.io/acme/app@${digest}` }],
    ['a source', { source: 'oci:out:v1' }, { kind: 'layout', directory: 'out', tagOrDigest: 'v1' }],
  ])('takes the image by %s', async (_by, written, ready) => {
    const { request } = await readRelease({ command: 'tag', version: '1.2.3', ...written });
    expect([request.build.builder, request.build.ready]).toEqual(['none', ready]);
  });
});

describe('the promotion afterwards', () => {
  const service = { 'promote-to': 'staging', 'service-url': 'https://promotions.example.com/' };

  test('is of the version, to the app that the repository is called', async () => {
    const { promotion } = await readRelease({ ...service, reason: 'new', timeout: '90s' }, tag);
    expect(promotion).toEqual({
      kind: 'promote',
      service: { url: 'https://promotions.example.com', audience: 'https://promotions.example.com' },
      app: 'app',
      environment: 'staging',
      version: '1.2.3',
      digest: undefined,
      reason: 'new',
      dryRun: false,
      wait: true,
      timeoutMs: 90_000,
    });
  });

  test('has no version where there is none, and the app that is written', async () => {
    const { promotion } = await readRelease({ ...service, app: 'web' });
    expect([promotion?.app, promotion?.version]).toEqual(['web', undefined]);
  });
});

describe('a refusal', () => {
  test.each<[string, Written, readonly string[]]>([
    ['no image', { images: '' }, ['images']],
    ['only optional images', { images: '', 'optional-images': 'acme/app' }, ['images']],
    ['an image with a tag', { images: 'ghcr.io/acme/app:1' }, ['images']],
    ['a platform that is none', { platforms: 'linux' }, ['platforms']],
    ['a rung that is none', { rungs: 'exact, patch' }, ['rungs']],
    ['a range that is none', { latest: 'newest' }, ['latest']],
    ['a hold that is none', { holds: 'latest' }, ['holds']],
    ['a yanked version that is none', { yanked: '1.4' }, ['yanked']],
    ['a component that is none', { component: '1' }, ['component']],
    ['a variant that is none', { variant: '1' }, ['variant']],
    ['one of the variants that is none', { variants: 'alpine, 1' }, ['variants']],
    ['a commit that is cut off', { revision: '1a2b3c4' }, ['revision']],
    ['a secret that is given twice', { secrets: 'a=1', 'secret-envs': 'a=A' }, ['secrets']],
    ['a line of a secret without quotes', { secrets: 'a=-----BEGIN KEY-----\nabc/def==' }, ['secrets']],
    ['builder none without a source', { builder: 'none' }, ['source']],
    ['a source for another builder', { builder: 'docker', source: 'oci:out' }, ['source']],
    ['an entry point without plain files', { entrypoint: '/app' }, ['entrypoint']],
    ['a port that is none', { source: 'dir:dist', ports: '0, 80' }, ['ports']],
    ['a merge of nothing', { command: 'merge' }, ['sources']],
    ['a merge of tags', { command: 'merge', sources: 'ghcr.io/acme/app:1' }, ['sources']],
    ['a tag for nothing', { command: 'tag' }, ['digest']],
    ['a tag for two things', { command: 'tag', digest, source: 'oci:out' }, ['digest']],
    ['a digest that is none', { command: 'tag', digest: 'sha256:abc' }, ['digest']],
    ['a promotion without a service', { 'promote-to': 'staging' }, ['service-url']],
    [
      'much at once',
      { push: 'yes', images: 'app', platforms: 'linux, windows', version: '1.2', holds: 'x', username: 'acme' },
      ['push', 'images', 'holds', 'version', 'password', 'platforms'],
    ],
  ])('of %s names the settings', async (_of, written, settings) => {
    const error = await refusalOfPromise(readRelease(written));
    expect(error.fields['settings']).toEqual(settings);
    expect(error.wayOut).not.toBe('');
  });

  test('of several settings has a line for each value', async () => {
    const { fields, message } = await refusalOfPromise(readRelease({ platforms: 'linux, windows', version: '1.2' }));
    expect(fields['faults']).toHaveLength(3);
    for (const value of ['"linux"', '"windows"', '"1.2"']) expect(message).toContain(value);
  });

  test('never tells a line of a secret', async () => {
    const error = await refusalOfPromise(readRelease({ secrets: 'a=b\nhun/ter2=\nhun/ter3=\n' }));
    expect(JSON.stringify([error.message, error.wayOut, error.fields])).not.toMatch(/ter[23]/);
  });

  test('of a command that releases nothing says so', async () => {
    await refusalOfPromise(readRelease({ command: 'status' }));
  });
});
