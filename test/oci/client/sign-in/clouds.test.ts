/** The registries of clouds: their helpers, and what they are then shown on the wire. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CloudRegistry, cloudCredentials } from '../../../../oci/client/sign-in/cloud-helper.ts';
import type { CredentialSource, Credentials } from '../../../../oci/client/sign-in/credentials.ts';
import { parseDigest } from '../../../../oci/spec/digest.ts';
import { app, errorOf, openTestClient, testTiming } from '../fixture.ts';
import { type Line, openTranscript } from '../transcript.ts';

/** The cloud's credentials where these helpers are installed, each with what its script prints. */
async function install(cloud: CloudRegistry, helpers: Readonly<Record<string, string>>): Promise<CredentialSource> {
  const directory = await mkdtemp(join(tmpdir(), 'clouds-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const [name, script] of Object.entries(helpers)) {
    await writeFile(join(directory, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return cloudCredentials(cloud, directory);
}

function prints(username: string, secret: string): string {
  return `echo '{"Username":"${username}","Secret":"${secret}"}'`;
}

function basicOf(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

const head = `HEAD /v2/team/app/blobs/sha256:${'0'.repeat(64)}`;
const blob = { mediaType: 'x', digest: parseDigest(`sha256:${'0'.repeat(64)}`), size: 1 };
const pull = 'service=registry.example&scope=repository%3Ateam%2Fapp%3Apull';
const bearer = { 'www-authenticate': 'Bearer realm="{origin}/oauth2/token",service="registry.example"' };

/** Asks for a blob of a registry that speaks these lines. */
async function look(lines: readonly Line[], credentials: CredentialSource): Promise<boolean> {
  const server = await openTranscript(lines);
  return await openTestClient({ url: server.url, credentials }, testTiming()).repository(app).hasBlob(blob);
}

describe('a helper', () => {
  it.each<[CloudRegistry, string]>([
    ['ecr', 'ecr-login'],
    ['gar', 'gcloud'],
    ['gar', 'gcr'],
    ['acr', 'acr-env'],
    ['acr', 'acr'],
  ])('of %s may be docker-credential-%s', async (cloud, name) => {
    const source = await install(cloud, { [name]: prints('AWS', 'pw') });
    expect(await source('registry.example')).toEqual({ username: 'AWS', password: 'pw' });
  });

  it.each<[CloudRegistry, string, string]>([
    ['ecr', 'docker-credential-ecr-login', 'aws ecr get-login-password'],
    ['gar', 'docker-credential-gcloud or docker-credential-gcr', 'oauth2accesstoken'],
    ['acr', 'docker-credential-acr-env or docker-credential-acr', 'entraToken'],
  ])('of %s that is not installed is named, with another way', async (cloud, programs, otherwise) => {
    const error = await errorOf((await install(cloud, {}))('registry.example'));
    expect(error).toMatchObject({ code: 'CREDENTIALS_INVALID', wayOut: expect.stringContaining(otherwise) });
    expect(error.message).toContain(programs);
  });

  it('that knows nothing is an error: going without is not what was asked for', async () => {
    const source = await install('ecr', { 'ecr-login': 'echo "credentials not found in native keychain"; exit 1' });
    expect(await errorOf(source('registry.example'))).toMatchObject({ code: 'CREDENTIALS_INVALID' });
  });

  it('is not started before a registry asks for something', async () => {
    const source = await install('ecr', { 'ecr-login': 'exit 9' });
    expect(await look([{ request: head, status: 404 }], source)).toBe(false);
  });

  it('is asked again when what it said has ended', async () => {
    // Each run of the helper has another process id.
    const source = await install('ecr', { 'ecr-login': `printf '{"Username":"AWS","Secret":"%s"}' $$` });
    const challenge = { 'www-authenticate': 'Basic realm="https://registry.example/",service="ecr.amazonaws.com"' };
    const server = await openTranscript([
      { request: head, status: 401, headers: challenge },
      { request: head },
      { request: head, status: 401, headers: challenge },
      { request: head },
    ]);
    const repository = openTestClient({ url: server.url, credentials: source }).repository(app);
    expect(await repository.hasBlob(blob)).toBe(true);
    expect(await repository.hasBlob(blob)).toBe(true);
    const shown = server.seen.map(({ headers }) => headers.authorization);
    expect(shown[2]).toBe(shown[1]);
    expect(shown[3]).not.toBe(shown[1]);
  });
});

describe('Elastic Container Registry', () => {
  it('is shown the password of the helper, without a token service', async () => {
    const challenge = { 'www-authenticate': 'Basic realm="https://registry.example/",service="ecr.amazonaws.com"' };
    const lines = [
      { request: head, status: 401, headers: challenge },
      { request: head, with: { authorization: basicOf('AWS', 'pw') } },
    ];
    expect(await look(lines, await install('ecr', { 'ecr-login': prints('AWS', 'pw') }))).toBe(true);
  });
});

describe('Artifact Registry', () => {
  const key = JSON.stringify({
    type: 'service_account',
    private_key: `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(1700)}\n`,
  });

  it.each<[string, string]>([
    ['oauth2accesstoken', 'ya29.token'],
    ['_json_key', key],
    ['_json_key_base64', Buffer.from(key).toString('base64')],
  ])('makes tokens for %s with a password', async (username, password) => {
    const lines = [
      { request: head, status: 401, headers: bearer },
      {
        request: `GET /oauth2/token?${pull}`,
        with: { authorization: basicOf(username, password) },
        answer: '{"token":"t1","expires_in":3600}',
      },
      { request: head, with: { authorization: 'Bearer t1' } },
    ];
    expect(await look(lines, async () => ({ username, password }))).toBe(true);
  });
});

describe('Azure Container Registry', () => {
  const tokenFor = (refreshToken: string): Line => ({
    request: 'POST /oauth2/token',
    with: { authorization: undefined, 'content-type': 'application/x-www-form-urlencoded' },
    body: `grant_type=refresh_token&client_id=registry-action&refresh_token=${refreshToken}&${pull}`,
    answer: '{"access_token":"t1"}',
  });
  const challenged = { request: head, status: 401, headers: bearer };
  const signedIn = { request: head, with: { authorization: 'Bearer t1' } };

  it('makes tokens for the refresh token of the helper, sent in a form', async () => {
    const source = await install('acr', { 'acr-env': prints('<token>', 'refresh-1') });
    expect(await look([challenged, tokenFor('refresh-1'), signedIn], source)).toBe(true);
  });

  it('exchanges an access token of Microsoft Entra for a refresh token first, at the registry itself', async () => {
    const server = await openTranscript([
      challenged,
      {
        request: 'POST /oauth2/exchange',
        with: { authorization: undefined },
        answer: '{"refresh_token":"refresh-2"}',
      },
      tokenFor('refresh-2'),
      signedIn,
    ]);
    const credentials = async (): Promise<Credentials> => ({ entraToken: 'entra+token' });
    expect(await openTestClient({ url: server.url, credentials }).repository(app).hasBlob(blob)).toBe(true);
    const service = encodeURIComponent(server.host);
    expect(server.seen[1]?.body).toBe(`grant_type=access_token&service=${service}&access_token=entra%2Btoken`);
  });

  it.each([
    ['is denied', { status: 401, answer: '{"errors":[{"code":"UNAUTHORIZED"}]}' }, 'REGISTRY_DENIED'],
    ['has no token', { answer: '{"access_token":"t"}' }, 'REGISTRY_ANSWER_INVALID'],
    ['points elsewhere', { status: 307, headers: { location: 'http://127.0.0.1:1/' } }, 'REGISTRY_REFUSED'],
  ])('fails when the exchange %s, and sends the access token nowhere else', async (_, answer, code) => {
    const lines = [challenged, { request: 'POST /oauth2/exchange', ...answer }];
    expect(await errorOf(look(lines, async () => ({ entraToken: 'entra' })))).toMatchObject({ code });
  });

  it('exchanges nothing where a challenge points to another site', async () => {
    const headers = { 'www-authenticate': 'Bearer realm="https://evil.test/oauth2/token"' };
    const source: CredentialSource = async () => ({ entraToken: 'entra' });
    expect(await errorOf(look([{ request: head, status: 401, headers }], source))).toMatchObject({
      code: 'REGISTRY_DENIED',
    });
  });
});
