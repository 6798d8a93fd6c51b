/** Blobs mounted from another repository. */
import { describe, expect, it } from 'vitest';
import { TransportError } from '../../../errors/errors.ts';
import { quirksOf } from '../../../oci/client/quirks.ts';
import type { RegistryClient } from '../../../oci/client/registry-client.ts';
import type { RepositoryPlace } from '../../../oci/copy/target.ts';
import { parseRepositoryName, type RepositoryName } from '../../../oci/spec/repository-name.ts';
import { app, blobOf, errorOf, openTestClient, streamOf, testTiming } from './fixture.ts';
import { openTranscript } from './transcript.ts';

const text = 'a layer of some length';
const { descriptor } = blobOf(text);
const other = parseRepositoryName('team/other');
const digest = encodeURIComponent(descriptor.digest);
const mount = `POST /v2/team/app/blobs/uploads/?mount=${digest}&from=team%2Fother`;
const begin = 'POST /v2/team/app/blobs/uploads/';

describe('mountBlob', () => {
  it('is done with a 201', async () => {
    const server = await openTranscript([{ request: mount, status: 201, headers: { location: '/v2/x' } }]);
    const client = openTestClient({ url: server.url });
    expect(await client.repository(app).mountBlob?.(descriptor, placeOf(client, other))).toBe(true);
  });

  it('keeps the session of a 202 for the push that follows, which needs no POST', async () => {
    const server = await openTranscript([
      { request: mount, status: 202, headers: { location: '/up/7?s=1' } },
      { request: `PUT /up/7?s=1&digest=${digest}`, body: text, status: 201 },
    ]);
    const client = openTestClient({ url: server.url });
    const target = client.repository(app);
    expect(await target.mountBlob?.(descriptor, placeOf(client, other))).toBe(false);
    await client.repository(app).pushBlob(descriptor, async () => streamOf(text));
  });

  it('cancels a session that no push came for when the client is closed', async () => {
    const server = await openTranscript([
      { request: mount, status: 202, headers: { location: '/up/7' } },
      { request: 'DELETE /up/7', status: 204 },
    ]);
    const client = openTestClient({ url: server.url });
    await client.repository(app).mountBlob?.(descriptor, placeOf(client, other));
    await client.close();
  });

  it('begins a new upload when the kept session has gone meanwhile', async () => {
    const server = await openTranscript([
      { request: mount, status: 202, headers: { location: '/up/7' } },
      { request: `PUT /up/7?digest=${digest}`, status: 404 },
      { request: `HEAD /v2/team/app/blobs/${descriptor.digest}`, status: 404 },
      { request: begin, status: 202, headers: { location: '/up/8' } },
      { request: `PUT /up/8?digest=${digest}`, status: 201 },
    ]);
    const client = openTestClient({ url: server.url });
    await client.repository(app).mountBlob?.(descriptor, placeOf(client, other));
    await client.repository(app).pushBlob(descriptor, async () => streamOf(text));
  });

  it.each([400, 401, 403, 404, 405, 501])('is a copy when the registry says %i', async (status) => {
    const repeated = status === 501 ? 5 : 1;
    const server = await openTranscript(Array.from({ length: repeated }, () => ({ request: mount, status })));
    const client = openTestClient({ url: server.url });
    expect(await client.repository(app).mountBlob?.(descriptor, placeOf(client, other))).toBe(false);
  });

  it('fails when there is no answer', async () => {
    const server = await openTranscript(
      Array.from({ length: 5 }, () => ({ request: mount, breaks: 'before' as const })),
    );
    const client = openTestClient({ url: server.url });
    const error = await errorOf(
      Promise.resolve(client.repository(app).mountBlob?.(descriptor, placeOf(client, other))),
    );
    expect(error).toBeInstanceOf(TransportError);
  });

  it('asks nothing for a source at another registry', async () => {
    const server = await openTranscript([]);
    const client = openTestClient({ url: server.url });
    const stranger = { registry: 'https://stranger.example', repository: other };
    expect(await client.repository(app).mountBlob?.(descriptor, stranger)).toBe(false);
  });

  it('names the registry of a source that is at another one of the family, and asks for no token for that', async () => {
    const across = `${mount}&origin=gcr.io`;
    const server = await openTranscript([
      { request: across, status: 401, headers: { 'www-authenticate': 'Bearer realm="{origin}/token",service="s"' } },
      { request: 'GET /token?service=s&scope=repository%3Ateam%2Fapp%3Apull%2Cpush', answer: '{"token":"t1"}' },
      { request: across, with: { authorization: 'Bearer t1' }, status: 201 },
    ]);
    const repository = openTestClient({
      url: server.url,
      quirksOf: () => quirksOf('europe-docker.pkg.dev'),
    }).repository(app);
    const { family = 'none' } = repository.place ?? {};
    const place = { registry: 'https://gcr.io', repository: other, family };
    expect(await repository.mountBlob?.(descriptor, place)).toBe(true);
  });

  it('asks for a token for both repositories at once', async () => {
    const server = await openTranscript([
      { request: mount, status: 401, headers: { 'www-authenticate': 'Bearer realm="{origin}/token",service="s"' } },
      {
        request:
          'GET /token?service=s&scope=repository%3Ateam%2Fapp%3Apull%2Cpush&scope=repository%3Ateam%2Fother%3Apull',
        answer: '{"token":"t1"}',
      },
      { request: mount, with: { authorization: 'Bearer t1' }, status: 201 },
    ]);
    const client = openTestClient({ url: server.url });
    expect(await client.repository(app).mountBlob?.(descriptor, placeOf(client, other))).toBe(true);
  });
});

describe('a refused mount', () => {
  const gone = parseRepositoryName('gone/base');
  const goneToo = parseRepositoryName('gone/other');
  const elsewhere = parseRepositoryName('team/elsewhere');
  const from = (source: string, target = 'team/app') =>
    `POST /v2/${target}/blobs/uploads/?mount=${digest}&from=${encodeURIComponent(source)}`;
  const mountAt = async (client: RegistryClient, source: RepositoryName, target = app) =>
    await client.repository(target).mountBlob?.(descriptor, placeOf(client, source));

  it.each([400, 401, 403])('with %i is about the project, and others are asked', async (status) => {
    const server = await openTranscript([
      { request: from('gone/base'), status },
      { request: from('team/other'), status: 201 },
    ]);
    const client = openTestClient({ url: server.url });
    for (const source of [gone, gone, goneToo]) expect(await mountAt(client, source)).toBe(false);
    expect(await mountAt(client, other)).toBe(true);
  });

  it('with 404 is about the two repositories', async () => {
    const server = await openTranscript([
      { request: from('gone/base'), status: 404 },
      { request: from('gone/other'), status: 201 },
      { request: from('gone/base', 'team/elsewhere'), status: 201 },
    ]);
    const client = openTestClient({ url: server.url });
    for (const source of [gone, gone]) expect(await mountAt(client, source)).toBe(false);
    expect(await mountAt(client, goneToo)).toBe(true);
    expect(await mountAt(client, gone, elsewhere)).toBe(true);
  });

  it('with 405 is about every mount', async () => {
    const server = await openTranscript([{ request: from('gone/base'), status: 405 }]);
    const client = openTestClient({ url: server.url });
    for (const source of [gone, other]) expect(await mountAt(client, source)).toBe(false);
  });

  it('is tried again when somebody may have changed permissions', async () => {
    const server = await openTranscript([
      { request: from('gone/base'), status: 403 },
      { request: from('gone/base'), status: 201 },
    ]);
    const timing = testTiming();
    const client = openTestClient({ url: server.url }, timing);
    expect(await mountAt(client, gone)).toBe(false);
    timing.advance(16 * 60_000);
    expect(await mountAt(client, gone)).toBe(true);
  });

  it('with 503 says nothing of the next', async () => {
    const busy = Array.from({ length: 5 }, () => ({ request: from('gone/base'), status: 503 }));
    const server = await openTranscript([...busy, { request: from('gone/base'), status: 201 }]);
    const client = openTestClient({ url: server.url });
    expect(await mountAt(client, gone)).toBe(false);
    expect(await mountAt(client, gone)).toBe(true);
  });
});

function placeOf(client: RegistryClient, repository: RepositoryName): RepositoryPlace {
  return { registry: client.endpoint, repository };
}
