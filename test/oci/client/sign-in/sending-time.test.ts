/** Tokens that would end while a blob is on its way. */
import { describe, expect, it } from 'vitest';
import { sendingMs } from '../../../../oci/client/sign-in/sending-time.ts';
import { digestOf } from '../../../../oci/hash.ts';
import { mediaTypes } from '../../../../oci/spec/media-type.ts';
import { app, openTestClient, streamOf, testTiming } from '../fixture.ts';
import { openTranscript } from '../transcript.ts';

describe('the time that bytes take', () => {
  it.each([
    [0, 0],
    [1, 1],
    [100 * 1024 * 1024, 51_200],
    [1024 ** 5, 3_600_000],
  ])('of %i is taken to be %i ms', (sizeBytes, ms) => expect(sendingMs(sizeBytes)).toBe(ms));
});

describe('a blob', () => {
  /** Takes half a second at the assumed rate. */
  const bytes = Buffer.alloc(1000 * 1024, 'x');
  const descriptor = { mediaType: mediaTypes.ociLayer, digest: digestOf(bytes), size: bytes.length };
  const begin = 'POST /v2/team/app/blobs/uploads/';
  const commit = `PUT /up/1?digest=${encodeURIComponent(descriptor.digest)}`;
  const token = 'GET /token?scope=repository%3Ateam%2Fapp%3Apull%2Cpush';
  const session = { status: 202, headers: { location: '/up/1' } };
  const signIn = [
    { request: begin, status: 401, headers: { 'www-authenticate': 'Bearer realm="{origin}/token"' } },
    { request: token, answer: '{"token":"t1","expires_in":60}' },
  ];

  it('is sent with a new token when the one in hand would end on the way, after the session is open', async () => {
    const gate = Promise.withResolvers<void>();
    const server = await openTranscript([
      ...signIn,
      { request: begin, with: { authorization: 'Bearer t1' }, ...session, after: gate.promise },
      { request: token, answer: '{"token":"t2","expires_in":60}' },
      { request: commit, with: { authorization: 'Bearer t2' }, status: 201 },
    ]);
    const timing = testTiming();
    const pushing = openTestClient({ url: server.url }, timing)
      .repository(app)
      .pushBlob(descriptor, async () => streamOf(bytes));
    await expect.poll(() => server.seen.length).toBe(3);
    // Less the margin it is good for 300 ms more: for any other request, but not for this one.
    timing.advance(53_700);
    gate.resolve();
    await pushing;
  });

  it('is sent with the token in hand when that lasts', async () => {
    const server = await openTranscript([
      ...signIn,
      { request: begin, with: { authorization: 'Bearer t1' }, ...session },
      { request: commit, with: { authorization: 'Bearer t1' }, status: 201 },
    ]);
    await openTestClient({ url: server.url })
      .repository(app)
      .pushBlob(descriptor, async () => streamOf(bytes));
  });

  it('is sent with a new token when the one in hand ended while it waited for its turn', async () => {
    const server = await openTranscript([
      ...signIn,
      { request: begin, with: { authorization: 'Bearer t1' }, ...session },
      { request: token, answer: '{"token":"t2","expires_in":60}' },
      { request: commit, with: { authorization: 'Bearer t2' }, status: 201 },
    ]);
    const timing = testTiming();
    const turns: string[] = [];
    const budget = {
      note: () => {},
      async take(requestClass: string) {
        turns.push(requestClass);
        if (turns.length === 3) timing.advance(120_000);
      },
    };
    await openTestClient({ url: server.url, budget }, timing)
      .repository(app)
      .pushBlob(descriptor, async () => streamOf(bytes));
    expect(turns).toEqual(['write', 'write', 'write']);
  });
});
