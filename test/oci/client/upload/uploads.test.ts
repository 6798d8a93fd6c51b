/** Blobs written over the wire. */
import { describe, expect, it } from 'vitest';
import { AccessError, IntegrityError, RegistryError, TransportError } from '../../../../errors/errors.ts';
import type { ByteStream } from '../../../../oci/copy/target.ts';
import { app, blobOf, errorOf, openTestClient, streamOf, testTiming } from '../fixture.ts';
import { type Line, openTranscript } from '../transcript.ts';

const text = 'a layer of some length';
const { descriptor } = blobOf(text);
const digestQuery = `digest=${encodeURIComponent(descriptor.digest)}`;
const begin = 'POST /v2/team/app/blobs/uploads/';
const head = `HEAD /v2/team/app/blobs/${descriptor.digest}`;

/** The registry opens a session of that name. */
function opens(session: string): Line {
  return { request: begin, status: 202, headers: { location: `/up/${session}?_state=s%7E1` } };
}

function put(session: string): string {
  return `PUT /up/${session}?_state=s%7E1&${digestQuery}`;
}

function cancel(session: string): string {
  return `DELETE /up/${session}?_state=s%7E1`;
}

/** Opens the blob anew each time, and counts. */
function source(chunks: readonly string[] = [text]): { open: () => Promise<ByteStream>; opened: () => number } {
  let opened = 0;
  return {
    opened: () => opened,
    open: async () => {
      opened += 1;
      return streamOf(...chunks);
    },
  };
}

/** Sends every blob as a stream, however small. */
const streamed = { bulkSizeBytesMin: 0 };

/** Reads small blobs before it sends them, as usual. */
const whole = { bulkSizeBytesMin: 1024 * 1024 };

describe('pushBlob', () => {
  it('is one POST and one PUT with the length, where the location says', async () => {
    const server = await openTranscript([
      { ...opens('1'), with: { 'content-length': '0' } },
      {
        request: put('1'),
        with: {
          'content-length': String(descriptor.size),
          'content-type': 'application/octet-stream',
          'transfer-encoding': undefined,
        },
        body: text,
        status: 201,
      },
    ]);
    const { open } = source(['a layer', '', ' of some', ' length']);
    await openTestClient({ url: server.url }).repository(app).pushBlob(descriptor, open);
  });

  it('takes an absolute location without a query', async () => {
    const server = await openTranscript([
      { request: begin, status: 202, headers: { location: '{origin}/elsewhere/9' } },
      { request: `PUT /elsewhere/9?${digestQuery}`, status: 201 },
    ]);
    await openTestClient({ url: server.url }).repository(app).pushBlob(descriptor, source().open);
  });

  it('sends an empty blob, which has no bytes to stream', async () => {
    const empty = blobOf('').descriptor;
    const server = await openTranscript([
      { request: begin, status: 202, headers: { location: '/up/1' } },
      {
        request: `PUT /up/1?digest=${encodeURIComponent(empty.digest)}`,
        with: { 'content-length': '0' },
        body: '',
        status: 201,
      },
    ]);
    await openTestClient({ url: server.url })
      .repository(app)
      .pushBlob(empty, async () => streamOf());
  });

  it('gives no authorization to a location on another origin', async () => {
    const storage = await openTranscript([
      { request: `PUT /x?${digestQuery}`, with: { authorization: undefined }, status: 201 },
    ]);
    const server = await openTranscript([
      { request: begin, status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
      { request: begin, with: { authorization: 'Basic YTpi' }, status: 202, headers: { location: `${storage.url}/x` } },
    ]);
    const credentials = async () => ({ username: 'a', password: 'b' });
    await openTestClient({ url: server.url, credentials }).repository(app).pushBlob(descriptor, source().open);
  });

  it.each([
    ['is missing', {}],
    ['is not a URL', { location: 'http://[' }],
    ['is of another protocol', { location: 'ftp://127.0.0.1/x' }],
    ['lies on the link', { location: 'http://169.254.169.254/latest' }],
  ])('is refused when the location %s', async (_, headers) => {
    const server = await openTranscript([{ request: begin, status: 202, headers }]);
    const error = await errorOf(
      openTestClient({ url: server.url }).repository(app).pushBlob(descriptor, source().open),
    );
    expect(error).toMatchObject({ code: 'REGISTRY_ANSWER_INVALID' });
  });

  it('asks for the blob after a lost answer, and is done when it is there', async () => {
    const server = await openTranscript([
      opens('1'),
      { request: put('1'), breaks: 'before' },
      { request: head, status: 200 },
    ]);
    const { open, opened } = source();
    await openTestClient({ url: server.url }).repository(app).pushBlob(descriptor, open);
    expect(opened()).toBe(1);
  });

  it.each([
    ['a lost answer', { breaks: 'before' as const }],
    ['a 502 in HTML', { status: 502, answer: '<html>Bad Gateway</html>' }],
    ['a session that is unknown', { status: 404, answer: '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}' }],
    ['a session that is spoilt', { status: 400, answer: '{"errors":[{"code":"BLOB_UPLOAD_INVALID"}]}' }],
  ])('sends all again in a new session after %s, when the blob is not there', async (_, failing) => {
    const server = await openTranscript([
      opens('1'),
      { request: put('1'), ...failing },
      { request: head, status: 404 },
      ...('breaks' in failing || failing.status === 502 ? [{ request: cancel('1') }] : []),
      opens('2'),
      { request: put('2'), body: text, status: 201 },
    ]);
    const { open, opened } = source();
    await openTestClient({ url: server.url }).repository(app).pushBlob(descriptor, open);
    expect(opened()).toBe(2);
  });

  it('sends what it has in hand once more after a 429, in the same session', async () => {
    const server = await openTranscript([
      opens('1'),
      { request: put('1'), body: text, status: 429, headers: { 'retry-after': '7' } },
      { request: put('1'), body: text, status: 201 },
    ]);
    const timing = testTiming();
    const { open, opened } = source();
    await openTestClient({ url: server.url, ...whole }, timing)
      .repository(app)
      .pushBlob(descriptor, open);
    expect(timing.delays).toEqual([7000]);
    expect(opened()).toBe(1);
  });

  it('sends a stream again in a new session after a 429, without asking for the blob', async () => {
    const server = await openTranscript([
      opens('1'),
      { request: put('1'), status: 429, headers: { 'retry-after': '7' } },
      { request: cancel('1'), status: 204 },
      opens('2'),
      { request: put('2'), status: 201 },
    ]);
    const timing = testTiming();
    const client = openTestClient({ url: server.url, ...streamed }, timing);
    await client.repository(app).pushBlob(descriptor, source().open);
    expect(timing.delays).toEqual([7000]);
  });

  it('gives up after a bounded number of attempts', async () => {
    const attempts = ['1', '2', '3', '4'].flatMap((session) => [
      opens(session),
      { request: put(session), status: 500 },
      { request: head, status: 404 },
      { request: cancel(session) },
    ]);
    const server = await openTranscript(attempts);
    const error = await errorOf(
      openTestClient({ url: server.url }).repository(app).pushBlob(descriptor, source().open),
    );
    expect(error).toBeInstanceOf(RegistryError);
    expect(error).toMatchObject({ status: 500, retryable: true });
  });

  it('signs in anew when the token ends on the way, and sends what it has in hand once more', async () => {
    const challenge = { 'www-authenticate': 'Basic realm="x"' };
    const server = await openTranscript([
      { request: begin, status: 401, headers: challenge },
      { ...opens('1'), with: { authorization: 'Basic YToxCg==' } },
      { request: put('1'), with: { authorization: 'Basic YToxCg==' }, status: 401, headers: challenge },
      { request: put('1'), with: { authorization: 'Basic YToyCg==' }, body: text, status: 201 },
    ]);
    const passwords = ['1\n', '2\n'];
    const credentials = async () => ({ username: 'a', password: passwords.shift() ?? '' });
    const { open, opened } = source();
    await openTestClient({ url: server.url, credentials, ...whole })
      .repository(app)
      .pushBlob(descriptor, open);
    expect(opened()).toBe(1);
  });

  it('signs in anew when the token ends on the way of a stream, and sends all again', async () => {
    const challenge = { 'www-authenticate': 'Basic realm="x"' };
    const server = await openTranscript([
      { request: begin, status: 401, headers: challenge },
      { ...opens('1'), with: { authorization: 'Basic YToxCg==' } },
      { request: put('1'), with: { authorization: 'Basic YToxCg==' }, status: 401, headers: challenge, early: true },
      { request: cancel('1'), status: 204 },
      { ...opens('2'), with: { authorization: 'Basic YToyCg==' } },
      { request: put('2'), with: { authorization: 'Basic YToyCg==' }, body: text, status: 201 },
    ]);
    const passwords = ['1\n', '2\n'];
    const credentials = async () => ({ username: 'a', password: passwords.shift() ?? '' });
    const { open } = source();
    await openTestClient({ url: server.url, credentials, ...streamed })
      .repository(app)
      .pushBlob(descriptor, open);
  });

  it('is denied, and cancels the session, when signing in anew does not help', async () => {
    const challenge = { 'www-authenticate': 'Basic realm="x"' };
    const server = await openTranscript([
      opens('1'),
      { request: put('1'), status: 401, headers: challenge },
      { request: put('1'), status: 401, headers: challenge },
      { request: cancel('1'), status: 204 },
    ]);
    const credentials = async () => ({ username: 'a', password: 'b' });
    const client = openTestClient({ url: server.url, credentials, ...whole });
    expect(await errorOf(client.repository(app).pushBlob(descriptor, source().open))).toBeInstanceOf(AccessError);
  });

  it('is denied when signing in anew does not help a stream', async () => {
    const challenge = { 'www-authenticate': 'Basic realm="x"' };
    const server = await openTranscript([
      opens('1'),
      { request: put('1'), status: 401, headers: challenge },
      { request: cancel('1'), status: 204 },
      { request: begin, status: 401, headers: challenge },
    ]);
    const credentials = async () => ({ username: 'a', password: 'b' });
    const error = await errorOf(
      openTestClient({ url: server.url, credentials, ...streamed })
        .repository(app)
        .pushBlob(descriptor, source().open),
    );
    expect(error).toBeInstanceOf(AccessError);
  });

  it('cancels the session when the registry wants other bytes', async () => {
    const server = await openTranscript([
      opens('1'),
      { request: put('1'), status: 400, answer: '{"errors":[{"code":"DIGEST_INVALID"}]}' },
      { request: cancel('1'), status: 204 },
    ]);
    const error = await errorOf(
      openTestClient({ url: server.url }).repository(app).pushBlob(descriptor, source().open),
    );
    expect(error).toBeInstanceOf(IntegrityError);
  });

  it('cancels the session when the registry does not take the blob', async () => {
    const server = await openTranscript([
      opens('1'),
      { request: put('1'), status: 403, answer: '{"errors":[{"code":"DENIED"}]}' },
      { request: cancel('1'), status: 204 },
    ]);
    const error = await errorOf(
      openTestClient({ url: server.url }).repository(app).pushBlob(descriptor, source().open),
    );
    expect(error).toMatchObject({ code: 'REGISTRY_DENIED' });
  });

  it('says which repository is missing', async () => {
    const answer = '{"errors":[{"code":"NAME_UNKNOWN","message":"create it first"}]}';
    const server = await openTranscript([{ request: begin, status: 404, answer }]);
    const error = await errorOf(
      openTestClient({ url: server.url }).repository(app).pushBlob(descriptor, source().open),
    );
    expect(error).toMatchObject({ code: 'REPOSITORY_UNKNOWN' });
  });
});

describe('pushBlob of a small blob, with a source that fails', () => {
  it.each([
    ['too few', ['a layer']],
    ['too many', [text, '!']],
  ])('sends nothing when there are %s bytes', async (_, chunks) => {
    const server = await openTranscript([opens('1'), { request: cancel('1') }]);
    const client = openTestClient({ url: server.url, ...whole });
    const error = await errorOf(client.repository(app).pushBlob(descriptor, source(chunks).open));
    expect(error).toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('sends nothing and throws what the source throws', async () => {
    const server = await openTranscript([opens('1'), { request: cancel('1') }]);
    const failure = new IntegrityError({ code: 'DIGEST_MISMATCH', message: 'wrong at the source' });
    const client = openTestClient({ url: server.url, ...whole });
    const pushing = client.repository(app).pushBlob(descriptor, async () => failing('a layer', failure));
    expect(await errorOf(pushing)).toBe(failure);
  });

  it('opens the source again when its connection broke', async () => {
    const server = await openTranscript([
      opens('1'),
      { request: cancel('1') },
      opens('2'),
      { request: put('2'), body: text, status: 201 },
    ]);
    const broken = new TransportError({ code: 'REGISTRY_UNREACHABLE', message: 'source broke' });
    const streams = [failing('a layer', broken), streamOf(text)];
    const client = openTestClient({ url: server.url, ...whole });
    await client.repository(app).pushBlob(descriptor, async () => streams.shift() ?? streamOf());
  });

  it('fails when the source stands still, and asks for nothing that was never sent', async () => {
    const lines = ['1', '2', '3', '4'].flatMap((session) => [opens(session), { request: cancel(session) }]);
    const server = await openTranscript(lines);
    const client = openTestClient({ url: server.url, ...whole }, testTiming({ stallMs: 50 }));
    const error = await errorOf(client.repository(app).pushBlob(descriptor, async () => standing('a layer')));
    expect(error).toMatchObject({ code: 'REGISTRY_UNREACHABLE', fields: { networkCode: 'STALLED' } });
    expect(error.message).toContain('source');
  });

  it('cancels the session when the caller stops it, and throws the reason', async () => {
    const server = await openTranscript([opens('1'), { request: cancel('1'), status: 204 }]);
    const stop = new AbortController();
    const reason = new Error('enough');
    const client = openTestClient({ url: server.url, ...whole });
    const open = async () => stopping('a layer', () => stop.abort(reason));
    expect(await errorOf(client.repository(app).pushBlob(descriptor, open, stop.signal))).toBe(reason);
  });
});

describe('pushBlob of a stream, with a source that fails', () => {
  it.each([
    ['too few', ['a layer']],
    ['too many', [text, '!']],
  ])('commits nothing when there are %s bytes', async (_, chunks) => {
    const server = await openTranscript([
      opens('1'),
      { request: put('1'), early: true, stalls: 'before' },
      { request: cancel('1') },
    ]);
    const { open } = source(chunks);
    const error = await errorOf(
      openTestClient({ url: server.url, ...streamed })
        .repository(app)
        .pushBlob(descriptor, open),
    );
    expect(error).toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('throws what the source throws', async () => {
    const server = await openTranscript([
      opens('1'),
      { request: put('1'), early: true, stalls: 'before' },
      { request: cancel('1') },
    ]);
    const failure = new IntegrityError({ code: 'DIGEST_MISMATCH', message: 'wrong at the source' });
    const open = async () => failing('a layer', failure);
    const error = await errorOf(
      openTestClient({ url: server.url, ...streamed })
        .repository(app)
        .pushBlob(descriptor, open),
    );
    expect(error).toBe(failure);
  });

  it('throws what opening the source throws', async () => {
    const server = await openTranscript([opens('1'), { request: cancel('1') }]);
    const failure = new IntegrityError({ code: 'DIGEST_MISMATCH', message: 'wrong at the source' });
    const error = await errorOf(
      openTestClient({ url: server.url, ...streamed })
        .repository(app)
        .pushBlob(descriptor, () => Promise.reject(failure)),
    );
    expect(error).toBe(failure);
  });

  it('opens the source again when its connection broke', async () => {
    const server = await openTranscript([
      opens('1'),
      { request: put('1'), early: true, stalls: 'before' },
      { request: cancel('1') },
      opens('2'),
      { request: put('2'), body: text, status: 201 },
    ]);
    const broken = new TransportError({ code: 'REGISTRY_UNREACHABLE', message: 'source broke' });
    const streams = [failing('a layer', broken), streamOf(text)];
    await openTestClient({ url: server.url, ...streamed })
      .repository(app)
      .pushBlob(descriptor, async () => streams.shift() ?? streamOf());
  });

  it('fails when the source stands still', async () => {
    const lines = ['1', '2', '3', '4'].flatMap((session) => [
      opens(session),
      { request: put(session), early: true, stalls: 'before' as const },
      { request: head, status: 404 },
      { request: cancel(session) },
    ]);
    const server = await openTranscript(lines);
    const timing = testTiming({ stallMs: 50 });
    const open = async () => standing('a layer');
    const error = await errorOf(
      openTestClient({ url: server.url, ...streamed }, timing)
        .repository(app)
        .pushBlob(descriptor, open),
    );
    expect(error).toMatchObject({ code: 'REGISTRY_UNREACHABLE', fields: { networkCode: 'STALLED' } });
    expect(error.message).toContain('source');
  });

  it('cancels the session when the caller stops it, and throws the reason', async () => {
    const server = await openTranscript([
      opens('1'),
      { request: put('1'), early: true, stalls: 'before' },
      { request: cancel('1'), status: 204 },
    ]);
    const stop = new AbortController();
    const reason = new Error('enough');
    const open = async () => stopping('a layer', () => stop.abort(reason));
    const error = await errorOf(
      openTestClient({ url: server.url, ...streamed })
        .repository(app)
        .pushBlob(descriptor, open, stop.signal),
    );
    expect(error).toBe(reason);
  });
});

describe('a registry that takes no more bytes', () => {
  it('is left after the limit, and asked whether it has the blob', async () => {
    const large = blobOf('x'.repeat(32 * 1024 * 1024));
    const server = await openTranscript([
      {
        request: `${begin}?mount=${encodeURIComponent(large.descriptor.digest)}`,
        status: 202,
        headers: { location: '/up/1?_state=s%7E1' },
      },
      {
        request: `PUT /up/1?_state=s%7E1&digest=${encodeURIComponent(large.descriptor.digest)}`,
        early: true,
        stalls: 'before',
      },
      { request: `HEAD /v2/team/app/blobs/${large.descriptor.digest}`, status: 200 },
    ]);
    const client = openTestClient({ url: server.url }, testTiming({ stallMs: 200 }));
    await client.repository(app).pushBlob(large.descriptor, async () => slices(large.bytes));
  });
});

async function* failing(chunk: string, failure: Error): ByteStream {
  yield Buffer.from(chunk);
  throw failure;
}

async function* standing(chunk: string): ByteStream {
  yield Buffer.from(chunk);
  await new Promise(() => {});
}

async function* stopping(chunk: string, stop: () => void): ByteStream {
  yield Buffer.from(chunk);
  stop();
  yield Buffer.from(chunk);
}

async function* slices(bytes: Uint8Array): ByteStream {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}
