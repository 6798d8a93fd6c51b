/** The registries of a configuration: with which credentials and certificates their clients are opened. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import type { RegistryAuth, RegistryConfig } from '../../core/config.ts';
import { defaultEmbeddedConfig } from '../../core/embedded-config.ts';
import { openRegistries } from '../../service/open-registries.ts';
import { openAuthority } from '../oci/client/certificates.ts';
import { errorOf } from '../oci/client/fixture.ts';
import { listen, openTranscript } from '../oci/client/transcript.ts';

const authority = openAuthority();
afterAll(authority.close);

const basic = { 'www-authenticate': 'Basic realm="x"' };
const bearer = { 'www-authenticate': 'Bearer realm="{origin}/oauth2/token"' };

async function openDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'open-registries-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

/** The one registry, named `one`. */
async function open(settings: Partial<RegistryConfig>, environment: Readonly<Record<string, string>> = {}) {
  const defaults = { auth: { kind: 'anonymous' }, caFile: undefined, clientCertificate: undefined } as const;
  const one = {
    name: 'one',
    url: 'http://127.0.0.1:1',
    tokenService: undefined,
    storage: undefined,
    ...defaults,
    ...settings,
  };
  const nothing = { apps: {}, discover: undefined, environments: [], issuers: [], access: [] };
  const config = { ...nothing, registries: { one }, embedded: defaultEmbeddedConfig };
  const registries = await openRegistries(config, { environment, proxy: {}, serviceToken: undefined });
  onTestFinished(() => registries.close());
  return registries.client('one');
}

function basicOf(text: string): string {
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

describe('a registry of the configuration', () => {
  it('is shown the password that lies in its file now', async () => {
    const path = join(await openDirectory(), 'password');
    await writeFile(path, 'first\n');
    const server = await openTranscript([
      { request: 'GET /v2/', status: 401, headers: basic },
      { request: 'GET /v2/', with: { authorization: basicOf('AWS:first') } },
      { request: 'GET /v2/', with: { authorization: basicOf('AWS:first') }, status: 401, headers: basic },
      { request: 'GET /v2/', with: { authorization: basicOf('AWS:second') } },
    ]);
    const auth: RegistryAuth = { kind: 'password', username: 'AWS', password: { kind: 'file', path } };
    const client = await open({ url: server.url, auth });
    await client.ping();
    await writeFile(path, 'second\n');
    await client.ping();
  });

  it.each<[string, RegistryAuth]>([
    ['a password file', { kind: 'password', username: 'a', password: { kind: 'file', path: '/nowhere/password' } }],
    ['a variable', { kind: 'entra-token', token: { kind: 'env', variable: 'NOWHERE' } }],
  ])('is not opened without %s that it names', async (_, auth) => {
    expect(await errorOf(open({ auth }))).toMatchObject({ code: 'CREDENTIALS_INVALID' });
  });

  it('exchanges an access token of Microsoft Entra', async () => {
    const server = await openTranscript([
      { request: 'GET /v2/', status: 401, headers: bearer },
      { request: 'POST /oauth2/exchange', answer: '{"refresh_token":"r"}' },
      { request: 'POST /oauth2/token', answer: '{"access_token":"t"}' },
      { request: 'GET /v2/', with: { authorization: 'Bearer t' } },
    ]);
    const auth: RegistryAuth = { kind: 'entra-token', token: { kind: 'env', variable: 'ENTRA' } };
    await (await open({ url: server.url, auth }, { ENTRA: 'e' })).ping();
  });

  it('asks the helper of its cloud, on the PATH of the service', async () => {
    const directory = await openDirectory();
    const script = '#!/bin/sh\necho \'{"Username":"AWS","Secret":"pw"}\'\n';
    await writeFile(join(directory, 'docker-credential-ecr-login'), script, { mode: 0o755 });
    const server = await openTranscript([
      { request: 'GET /v2/', status: 401, headers: basic },
      { request: 'GET /v2/', with: { authorization: basicOf('AWS:pw') } },
    ]);
    await (await open({ url: server.url, auth: { kind: 'ecr' } }, { PATH: directory })).ping();
  });

  it('is shown what podman keeps for it', async () => {
    const directory = await openDirectory();
    const server = await openTranscript([
      { request: 'GET /v2/', status: 401, headers: basic },
      { request: 'GET /v2/', with: { authorization: basicOf('ann:pw') } },
    ]);
    const path = join(directory, 'auth.json');
    await writeFile(path, JSON.stringify({ auths: { [server.host]: { username: 'ann', password: 'pw' } } }));
    const auth: RegistryAuth = { kind: 'docker-config' };
    await (await open({ url: server.url, auth }, { REGISTRY_AUTH_FILE: path })).ping();
  });

  it('takes tokens from the service that is named for it', async () => {
    const tokens = await openTranscript([
      { request: 'GET /token', with: { authorization: basicOf('ann:pw') }, answer: '{"token":"t"}' },
    ]);
    const { port } = new URL(tokens.url);
    const headers = { 'www-authenticate': `Bearer realm="http://localhost:${port}/token"` };
    const server = await openTranscript([
      { request: 'GET /v2/', status: 401, headers },
      { request: 'GET /v2/', with: { authorization: 'Bearer t' } },
    ]);
    const auth: RegistryAuth = { kind: 'password', username: 'ann', password: { kind: 'env', variable: 'PW' } };
    await (await open({ url: server.url, auth, tokenService: `localhost:${port}` }, { PW: 'pw' })).ping();
  });

  it('is shown the certificate that is named for it', async () => {
    const directory = await openDirectory();
    const own = authority.issue();
    const files = { ca: authority.ca, cert: own.cert, key: own.key };
    for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
    const options = { ...authority.issue('IP:127.0.0.1'), ca: authority.ca, requestCert: true };
    const server = createServer(options, (_, response) => void response.end());
    const { port } = await listen(server);
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const client = await open({
      url: `https://127.0.0.1:${port}`,
      caFile: join(directory, 'ca'),
      clientCertificate: { certFile: join(directory, 'cert'), key: { kind: 'file', path: join(directory, 'key') } },
    });
    await client.ping();
  });
});
