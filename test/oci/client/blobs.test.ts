/** Blobs read over the wire. */
import { describe, expect, it } from 'vitest';
import { IntegrityError } from '../../../errors/errors.ts';
import { app, blobOf, errorOf, openTestClient, textOf } from './fixture.ts';
import { openTranscript } from './transcript.ts';

const { descriptor, bytes } = blobOf('a layer of some length');
const path = `/v2/team/app/blobs/${descriptor.digest}`;

describe('hasBlob', () => {
  it.each([
    [200, true],
    [404, false],
  ])('takes %i for %s', async (status, expected) => {
    const server = await openTranscript([{ request: `HEAD ${path}`, status }]);
    expect(await openTestClient({ url: server.url }).repository(app).hasBlob(descriptor)).toBe(expected);
  });

  it('says nothing when the registry does not', async () => {
    const server = await openTranscript([{ request: `HEAD ${path}`, status: 403 }]);
    const error = await errorOf(openTestClient({ url: server.url }).repository(app).hasBlob(descriptor));
    expect(error).toMatchObject({ code: 'REGISTRY_DENIED', signedIn: true });
  });
});

describe('fetchBlob', () => {
  it('gives out the bytes', async () => {
    const server = await openTranscript([{ request: `GET ${path}`, answer: bytes }]);
    const blob = await openTestClient({ url: server.url }).repository(app).fetchBlob(descriptor);
    expect(await textOf(blob)).toBe('a layer of some length');
  });

  it('asks for bytes as they are, not compressed', async () => {
    const server = await openTranscript([
      { request: `GET ${path}`, with: { 'accept-encoding': 'identity' }, answer: bytes },
    ]);
    await textOf(await openTestClient({ url: server.url }).repository(app).fetchBlob(descriptor));
  });

  it('follows to storage on another origin, without the authorization', async () => {
    const storage = await openTranscript([
      { request: 'GET /bucket/1?sig=x', with: { authorization: undefined }, answer: bytes },
    ]);
    const server = await openTranscript([
      { request: `GET ${path}`, status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
      {
        request: `GET ${path}`,
        with: { authorization: 'Basic YTpi' },
        status: 307,
        headers: { location: `${storage.url}/bucket/1?sig=x` },
      },
    ]);
    const credentials = async () => ({ username: 'a', password: 'b' });
    const blob = await openTestClient({ url: server.url, credentials }).repository(app).fetchBlob(descriptor);
    expect(await textOf(blob)).toBe('a layer of some length');
  });

  it('says BLOB_UNKNOWN before anything is read', async () => {
    const server = await openTranscript([{ request: `GET ${path}`, status: 404, answer: '404 page not found' }]);
    const error = await errorOf(openTestClient({ url: server.url }).repository(app).fetchBlob(descriptor));
    expect(error).toMatchObject({ code: 'BLOB_UNKNOWN' });
  });

  it.each([
    ['wrong', 'a layer of wrong bytes'],
    ['short', 'a layer'],
    ['long', 'a layer of some length and more'],
  ])('fails in the reading when the bytes are %s', async (_, answer) => {
    const server = await openTranscript([{ request: `GET ${path}`, answer }]);
    const blob = await openTestClient({ url: server.url }).repository(app).fetchBlob(descriptor);
    expect(await errorOf(textOf(blob))).toBeInstanceOf(IntegrityError);
  });

  it('ends with the reason of the signal', async () => {
    const server = await openTranscript([{ request: `GET ${path}`, answer: bytes, stalls: 5 }]);
    const stop = new AbortController();
    const blob = await openTestClient({ url: server.url }).repository(app).fetchBlob(descriptor, stop.signal);
    const reading = errorOf(textOf(blob));
    stop.abort(new Error('enough'));
    expect((await reading).message).toBe('enough');
  });
});
