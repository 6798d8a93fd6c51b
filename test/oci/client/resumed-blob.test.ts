/** Blobs whose reading breaks off and goes on. */
import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { IntegrityError, RegistryError, TransportError } from '../../../errors/errors.ts';
import { app, blobOf, errorOf, openTestClient, type TestTiming, testTiming, textOf } from './fixture.ts';
import { type Line, listen, openTranscript, type Transcript } from './transcript.ts';

const text = 'a layer of some length';
const { descriptor, bytes } = blobOf(text);
const request = `GET /v2/team/app/blobs/${descriptor.digest}`;

interface Read {
  readonly server: Transcript;
  readonly timing: TestTiming;
  readonly outcome: Promise<string>;
}

/** Reads the blob through the lines, all of them for the same URL. */
async function read(lines: readonly Omit<Line, 'request'>[], stallMs?: number): Promise<Read> {
  const server = await openTranscript(lines.map((line) => ({ request, ...line })));
  const timing = testTiming(stallMs === undefined ? {} : { stallMs });
  const repository = openTestClient({ url: server.url }, timing).repository(app);
  const outcome = repository.fetchBlob(descriptor).then(textOf);
  outcome.catch(() => {});
  return { server, timing, outcome };
}

/** The rest from the offset on, as a registry serves it. */
function rest(offset: number, total: number | '*' = bytes.length): Omit<Line, 'request'> {
  return {
    with: { range: `bytes=${offset}-` },
    status: 206,
    headers: { 'content-range': `bytes ${offset}-${bytes.length - 1}/${total}` },
    answer: bytes.subarray(offset),
  };
}

describe('a blob whose reading', () => {
  it.each<[string, Omit<Line, 'request'>]>([
    ['breaks off', { answer: bytes, breaks: 5 }],
    ['stands still', { answer: bytes, stalls: 5 }],
  ])('%s goes on from there, after a moment', async (_, first) => {
    const { outcome, timing } = await read([first, rest(5)], 200);
    expect(await outcome).toBe(text);
    expect(timing.delays).toEqual([250]);
  });

  it('ends early, in an answer that does not say how long it is, goes on from there', async () => {
    const ranges: (string | undefined)[] = [];
    const server = createServer((asked, response) => {
      ranges.push(asked.headers.range);
      if (ranges.length === 1) response.write(bytes.subarray(0, 5));
      else response.writeHead(206, { 'content-range': 'bytes 5-21/22' }).write(bytes.subarray(5));
      response.end();
    });
    const { port } = await listen(server);
    onTestFinished(() => void server.close());
    const repository = openTestClient({ url: `http://127.0.0.1:${port}` }).repository(app);
    expect(await textOf(await repository.fetchBlob(descriptor))).toBe(text);
    expect(ranges).toEqual([undefined, 'bytes=5-']);
  });

  it('is whole asks for no range, and once', async () => {
    const { server, outcome } = await read([{ with: { range: undefined }, answer: bytes }]);
    expect(await outcome).toBe(text);
    expect(server.seen).toHaveLength(1);
  });

  it('breaks off twice goes on twice', async () => {
    const { outcome, timing } = await read([{ answer: bytes, breaks: 5 }, { ...rest(5), breaks: 4 }, rest(9)]);
    expect(await outcome).toBe(text);
    expect(timing.delays).toEqual([250, 500]);
  });

  it('goes on although the registry does not say how large the whole is', async () => {
    const { outcome } = await read([{ answer: bytes, breaks: 5 }, rest(5, '*')]);
    expect(await outcome).toBe(text);
  });

  it('is served in ranges smaller than were asked for goes on after each', async () => {
    const some = {
      ...rest(5),
      headers: { 'content-range': `bytes 5-8/${bytes.length}` },
      answer: bytes.subarray(5, 9),
    };
    const { outcome } = await read([{ answer: bytes, breaks: 5 }, some, rest(9)]);
    expect(await outcome).toBe(text);
  });

  it('begins anew at a registry without ranges gives out no byte twice', async () => {
    const { outcome } = await read([{ answer: bytes, breaks: 12 }, { answer: bytes, breaks: 5 }, { answer: bytes }]);
    expect(await outcome).toBe(text);
  });

  it('waits out a registry that is down meanwhile', async () => {
    const { outcome } = await read([{ answer: bytes, breaks: 5 }, { status: 503 }, { breaks: 'before' }, rest(5)]);
    expect(await outcome).toBe(text);
  });

  it('breaks off at storage is resumed at the registry, since the address there may be good no longer', async () => {
    const storage = await openTranscript([
      { request: 'GET /bucket/1?sig=x', answer: bytes, breaks: 5 },
      { request: 'GET /bucket/1?sig=y', ...rest(5) },
    ]);
    const { outcome } = await read(
      ['x', 'y'].map((sig) => ({ status: 307, headers: { location: `${storage.url}/bucket/1?sig=${sig}` } })),
    );
    expect(await outcome).toBe(text);
  });
});

describe('the guard of a range', () => {
  it.each([
    ['a strong etag', '"v1"', '"v1"'],
    ['nothing for a weak etag', 'W/"v1"', undefined],
    ['nothing for what is no etag', 'v1', undefined],
  ])('is %s', async (_, etag, guard) => {
    const guarded = { ...rest(5), with: { range: 'bytes=5-', 'if-range': guard } };
    const { outcome } = await read([{ answer: bytes, breaks: 5, headers: { etag } }, guarded]);
    expect(await outcome).toBe(text);
  });
});

describe('reading is given up', () => {
  it('when it does not get on, with the registry named', async () => {
    const { server, outcome, timing } = await read([
      { answer: bytes, breaks: 5 },
      ...Array.from({ length: 4 }, () => ({ breaks: 'before' as const })),
    ]);
    const error = await errorOf(outcome);
    expect(error).toBeInstanceOf(TransportError);
    expect(error.message).toContain(server.host);
    expect(timing.delays).toEqual([250, 500, 1000, 2000]);
  });

  it('when it gets on by a few bytes at a time', async () => {
    const drops = [0, 1, 2, 3, 4].map((at) => ({ ...rest(at), with: {}, breaks: 1 }));
    const first = { answer: bytes, breaks: 1, status: 200 };
    const { outcome } = await read([first, ...drops.slice(1)]);
    expect(await errorOf(outcome)).toBeInstanceOf(TransportError);
  });

  it('after as many drops as it takes, as long as it gets on', async () => {
    const large = blobOf('x'.repeat(10 * 70_000));
    const path = `GET /v2/team/app/blobs/${large.descriptor.digest}`;
    const parts = Array.from({ length: 9 }, (_, at) => ({
      request: path,
      ...(at === 0 ? { status: 200 } : { status: 206 }),
      headers: at === 0 ? {} : { 'content-range': `bytes ${at * 70_000}-699999/700000` },
      answer: large.bytes.subarray(at * 70_000),
      ...(at === 8 ? {} : { breaks: 70_000 }),
    }));
    const server = await openTranscript(parts);
    const timing = testTiming();
    const blob = await openTestClient({ url: server.url }, timing).repository(app).fetchBlob(large.descriptor);
    expect((await textOf(blob)).length).toBe(700_000);
    expect(timing.delays).toEqual(Array.from({ length: 8 }, () => 250));
  });

  it.each<[string, Omit<Line, 'request'>, new (...args: never[]) => Error, string]>([
    ['the size has changed', { ...rest(5, 23) }, IntegrityError, 'DIGEST_MISMATCH'],
    [
      'the blob has become shorter than what was read',
      { status: 416, headers: { 'content-range': 'bytes */3' } },
      IntegrityError,
      'DIGEST_MISMATCH',
    ],
    ['the registry serves no such range', { status: 416 }, TransportError, 'REGISTRY_UNREACHABLE'],
    [
      'it serves another range',
      { ...rest(5), headers: { 'content-range': 'bytes 4-21/22' } },
      RegistryError,
      'REGISTRY_ANSWER_INVALID',
    ],
    ['it does not say which range it serves', { ...rest(5), headers: {} }, RegistryError, 'REGISTRY_ANSWER_INVALID'],
    ['the blob is gone', { status: 404 }, Error, 'BLOB_UNKNOWN'],
    ['access is denied by now', { status: 403 }, Error, 'REGISTRY_DENIED'],
  ])('at once when %s', async (_, second, kind, code) => {
    const error = await errorOf((await read([{ answer: bytes, breaks: 5 }, second])).outcome);
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ code });
  });

  it('when the bytes that follow are wrong, before the last of them is given out', async () => {
    const wrong = { ...rest(5), answer: Buffer.from('er of wrong bytes') };
    const server = await openTranscript([
      { request, answer: bytes, breaks: 5 },
      { request, ...wrong },
    ]);
    const blob = await openTestClient({ url: server.url }, testTiming()).repository(app).fetchBlob(descriptor);
    let given = 0;
    const reading = async () => {
      for await (const chunk of blob) given += chunk.length;
    };
    expect(await errorOf(reading())).toBeInstanceOf(IntegrityError);
    expect(given).toBeLessThan(descriptor.size);
  });

  it('when the caller gives up between two attempts', async () => {
    const server = await openTranscript([{ request, answer: bytes, breaks: 5 }]);
    const stop = new AbortController();
    const timing = { ...testTiming(), sleep: async () => stop.abort(new Error('enough')) };
    const repository = openTestClient({ url: server.url }, timing).repository(app);
    const reading = repository.fetchBlob(descriptor, stop.signal).then(textOf);
    expect((await errorOf(reading)).message).toBe('enough');
  });
});

describe('an upload whose source breaks off', () => {
  it('is one POST and one PUT all the same', async () => {
    const digest = encodeURIComponent(descriptor.digest);
    const from = await openTranscript([
      { request, answer: bytes, breaks: 5 },
      { request, ...rest(5) },
    ]);
    const to = await openTranscript([
      { request: 'POST /v2/team/app/blobs/uploads/', status: 202, headers: { location: '/up/1' } },
      { request: `PUT /up/1?digest=${digest}`, body: text, status: 201 },
    ]);
    const source = openTestClient({ url: from.url }).repository(app);
    const target = openTestClient({ url: to.url }).repository(app);
    let opened = 0;
    const open = async () => {
      opened += 1;
      return await source.fetchBlob(descriptor);
    };
    await target.pushBlob(descriptor, open);
    expect({ opened, asked: to.seen.length }).toEqual({ opened: 1, asked: 2 });
  });

  it('outlives a source that stands still for longer than the upload waits', async () => {
    const digest = encodeURIComponent(descriptor.digest);
    const from = await openTranscript([
      { request, answer: bytes, stalls: 5 },
      { request, ...rest(5), stalls: 3 },
      { request, ...rest(8) },
    ]);
    const to = await openTranscript([
      { request: 'POST /v2/team/app/blobs/uploads/', status: 202, headers: { location: '/up/1' } },
      { request: `PUT /up/1?digest=${digest}`, body: text, status: 201 },
    ]);
    const source = openTestClient({ url: from.url }, testTiming({ stallMs: 3_000 })).repository(app);
    const target = openTestClient({ url: to.url }, testTiming({ stallMs: 3_000 })).repository(app);
    await target.pushBlob(descriptor, () => source.fetchBlob(descriptor));
    expect(to.seen).toHaveLength(2);
  });
});
