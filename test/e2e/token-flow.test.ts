/** The clients that people have, and ours, by Docker's token flow: with a password, with a token of a CI system, and without either. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccessRule, defaultEvents } from '../../core/access-rule.ts';
import { parseRepositoryPattern } from '../../core/repository-pattern.ts';
import { openRegistryClient } from '../../oci/client/registry-client.ts';
import { copy } from '../../oci/copy/copy.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { openMemoryStore } from '../../oci/store/memory.ts';
import { issuedAt, type LocalIssuer, openLocalIssuer, testAudience } from '../identity/local-issuer.ts';
import { imageOf, layerOf, pushAll } from '../oci/content.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from '../registry/registry-under-test.ts';
import { type ClientWorld, clientNames, openClientWorld } from './clients/client-world.ts';
import { openServed } from './served.ts';
import { waitUntil } from './wait-until.ts';

const password = 'correct horse battery';
const user = 'ada';

let issuer: LocalIssuer;
let registry: RegistryUnderTest;
let world: ClientWorld;
let host: string;

const openRule: AccessRule = {
  ...{ number: 1, who: { kind: 'anonymous' }, may: ['pull'], in: [], apps: undefined },
  repositories: [parseRepositoryPattern('open/**')],
};

const jobRule: AccessRule = {
  ...{ number: 2, may: ['pull', 'push'], in: [], apps: undefined, repositories: [parseRepositoryPattern('jobs/**')] },
  who: {
    ...{ issuer: 'github', repository: 'acme/web', repositoryId: '456789', ownerId: '123456', events: defaultEvents },
    ...{ workflow: undefined, ref: 'refs/heads/main', environment: undefined, runner: undefined },
  },
};

beforeAll(async () => {
  issuer = await openLocalIssuer();
  const trusted = {
    name: 'github',
    issuer: issuer.url,
    audience: testAudience,
    keysFile: undefined,
    caFile: undefined,
  };
  const start = performance.now();
  registry = await openRegistryUnderTest({
    settings: { issuers: [trusted], rules: [openRule, jobRule] },
    // The issuer's tokens are of its own time.
    now: () => issuedAt * 1000 + Math.floor(performance.now() - start),
  });
  await registry.access.createUser({ name: user, password, role: 'pusher' });
  host = `127.0.0.1:${registry.port}`;
  world = await openClientWorld({ host, caFile: undefined });
  for (const name of clientNames) await world.client(name).trust();
});

afterAll(async () => {
  await world?.close();
  await registry?.close();
  await issuer?.close();
});

/** Requests that were answered since the count, at the path or below it, by status. */
function answeredSince(count: number, path: string): readonly number[] {
  return registry.events
    .slice(count)
    .flatMap((event) => (event.kind === 'answered' && event.path.startsWith(path) ? [event.status] : []));
}

/** Who was given content since the count; undefined for whoever had not even fetched a token. */
function actorsSince(count: number): ReadonlySet<string | undefined> {
  const asking = registry.events
    .slice(count)
    .flatMap((event) => (event.kind === 'answered' && event.status < 300 ? [event] : []));
  return new Set(asking.filter(({ path }) => path.startsWith('/v2/')).map(({ actor }) => actor));
}

const tokenPath = '/token';

test.each(clientNames)('%s signs in with a password, pushes and pulls with tokens that it fetched', async (name) => {
  const client = world.client(name);
  const before = registry.events.length;
  const signedIn = await client.login(user, password);
  expect([signedIn.code, signedIn.stderr]).toEqual([0, expect.not.stringMatching(/error/i)]);
  await client.push(`${host}/team/${name}:1.0.0`, `from-${name}`);
  expect(await client.pull(`${host}/team/${name}:1.0.0`)).toMatchObject({ code: 0, digest: expect.any(String) });
  expect(answeredSince(before, tokenPath)).toContain(200);
  expect(actorsSince(before)).toEqual(new Set([user]));
});

test('what one client pushed is given to anybody by a copy', async () => {
  await world.client('crane').copy(`${host}/team/crane:1.0.0`, `${host}/open/app:1.0.0`);
});

test.each(clientNames)('%s is refused where nobody has that name and password', async (name) => {
  const { code, stdout, stderr } = await world.client(name).login(`not-${name}`, password);
  expect([code === 0, `${stdout}${stderr}`]).toEqual([
    false,
    expect.stringMatching(/unauthorized|401|invalid username\/password/i),
  ]);
});

test.each(clientNames)('%s pulls without signing in what anybody may, and nothing else', async (name) => {
  const client = world.client(name);
  await client.logout().catch(() => undefined);
  const before = registry.events.length;
  expect(await client.pull(`${host}/open/app:1.0.0`)).toMatchObject({ code: 0, digest: expect.any(String) });
  // Some fetch a token for it, others are let in at once.
  expect([...actorsSince(before)].filter((actor) => actor !== undefined && actor !== 'anonymous')).toEqual([]);
  const refused = await client.pull(`${host}/team/crane:1.0.0`);
  expect([refused.code === 0, refused.stderr]).toEqual([
    false,
    expect.stringMatching(/unauthorized|denied|401|authentication required|credential not found/i),
  ]);
});

test.each(clientNames)('%s pushes with the token of a CI system as its password', async (name) => {
  const client = world.client(name);
  const before = registry.events.length;
  const signedIn = await client.login('oidc', await issuer.token({ exp: issuedAt + 600 }));
  expect([signedIn.code, signedIn.stderr]).toEqual([0, expect.not.stringMatching(/error/i)]);
  await client.push(`${host}/jobs/${name}:1.0.0`, `from-${name}`);
  expect(await client.pull(`${host}/jobs/${name}:1.0.0`)).toMatchObject({ code: 0, digest: expect.any(String) });
  expect(actorsSince(before)).toEqual(new Set(['github:acme/web']));
});

test('our own client pushes with a password and with a job’s token, and pulls without either', async () => {
  const layer = layerOf('a layer');
  const { manifest, config } = imageOf('{"architecture":"amd64"}', [layer.descriptor]);
  const source = openMemoryStore('source');
  await pushAll(source, [layer, config, manifest]);
  const open = (username: string, secret: string) =>
    openRegistryClient({ url: registry.url, credentials: async () => ({ username, password: secret }) });
  const before = registry.events.length;
  const ways = [
    [open(user, password), 'open/ours'],
    [open('oidc', await issuer.token()), 'jobs/ours'],
  ] as const;
  for (const [client, name] of ways) {
    const target = client.repository(parseRepositoryName(name));
    await copy(source, manifest.descriptor.digest, target, [parseTag('1.0.0')]);
    await client.close();
  }
  expect(actorsSince(before)).toEqual(new Set([user, 'github:acme/web']));
  const stranger = openRegistryClient({ url: registry.url });
  const pulled = openMemoryStore('pulled');
  await copy(stranger.repository(parseRepositoryName('open/ours')), manifest.descriptor.digest, pulled, []);
  expect(await pulled.resolve(manifest.descriptor.digest)).toMatchObject({ digest: manifest.descriptor.digest });
  await stranger.close();
});

test('a service promotes beside a registry whose tokens are at an address that it cannot reach', async () => {
  const served = await openServed({
    config: `
embedded: { url: https://registry.acme.example }
access: [{ who: anonymous, may: [pull], repositories: [dev/**] }]
`,
  });
  try {
    const client = openRegistryClient({
      url: served.registryUrl,
      credentials: async () => ({ username: 'admin', password: served.token }),
    });
    const layer = layerOf('a layer');
    const { manifest, config } = imageOf('{"architecture":"amd64"}', [layer.descriptor]);
    const source = openMemoryStore('source');
    await pushAll(source, [layer, config, manifest]);
    const target = client.repository(parseRepositoryName('dev/web'));
    await copy(source, manifest.descriptor.digest, target, [parseTag('1.0.0')]);
    await client.close();
    await waitUntil('dev follows', async () =>
      (await served.cli(['history', 'web', 'dev', '--json'])).stdout.includes('1.0.0'),
    );
    const promoted = await served.cli(['promote', 'web', 'staging', '--version', '1.0.0', '--yes']);
    expect([promoted.code, promoted.stdout]).toEqual([0, expect.stringContaining('promoted')]);
    const read = async (repository: string) => (await fetch(`${served.registryUrl}/v2/${repository}/tags/list`)).status;
    expect([await read('dev/web'), await read('staging/web')]).toEqual([200, 401]);
  } finally {
    await served.close();
  }
});

test('no secret is in an event', () => {
  expect(JSON.stringify(registry.events)).not.toMatch(/correct horse|eyJ/);
});
