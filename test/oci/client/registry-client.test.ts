/** The client as a whole. */
import { describe, expect, it } from 'vitest';
import { InputError, TransportError } from '../../../errors/errors.ts';
import { openRegistryClient } from '../../../oci/client/registry-client.ts';
import { app, blobOf, errorOf, openTestClient, testTiming } from './fixture.ts';
import { openTranscript } from './transcript.ts';

describe('a client', () => {
  it('asks nothing of the registry before it is used', async () => {
    const server = await openTranscript([]);
    const repository = openTestClient({ url: server.url }).repository(app);
    expect(repository.name).toBe(`${server.host}/team/app`);
    expect(server.connections()).toBe(0);
  });

  it('has every optional power', () => {
    const repository = openTestClient({ url: 'http://127.0.0.1:1' }).repository(app);
    expect([repository.mountBlob, repository.deleteTag, repository.deleteManifest]).not.toContain(undefined);
  });

  it('introduces itself by the name it is given', async () => {
    const server = await openTranscript([{ request: 'GET /v2/', with: { 'user-agent': 'registry-action/1.2.3' } }]);
    await openTestClient({ url: server.url, userAgent: 'registry-action/1.2.3' }).ping();
  });

  it('calls Docker Hub docker.io and finds its API', () => {
    const client = openTestClient({ url: 'https://docker.io' });
    expect(client.endpoint).toBe('https://registry-1.docker.io');
    expect(client.repository(app).name).toBe('docker.io/team/app');
  });

  it.each([
    'registry.example',
    'ftp://registry.example',
    'https://user:secret@registry.example',
    'https://registry.example/v2',
    'https://registry.example/?a',
    '',
  ])('is not opened for %j', (url) => {
    expect(() => openRegistryClient({ url })).toThrow(InputError);
  });

  it('ends its connections when it is closed', async () => {
    const { descriptor } = blobOf('a layer');
    const server = await openTranscript([
      { request: `HEAD /v2/team/app/blobs/${descriptor.digest}`, stalls: 'before' },
    ]);
    const timing = testTiming();
    const client = openTestClient({ url: server.url }, timing);
    const asking = errorOf(client.repository(app).hasBlob(descriptor));
    await expect.poll(() => server.seen).toHaveLength(1);
    await client.close();
    expect(await asking).toBeInstanceOf(TransportError);
    expect(timing.delays).toEqual([]);
  });
});

describe('ping', () => {
  it('is done when the registry answers', async () => {
    const server = await openTranscript([{ request: 'GET /v2/', answer: '{}' }]);
    await openTestClient({ url: server.url }).ping();
  });

  it('fails where there is no registry', async () => {
    const server = await openTranscript([{ request: 'GET /v2/', status: 404, answer: '<html>nginx</html>' }]);
    expect(await errorOf(openTestClient({ url: server.url }).ping())).toMatchObject({ code: 'REGISTRY_REFUSED' });
  });

  it('fails where nothing answers', async () => {
    expect(await errorOf(openTestClient({ url: 'http://127.0.0.1:1' }).ping())).toBeInstanceOf(TransportError);
  });
});
