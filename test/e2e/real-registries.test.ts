/** From a build to production and back, on real tools: the embedded registry upstream, a distribution registry as production. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseTag } from '../../oci/spec/tag.ts';
import { openLayout } from '../../oci/store/layout.ts';
import { imageOf, indexOf, layerOf, pushAll } from '../oci/content.ts';
import { pickSteadyPort } from '../steady-port.ts';
import { type ContainerTools, openContainerTools } from './container-tools.ts';
import { type Distribution, openDistribution } from './distribution.ts';
import { openScratchDirectory, type ScratchDirectory } from './scratch-directory.ts';
import { openServed, type Served } from './served.ts';
import { pushVersion } from './version-image.ts';
import { waitUntil } from './wait-until.ts';

let scratch: ScratchDirectory;
let tools: ContainerTools;
let production: Distribution;
let served: Served;
const digests: Record<string, string> = {};

beforeAll(async () => {
  scratch = await openScratchDirectory('real');
  tools = await openContainerTools(scratch.path);
  production = await openDistribution();
  const port = await pickSteadyPort();
  served = await openServed({
    words: ['--registry-port', String(port)],
    config: [
      'registries:',
      `  embedded: { url: "http://127.0.0.1:${port}" }`,
      `  prod: { url: "${production.url}", auth: anonymous }`,
      'discover: dev/',
      'environments:',
      '  dev: { registry: embedded, repository: "{repository}", follow: newest, goodAfter: 0s }',
      '  staging: { registry: embedded, repository: "staging/{app}", from: dev, goodAfter: 0s }',
      '  production: { registry: prod, repository: "production/{app}", from: staging, tier: production, goodAfter: 0s }',
      '',
    ].join('\n'),
  });
  const login = ['login', '--tls-verify=false', '--username', 'admin', '--password-stdin', served.registryHost];
  await tools.run('skopeo', login, served.token);
  for (const version of ['1.0.0', '1.1.0']) {
    digests[version] = await pushVersion(tools, scratch.path, `${served.registryHost}/dev/web`, version);
  }
});

afterAll(async () => {
  await served?.close();
  await production?.close();
  await tools?.close();
  await scratch?.close();
});

const productionHost = () => new URL(production.url).host;

/** What skopeo, from outside, finds under a tag or digest. */
async function inspected(image: string): Promise<string> {
  return tools.run('skopeo', ['inspect', '--tls-verify=false', '--format', '{{.Digest}}', `docker://${image}`]);
}

/** What the image says when podman has pulled and run it. */
async function runImage(image: string): Promise<string> {
  await tools.run('podman', ['pull', '--quiet', '--tls-verify=false', image]);
  return tools.run('podman', ['run', '--rm', '--network=none', image]);
}

async function promote(environment: string, version: string): Promise<void> {
  await served.cliJson(['promote', 'web', environment, '--version', version, '--yes']);
}

describe('a version', () => {
  test('goes from dev to staging to production as the digest that was pushed', async () => {
    await promote('staging', '1.0.0');
    await promote('production', '1.0.0');
    for (const image of [
      `${served.registryHost}/dev/web:1.0.0`,
      `${served.registryHost}/staging/web:staging`,
      `${productionHost()}/production/web:production`,
      `${productionHost()}/production/web:1.0.0`,
    ]) {
      expect(await inspected(image)).toBe(digests['1.0.0']);
    }
  });

  test('is pulled from production by its digest, and runs', async () => {
    expect(await runImage(`${productionHost()}/production/web@${digests['1.0.0']}`)).toBe('1.0.0');
  });

  test('leaves history and receipt beside it, which any tool can list', async () => {
    const listed = await tools.run('skopeo', [
      'list-tags',
      '--tls-verify=false',
      `docker://${productionHost()}/production/web`,
    ]);
    const history = `production-r000001-${digests['1.0.0']?.slice(7, 19)}`;
    expect(JSON.parse(listed).Tags).toEqual(
      expect.arrayContaining(['1.0.0', 'production', history, `${history}.receipt`]),
    );
  });

  test('that follows is current afterwards, and the first again after a rollback', async () => {
    await promote('staging', '1.1.0');
    await promote('production', '1.1.0');
    expect(await runImage(`${productionHost()}/production/web:production`)).toBe('1.1.0');

    await served.cliJson(['rollback', 'web', 'production', '--reason', 'broken', '--yes']);
    expect(await inspected(`${productionHost()}/production/web:production`)).toBe(digests['1.0.0']);
    expect(await runImage(`${productionHost()}/production/web:production`)).toBe('1.0.0');
  });

  test('the history tells it with who and why', async () => {
    const { entries } = await served.cliJson(['history', 'web', 'production']);
    expect(entries).toMatchObject([
      { number: 3, version: '1.0.0', kind: 'rollback', by: 'admin', reason: 'broken', current: true },
      { number: 2, version: '1.1.0', kind: 'promotion', quarantined: true },
      { number: 1, version: '1.0.0', kind: 'promotion' },
    ]);
  });
});

describe('the embedded registry', () => {
  test('refuses a wrong password', async () => {
    const words = ['login', '--tls-verify=false', '--username', 'admin', '--password-stdin', served.registryHost];
    expect(await tools.attempt('skopeo', words, 'wrong')).toMatchObject({ code: 1 });
  });

  test('refuses an anonymous push', async () => {
    const image = `docker://${served.registryHost}/dev/web:1.0.0`;
    const copy = ['copy', '--src-tls-verify=false', '--dest-tls-verify=false', '--dest-no-creds', image];
    const { code, stderr } = await tools.attempt('skopeo', [
      ...copy,
      `docker://${served.registryHost}/dev/stolen:1.0.0`,
    ]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/unauthorized|authentication required/i);
  });
});

test('an index of two platforms is promoted whole', async () => {
  const directory = join(scratch.path, 'layout');
  const layout = await openLayout(directory);
  const platforms = ['amd64', 'arm64'].map((architecture) => {
    const layer = layerOf(`for ${architecture}`);
    return { architecture, layer, ...imageOf(JSON.stringify({ os: 'linux', architecture }), [layer.descriptor]) };
  });
  const index = indexOf(
    platforms.map(({ architecture, manifest }) => ({
      ...manifest.descriptor,
      platform: { os: 'linux', architecture },
    })),
  );
  await pushAll(layout, [...platforms.flatMap(({ layer, config, manifest }) => [layer, config, manifest]), index]);
  await layout.pushTag(parseTag('2.0.0'), index);
  const name = `docker://${served.registryHost}/dev/multi:2.0.0`;
  await tools.run('skopeo', [
    'copy',
    '--all',
    '--preserve-digests',
    '--dest-tls-verify=false',
    `oci:${directory}:2.0.0`,
    name,
  ]);

  await waitUntil('dev follows', async () =>
    (await served.cli(['history', 'multi', 'dev', '--json'])).stdout.includes('2.0.0'),
  );
  for (const environment of ['staging', 'production']) {
    await served.cliJson(['promote', 'multi', environment, '--version', '2.0.0', '--yes']);
  }
  const raw = await tools.run('skopeo', [
    'inspect',
    '--raw',
    '--tls-verify=false',
    `docker://${productionHost()}/production/multi:production`,
  ]);
  expect(raw).toBe(new TextDecoder().decode(index.bytes));
  const all = ['copy', '--all', '--src-tls-verify=false', `docker://${productionHost()}/production/multi:production`];
  await tools.run('skopeo', [...all, `oci:${join(scratch.path, 'back')}:2.0.0`]);
});
