/** Registries that want to know who we are before they say a word. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { InputError } from '../../../../errors/errors.ts';
import type { ClientCertificate } from '../../../../oci/client/wire/tls-context.ts';
import { openAuthority } from '../certificates.ts';
import { app, blobOf, errorOf, openTestClient, testTiming, textOf } from '../fixture.ts';
import { listen } from '../transcript.ts';

const authority = openAuthority();
afterAll(authority.close);
const { ca } = authority;
const tls = authority.issue('IP:127.0.0.1');
const client: ClientCertificate = authority.issue();
const text = 'a layer of some length';
const { descriptor } = blobOf(text);

/** A server that says why it hangs up on a client, which Node's does not: as those written in Go do. */
async function openStrictServer(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'strict-server-'));
  const write = (name: string, content: string) => {
    writeFileSync(join(directory, name), content);
    return join(directory, name);
  };
  const files = ['-cert', write('cert', tls.cert), '-key', write('key', tls.key), '-CAfile', write('ca', ca)];
  const options = ['-accept', '127.0.0.1:0', '-Verify', '1', '-verify_return_error', '-www'];
  const server = spawn('openssl', ['s_server', ...options, ...files], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => {
    server.kill('SIGKILL');
    rmSync(directory, { recursive: true });
  });
  let said = '';
  server.stdout.on('data', (chunk) => {
    said += String(chunk);
  });
  // Not read to an end: a server whose output is closed ends at its next word.
  await expect.poll(() => said).toMatch(/^ACCEPT \S+$/m);
  return `https://${/^ACCEPT (\S+)$/m.exec(said)?.[1]}`;
}

/** Each request as `GET /v2/ by CN`; answered with a redirect where one is given, else with the text. */
async function openServer(asks: 'insists' | 'asks', location?: string) {
  const seen: string[] = [];
  const options = { ...tls, ca, requestCert: true, rejectUnauthorized: asks === 'insists' };
  const server = createServer(options, (request, response) => {
    const { CN = 'nobody' } = (request.socket as TLSSocket).getPeerCertificate().subject ?? {};
    seen.push(`${request.method} ${request.url} by ${String(CN)}`);
    if (location === undefined) response.end(text);
    else response.writeHead(307, { location }).end();
  });
  const { port } = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `https://127.0.0.1:${port}`, seen };
}

describe('a client certificate', () => {
  it('is shown to a registry that insists on one', async () => {
    const server = await openServer('insists');
    const registry = openTestClient({ url: server.url, ca, clientCertificate: client });
    await registry.ping();
    await registry.ping();
    expect(server.seen).toEqual(['GET /v2/ by somebody', 'GET /v2/ by somebody']);
  });

  it('is missed when there is none: the error names the way out, and nothing is tried again', async () => {
    const timing = testTiming();
    const error = await errorOf(openTestClient({ url: await openStrictServer(), ca }, timing).ping());
    expect(error).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      wayOut: expect.stringContaining('client certificate'),
    });
    expect(timing.delays).toEqual([]);
  });

  it('of another authority is refused in the same way', async () => {
    const stranger = openAuthority();
    const foreign = stranger.issue();
    stranger.close();
    const url = await openStrictServer();
    const error = await errorOf(openTestClient({ url, ca, clientCertificate: foreign }).ping());
    expect(error).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      wayOut: expect.stringContaining('client certificate'),
    });
  });

  it('is not shown to whom the registry redirects to, even when that asks for it', async () => {
    const storage = await openServer('asks');
    const server = await openServer('insists', `${storage.url}/blob`);
    const repository = openTestClient({ url: server.url, ca, clientCertificate: client }).repository(app);
    expect(await textOf(await repository.fetchBlob(descriptor))).toBe(text);
    expect(server.seen).toEqual([`GET /v2/team/app/blobs/${descriptor.digest} by somebody`]);
    expect(storage.seen).toEqual(['GET /blob by nobody']);
  });

  it.each([
    ['no certificate', { cert: 'nothing', key: client.key }],
    ['no key', { cert: client.cert, key: 'nothing' }],
    ['a broken certificate', { cert: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', key: client.key }],
    ['the key of another', { cert: client.cert, key: tls.key }],
  ])('that is %s is refused when the client is opened, and not repeated', (_, clientCertificate) => {
    const open = () => openTestClient({ url: 'https://registry.test', clientCertificate });
    expect(open).toThrow(InputError);
    expect(open).toThrow(/^(?!.*PRIVATE)client certificate/s);
  });
});
