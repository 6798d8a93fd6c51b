/** Blobs sent in chunks, and in one PATCH. */
import { describe, expect, it } from 'vitest';
import { TransportError } from '../../../../errors/errors.ts';
import { ordinaryQuirks, type RegistryQuirks } from '../../../../oci/client/quirks.ts';
import type { RegistryClientInit } from '../../../../oci/client/registry-client.ts';
import type { ByteStream } from '../../../../oci/copy/target.ts';
import { lentChunks } from '../../lent-chunks.ts';
import { app, blobOf, errorOf, openTestClient, streamOf, testTiming } from '../fixture.ts';
import { type Line, openTranscript } from '../transcript.ts';

const text = 'abcdefghijklmnopqrstuvwxyz';
const { descriptor } = blobOf(text);
const digestQuery = `digest=${encodeURIComponent(descriptor.digest)}`;
const begin = 'POST /v2/team/app/blobs/uploads/';
const head = `HEAD /v2/team/app/blobs/${descriptor.digest}`;
const tens: Partial<RegistryQuirks> = { uploadWays: ['chunks'], chunkSizeBytes: 10 };

function opens(session: string, headers: Readonly<Record<string, string>> = {}): Line {
  return { request: begin, status: 202, headers: { location: `/up/${session}`, ...headers } };
}

/** A chunk from the offset, that the registry takes and moves the session for. */
function takes(session: string, start: number, body: string, next: string): Line {
  const end = start + body.length - 1;
  return {
    request: `PATCH /up/${session}`,
    with: {
      'content-range': `${start}-${end}`,
      'content-length': String(body.length),
      'content-type': 'application/octet-stream',
    },
    body,
    status: 202,
    headers: { location: `/up/${next}`, range: `0-${end}` },
  };
}

function ends(session: string, body = ''): Line {
  const request = `PUT /up/${session}?${digestQuery}`;
  return { request, with: { 'content-length': String(body.length) }, body, status: 201 };
}

async function push(
  lines: readonly Line[],
  quirks: Partial<RegistryQuirks> = tens,
  init: Partial<RegistryClientInit> = {},
  open: () => Promise<ByteStream> = async () => streamOf('abcdefg', 'hijklmnopqrstuv', 'wxyz'),
): Promise<void> {
  const server = await openTranscript(lines);
  const quirksOf = () => ({ ...ordinaryQuirks, ...quirks });
  await openTestClient({ url: server.url, quirksOf, ...init })
    .repository(app)
    .pushBlob(descriptor, open);
}

const inChunks = [takes('1', 0, 'abcdefghij', '2'), takes('2', 10, 'klmnopqrst', '3'), takes('3', 20, 'uvwxyz', '4')];

describe('a blob sent in chunks', () => {
  it('is right though its source writes over each chunk', async () => {
    const { bytes } = blobOf(text);
    await push([opens('1'), ...inChunks, ends('4')], tens, {}, async () => lentChunks(bytes, 4));
  });

  it('goes each time where the latest location says, with an inclusive range and no unit', async () => {
    await push([opens('1'), ...inChunks, ends('4')]);
  });

  it('has its last chunk in the PUT where the registry wants it so', async () => {
    const last = { ...ends('3', 'uvwxyz'), with: { 'content-range': '20-25', 'content-length': '6' } };
    await push([opens('1'), ...inChunks.slice(0, 2), last], { ...tens, lastChunk: 'in-put' });
  });

  it('has chunks as large as the registry asks for', async () => {
    const min = { 'oci-chunk-min-length': '20' };
    await push([opens('1', min), takes('1', 0, text.slice(0, 20), '2'), takes('2', 20, 'uvwxyz', '3'), ends('3')]);
  });

  it('stays at its location where the registry names no other', async () => {
    const lines = [takes('1', 0, 'abcdefghij', '1'), takes('1', 10, 'klmnopqrst', '1'), takes('1', 20, 'uvwxyz', '1')];
    await push([opens('1'), ...lines.map((line) => ({ ...line, headers: {} })), ends('1')]);
  });

  it('goes on where the registry says it stands', async () => {
    const [first = opens(''), ...others] = inChunks;
    const half = { ...first, headers: { location: '/up/1', range: '0-4' } };
    await push([opens('1'), half, takes('1', 5, 'fghij', '2'), ...others, ends('4')]);
  });

  it('goes on where it was, whatever the registry says, where that is not to be believed', async () => {
    const stale = inChunks.map((line) => ({ ...line, headers: { ...line.headers, range: '0-9' } }));
    await push([opens('1'), ...stale, ends('4')], { ...tens, rangeAnswers: 'ignored' });
  });

  it('begins anew, and believes no range from then on, when a chunk was taken and the range stays behind', async () => {
    const [first = opens(''), second = opens(''), third = opens('')] = inChunks;
    const stale = { ...second, headers: { location: '/up/3', range: '0-9' } };
    const again = [first, stale, { ...third, headers: { location: '/up/4', range: '0-9' } }];
    await push([opens('1'), first, stale, { request: 'DELETE /up/3' }, opens('1'), ...again, ends('4')]);
  });

  it('does not become smaller than what the registry asked for', async () => {
    const large = blobOf('x'.repeat(3 * 1024 * 1024));
    const lines = [
      opens('1', { 'oci-chunk-min-length': String(2 * 1024 * 1024) }),
      { request: 'PATCH /up/1', with: { 'content-length': String(2 * 1024 * 1024) }, status: 413, early: true },
      { request: 'DELETE /up/1' },
    ];
    const server = await openTranscript(lines);
    const quirks = { ...ordinaryQuirks, ...tens, anonymousMounts: 'never' } as const;
    const repository = openTestClient({ url: server.url, quirksOf: () => quirks }).repository(app);
    const error = await errorOf(repository.pushBlob(large.descriptor, async () => streamOf(large.bytes)));
    expect(error).toMatchObject({ code: 'REGISTRY_REFUSED', status: 413 });
  });

  it.each([
    ['a lost answer', { breaks: 'before' as const }],
    ['a 502', { status: 502 }],
    ['a 416', { status: 416 }],
  ])('asks after %s how far it has come, and sends no byte twice', async (_, failing) => {
    const [first, second = opens(''), third] = inChunks;
    const stands = { request: 'GET /up/2', status: 204, headers: { location: '/up/2b', range: '0-14' } };
    const rest = takes('2b', 15, 'pqrst', '3');
    await push([opens('1'), first ?? second, { ...second, ...failing }, stands, rest, third ?? second, ends('4')]);
  });

  it('begins anew when the registry has what was not sent', async () => {
    const [first = opens(''), ...others] = inChunks;
    const beyond = { ...first, headers: { location: '/up/1', range: '0-99' } };
    await push([opens('1'), beyond, { request: 'DELETE /up/1' }, opens('1'), first, ...others, ends('4')]);
  });

  it('begins anew when the session is gone', async () => {
    const [first = opens(''), ...others] = inChunks;
    const gone = { request: 'PATCH /up/2', status: 404, answer: '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}' };
    await push([opens('1'), first, gone, opens('1'), first, ...others, ends('4')]);
  });

  it('is looked for when the answer to its end is lost, and not sent again', async () => {
    await push([opens('1'), ...inChunks, { ...ends('4'), breaks: 'before' }, { request: head, status: 200 }]);
  });

  it('goes on with another token when one ends on the way', async () => {
    const [first = opens(''), second = opens(''), third = opens('')] = inChunks;
    const headers = { 'www-authenticate': 'Basic realm="x"' };
    const passwords = ['1', '2'];
    const credentials = async () => ({ username: 'a', password: passwords.shift() ?? '' });
    const lines = [opens('1'), first, { ...second, status: 401, headers }, second, third, ends('4')];
    await push([{ request: begin, status: 401, headers }, ...lines], tens, { credentials });
  });

  it('shows no authorization to another origin', async () => {
    const storage = await openTranscript([
      { ...takes('1', 0, text, '2'), with: { authorization: undefined, 'content-range': '0-25' } },
      { ...ends('2'), with: { authorization: undefined } },
    ]);
    const credentials = async () => ({ username: 'a', password: 'b' });
    const asks = { request: begin, status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
    const elsewhere = { request: begin, status: 202, headers: { location: `${storage.url}/up/1` } };
    await push([asks, elsewhere], { ...tens, chunkSizeBytes: 100 }, { credentials });
  });

  it('is refused when no way is left', async () => {
    const denied = { request: 'PATCH /up/1', status: 400, answer: '{"errors":[{"code":"UNSUPPORTED"}]}' };
    const error = await errorOf(push([opens('1'), denied, { request: 'DELETE /up/1' }]));
    expect(error).toMatchObject({ code: 'REGISTRY_REFUSED', status: 400 });
  });

  it('is cancelled at its latest location when the source fails', async () => {
    const failure = new Error('the disk is gone');
    async function* failing(): ByteStream {
      yield Buffer.from('abcdefghij');
      throw failure;
    }
    const lines = [opens('1'), takes('1', 0, 'abcdefghij', '2'), { request: 'DELETE /up/2' }];
    expect(await errorOf(push(lines, tens, {}, async () => failing()))).toBe(failure);
  });

  it('is sent again when the source broke', async () => {
    const broken = new TransportError({ code: 'REGISTRY_UNREACHABLE', message: 'source broke' });
    const openings = [() => Promise.reject(broken), async () => streamOf(text)];
    const open = () => openings.shift()?.() ?? Promise.reject(broken);
    await push([opens('1'), { request: 'DELETE /up/1' }, opens('1'), ...inChunks, ends('4')], tens, {}, open);
  });

  it.each([
    ['too few', ['abc']],
    ['too many', [text, '!']],
  ])('is not finished when there are %s bytes', async (_, chunks) => {
    const server = await openTranscript([
      opens('1'),
      ...(chunks.length === 1 ? [] : inChunks.slice(0, 2)),
      { request: chunks.length === 1 ? 'DELETE /up/1' : 'DELETE /up/3' },
    ]);
    const quirksOf = () => ({ ...ordinaryQuirks, ...tens });
    const client = openTestClient({ url: server.url, quirksOf });
    const error = await errorOf(client.repository(app).pushBlob(descriptor, async () => streamOf(...chunks)));
    expect(error).toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('is cancelled when the caller stops it, and ends its source', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    let isEnded = false;
    async function* source(): ByteStream {
      try {
        yield Buffer.from('abcdefghij');
        stop.abort(reason);
        yield Buffer.from('klmnopqrst');
      } finally {
        isEnded = true;
      }
    }
    const server = await openTranscript([
      opens('1'),
      takes('1', 0, 'abcdefghij', '2'),
      { request: 'DELETE /up/2', status: 204 },
    ]);
    const client = openTestClient({ url: server.url, quirksOf: () => ({ ...ordinaryQuirks, ...tens }) }, testTiming());
    const error = await errorOf(client.repository(app).pushBlob(descriptor, async () => source(), stop.signal));
    expect(error).toBe(reason);
    expect(isEnded).toBe(true);
  });

  it('is read no further than the chunk that is on its way', async () => {
    let readBytes = 0;
    async function* source(): ByteStream {
      for (const letter of text) {
        readBytes += 1;
        yield Buffer.from(letter);
      }
    }
    const read: number[] = [];
    const noted = Promise.withResolvers<void>();
    const after = new Promise<void>((resolve) => setImmediate(resolve)).then(() => read.push(readBytes));
    const [first = opens(''), ...others] = inChunks;
    noted.resolve();
    await push([opens('1'), { ...first, after }, ...others, ends('4')], tens, {}, async () => source());
    expect(Math.max(...read)).toBeLessThanOrEqual(10);
  });
});

describe('a blob sent in one PATCH', () => {
  const whole = {
    request: 'PATCH /up/1',
    with: { 'content-length': '26', 'content-range': undefined, 'transfer-encoding': undefined },
    body: text,
    status: 202,
    headers: { location: '/up/2', range: '0-25' },
  };

  it('has its length and no range, and an empty PUT after it', async () => {
    await push([opens('1'), whole, ends('2')], { uploadWays: ['patch'] });
  });

  it('goes on in chunks when the registry takes only its beginning', async () => {
    const short = { ...whole, headers: { location: '/up/2', range: '0-9' } };
    const lines = [opens('1'), short, { request: 'DELETE /up/2' }, opens('1'), ...inChunks, ends('4')];
    await push(lines, { ...tens, uploadWays: ['patch', 'chunks'] });
  });

  it('comes after a PUT that is refused, and is the first way from then on', async () => {
    const refused = { request: `PUT /up/1?${digestQuery}`, status: 405, early: true };
    const server = await openTranscript([
      opens('1'),
      refused,
      { request: 'DELETE /up/1' },
      ...[opens('1'), whole, ends('2')],
      ...[opens('1'), whole, ends('2')],
    ]);
    const repository = openTestClient({ url: server.url }).repository(app);
    await repository.pushBlob(descriptor, async () => streamOf(text));
    await repository.pushBlob(descriptor, async () => streamOf(text));
  });

  it('throws the first refusal when every way is refused', async () => {
    const lines = [
      opens('1'),
      { request: `PUT /up/1?${digestQuery}`, status: 413, early: true },
      { request: 'DELETE /up/1' },
      opens('1'),
      { ...whole, status: 405, headers: {} },
      { request: 'DELETE /up/1' },
      opens('1'),
      { request: 'PATCH /up/1', status: 405 },
      { request: 'DELETE /up/1' },
    ];
    expect(await errorOf(push(lines, {}))).toMatchObject({ code: 'REGISTRY_REFUSED', status: 413 });
  });
});
