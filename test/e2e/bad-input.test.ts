/** Whatever is wrong: a stable code, the value, and the way out, on the command line, in the API and in the log alike. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openRegistryClient } from '../../oci/client/registry-client.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { imageOf, layerOf, pushAll } from '../oci/content.ts';
import { pickSteadyPort } from '../steady-port.ts';
import { expectLogged, wholeLog } from './logged.ts';
import { openScratchDirectory } from './scratch-directory.ts';
import { openServed, runCli, type Served } from './served.ts';

let served: Served;
beforeAll(async () => {
  served = await openServed({ env: wholeLog });
  await pushRelease(served, 'web', '1.0.0');
});
afterAll(() => served?.close());

async function pushRelease(at: Served, app: string, version: string): Promise<string> {
  const credentials = async () => ({ username: 'admin', password: at.token });
  const client = openRegistryClient({ url: at.registryUrl, credentials });
  const repository = client.repository(parseRepositoryName(`dev/${app}`));
  const layer = layerOf(version);
  const { manifest, config } = imageOf(JSON.stringify({ version }), [layer.descriptor]);
  await pushAll(repository, [layer, config]);
  await repository.pushTag(parseTag(version), manifest);
  await client.close();
  return manifest.descriptor.digest;
}

interface Case {
  readonly app?: string;
  readonly environment?: string;
  readonly words?: readonly string[];
  readonly body?: object;
  readonly code: string;
  readonly exitCode: number;
  readonly status: number;
  readonly named: string;
}

const cases: Readonly<Record<string, Case>> = {
  'an unknown app': { app: 'shop', code: 'APP_UNKNOWN', exitCode: 4, status: 404, named: 'shop' },
  'an unknown environment': { environment: 'qa', code: 'ENVIRONMENT_UNKNOWN', exitCode: 4, status: 404, named: 'qa' },
  'a version that is not upstream': {
    words: ['--version', '9.9.9'],
    body: { version: '9.9.9' },
    code: 'VERSION_NOT_UPSTREAM',
    exitCode: 4,
    status: 404,
    named: '9.9.9',
  },
  'a digest that is not upstream': {
    words: ['--digest', `sha256:${'0'.repeat(64)}`],
    body: { digest: `sha256:${'0'.repeat(64)}` },
    code: 'MANIFEST_UNKNOWN',
    exitCode: 4,
    status: 404,
    named: 'sha256:000',
  },
  'an environment with nothing upstream': {
    environment: 'production',
    code: 'NOTHING_CURRENT',
    exitCode: 4,
    status: 404,
    named: 'staging',
  },
};

describe.each(Object.entries(cases))('a promotion of %s', (_, wrong) => {
  const app = wrong.app ?? 'web';
  const environment = wrong.environment ?? 'staging';

  test('is refused on the command line', async () => {
    const { code, stderr } = await served.cli(['promote', app, environment, ...(wrong.words ?? []), '--yes']);
    expect(code).toBe(wrong.exitCode);
    expect(stderr).toContain(`error ${wrong.code}: `);
    expect(stderr).toContain(wrong.named);
    expect(stderr).toMatch(/way out: \S/);
  });

  test('is refused by the API', async () => {
    const { status, body } = await served.api(
      'POST',
      `/api/v1/apps/${app}/environments/${environment}/promotions`,
      wrong.body ?? {},
    );
    expect(status).toBe(wrong.status);
    expect(body).toMatchObject({ code: wrong.code, wayOut: expect.stringMatching(/\S/) });
    expect(body['detail']).toContain(wrong.named);
    const { requestId, wayOut } = body;
    await expectLogged(served, { requestId, code: wrong.code, detail: wrong.named, wayOut, level: 'info' });
  });
});

test.each([
  [['promote', 'web', 'staging', '--version', '1.0', '--yes'], 2, '1.0'],
  [['promote', 'web', 'staging', '--digest', 'sha256:1', '--yes'], 2, 'sha256:1'],
  [['tags', 'UPPER/case'], 2, 'UPPER/case'],
  [['copy', 'not a reference', 'oci:out'], 2, 'not a reference'],
  [['rollback', 'web', 'staging', '--reason', 'x', '--to', '3.0.0', '--yes'], 4, '3.0.0'],
])('%j exits %i and names the value', async (words, exitCode, named) => {
  const { code, stderr } = await served.cli(words);
  expect(code).toBe(exitCode);
  expect(stderr).toContain(named);
  expect(stderr).toMatch(/error [A-Z_]+: /);
});

test('a promotion to where it already is succeeds and changes nothing', async () => {
  await served.cliJson(['promote', 'web', 'staging', '--version', '1.0.0', '--yes']);
  const again = await served.cliJson(['promote', 'web', 'staging', '--version', '1.0.0', '--yes']);
  expect(again).toMatchObject({ changed: false });
  const { entries } = await served.cliJson(['history', 'web', 'staging']);
  expect(entries).toHaveLength(1);
});

test('a release whose content disappeared before it was copied fails, and the environment stays', async () => {
  const digest = await pushRelease(served, 'gone', '1.0.0');
  const { body } = await served.api('POST', '/api/v1/apps/gone/environments/staging/promotions', {
    version: '1.0.0',
    dryRun: true,
  });
  expect(body['plan']).toMatchObject({ to: digest });
  const layer = layerOf('1.0.0').descriptor.digest;
  const authorization = `Basic ${btoa(`admin:${served.token}`)}`;
  const remove = (headers: Readonly<Record<string, string>>) =>
    fetch(`${served.registryUrl}/v2/dev/gone/blobs/${layer}`, { method: 'DELETE', headers });
  expect((await remove({ authorization })).status).toBe(409);
  const gone = await remove({ authorization, 'registry-action-break-glass': 'it is to be missing' });
  expect(gone.status).toBe(202);
  const { code, stderr } = await served.cli(['promote', 'gone', 'staging', '--version', '1.0.0', '--yes']);
  expect(code).toBe(4);
  expect(stderr).toContain('BLOB_UNKNOWN');
  expect(stderr).toContain(layer);
  const err = { code: 'BLOB_UNKNOWN', message: layer, wayOut: 'push the image again' };
  await expectLogged(served, { lane: 'gone@staging', msg: 'promotion failed', level: 'warn', err });
  const { entries } = await served.cliJson(['history', 'gone', 'staging']);
  expect(entries).toEqual([]);
});

describe('registries that do not answer', () => {
  let away: Served;
  let port: number;
  const promotions = '/api/v1/apps/web/environments/staging/promotions';

  afterEach(() => away?.close());

  /** Dev is here or nowhere, staging is nowhere. */
  async function openAway(dev: 'embedded' | 'away'): Promise<void> {
    port = await pickSteadyPort();
    const here = await pickSteadyPort();
    const config = [
      'registries:',
      `  embedded: { url: "http://127.0.0.1:${here}" }`,
      `  away: { url: "http://127.0.0.1:${port}", auth: anonymous }`,
      'apps: { web: { repository: dev/web } }',
      'environments:',
      `  dev: { registry: ${dev}, repository: "{repository}" }`,
      '  staging: { registry: away, repository: "staging/{app}", from: dev }',
    ].join('\n');
    away = await openServed({ config, env: wholeLog, words: ['--registry-port', String(here)] });
  }

  test('upstream are named on the command line, in the API and in the log', async () => {
    await openAway('away');
    const { code, stderr } = await away.cli(['promote', 'web', 'staging', '--version', '1.0.0', '--yes']);
    expect(code).toBe(7);
    expect(stderr).toMatch(/error REGISTRY_UNREACHABLE: .*\nway out: \S/);
    expect(stderr).toContain(String(port));
    const { status, body } = await away.api('POST', promotions, { version: '1.0.0' });
    expect(status).toBe(504);
    expect(body).toMatchObject({ code: 'REGISTRY_UNREACHABLE', wayOut: expect.stringMatching(/\S/) });
    expect(body['detail']).toContain(String(port));
    const { requestId, wayOut } = body;
    await expectLogged(away, { requestId, code: 'REGISTRY_UNREACHABLE', detail: String(port), wayOut, level: 'warn' });
  });

  test('at the target put the promotion off: the command line says why, and again when its time is up', async () => {
    await openAway('embedded');
    await pushRelease(away, 'web', '1.0.0');
    const words = ['promote', 'web', 'staging', '--version', '1.0.0', '--yes', '--timeout', '30s'];
    const { code, stdout, stderr } = await away.cli([...words, '--json']);
    expect(code).toBe(12);
    const told = stderr.match(/^error REGISTRY_UNREACHABLE: .*\nway out: \S/gm);
    expect(told).toHaveLength(2);
    expect(told?.[0]).toContain(String(port));
    const { error, promotion } = JSON.parse(stdout);
    expect(error).toMatchObject({ code: 'REGISTRY_UNREACHABLE', message: expect.stringContaining(String(port)) });
    expect(error.wayOut).toMatch(/\S/);
    const { status, body } = await away.api('GET', `/api/v1/promotions/${promotion.id}`);
    expect([status, body['state']]).toEqual([200, 'waiting']);
    const err = { code: 'REGISTRY_UNREACHABLE', message: String(port), wayOut: error.wayOut };
    await expectLogged(away, { promotion: promotion.id, msg: 'promotion put off', level: 'warn', err });
  });
});

test('a Redis that does not answer stops the start, with its code', async () => {
  const port = await pickSteadyPort();
  const scratch = await openScratchDirectory('no-redis');
  try {
    const words = ['serve', '--api-port', '0', '--registry-port', '0'];
    const { code, stderr } = await runCli(words, scratch.path, { REDIS_URL: `redis://127.0.0.1:${port}` });
    expect(code).toBe(7);
    expect(stderr).toContain('REDIS_UNREACHABLE');
    expect(stderr).toContain(String(port));
  } finally {
    await scratch.close();
  }
});

test('a service that does not answer is named, with its code', async () => {
  const port = await pickSteadyPort();
  const { code, stderr } = await served.cli(['status'], {
    REGISTRY_ACTION_URL: `http://127.0.0.1:${port}`,
    REGISTRY_ACTION_TOKEN: 'x',
  });
  expect(code).toBe(7);
  expect(stderr).toContain(String(port));
});
