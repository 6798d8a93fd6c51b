/** Pushing blobs in every way the specification knows. Spec: distribution-spec v1.1.1, "Pushing blobs". */
import { randomUUID } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestAlgorithm } from '../../../oci/spec/digest.ts';
import {
  absentDigest,
  blobOf,
  type Call,
  openRegistryUnderTest,
  type RegistryUnderTest,
  type Reply,
  temporaryDirectory,
} from '../registry-under-test.ts';

let registry: RegistryUnderTest;

beforeAll(async () => {
  registry = await openRegistryUnderTest({ limits: { sessionsPerActorMax: 20 } });
});

afterAll(() => registry.close());

const uploads = '/v2/team/app/blobs/uploads/';

interface Expected {
  readonly status: number;
  readonly codes?: readonly string[];
  readonly range?: string;
}

async function expectCase(call: Call, { status, codes = [], range }: Expected): Promise<Reply> {
  const reply = await registry.call(call);
  expect({ status: reply.status, codes: reply.codes }).toEqual({ status, codes });
  if (range !== undefined) expect(reply.headers.range).toBe(range);
  return reply;
}

/** Begins an upload and returns its location. */
async function begin(path = uploads): Promise<string> {
  const { headers } = await expectCase({ method: 'POST', path }, { status: 202, range: '0-0' });
  return headers.location ?? '';
}

async function expectPulls(
  text: string,
  algorithm: 'sha256' | 'sha512' = 'sha256',
  repository = 'team/app',
): Promise<void> {
  const { descriptor } = blobOf(text, algorithm);
  const reply = await registry.call({ path: `/v2/${repository}/blobs/${descriptor.digest}` });
  expect([reply.status, reply.text]).toEqual([200, text]);
}

function chunk(location: string, body: string, range?: string): Call {
  return { method: 'PATCH', path: location, body, headers: range === undefined ? {} : { 'content-range': range } };
}

function finish(
  location: string,
  text: string,
  call: Partial<Call> = {},
  algorithm: 'sha256' | 'sha512' = 'sha256',
): Call {
  return { method: 'PUT', path: `${location}?digest=${blobOf(text, algorithm).descriptor.digest}`, ...call };
}

describe('a blob is pushed', () => {
  test.each(['sha256', 'sha512'] as const)('with one POST, by its %s digest', async (algorithm) => {
    const text = `one POST ${algorithm}`;
    const { digest } = blobOf(text, algorithm).descriptor;
    const reply = await expectCase(
      { method: 'POST', path: `${uploads}?digest=${digest}`, body: text },
      { status: 201 },
    );
    expect(reply.headers.location).toBe(`/v2/team/app/blobs/${digest}`);
    expect(reply.headers['docker-content-digest']).toBe(digest);
    await expectPulls(text, algorithm);
  });

  test.each(['sha256', 'sha512'] as const)('with POST and PUT, by its %s digest', async (algorithm) => {
    const text = `POST and PUT ${algorithm}`;
    const reply = await expectCase(finish(await begin(), text, { body: text }, algorithm), { status: 201 });
    expect(reply.headers.location).toBe(`/v2/team/app/blobs/${blobOf(text, algorithm).descriptor.digest}`);
    await expectPulls(text, algorithm);
  });

  test('as a stream, then an empty PUT', async () => {
    const location = await begin();
    await expectCase(chunk(location, 'as a stream'), { status: 202, range: '0-10' });
    await expectCase(finish(location, 'as a stream'), { status: 201 });
    await expectPulls('as a stream');
  });

  test('in chunks of which the last comes with the PUT', async () => {
    const location = await begin();
    const first = await expectCase(chunk(location, 'abc', '0-2'), { status: 202, range: '0-2' });
    expect(first.headers.location).toBe(location);
    await expectCase(chunk(location, 'defg', '3-6'), { status: 202, range: '0-6' });
    const last = { body: 'hi', headers: { 'content-range': '7-8' } };
    await expectCase(finish(location, 'abcdefghi', last), { status: 201 });
    await expectPulls('abcdefghi');
  });

  test('in chunks whose digest turns out to be sha512', async () => {
    const location = await begin();
    await expectCase(chunk(location, 'late ', '0-4'), { status: 202 });
    await expectCase(finish(location, 'late sha512', { body: 'sha512' }, 'sha512'), { status: 201 });
    await expectPulls('late sha512', 'sha512');
  });

  test('in chunks that are hashed as the client announced', async () => {
    const location = await begin(`${uploads}?digest-algorithm=sha512`);
    await expectCase(chunk(location, 'announced', '0-8'), { status: 202 });
    await expectCase(finish(location, 'announced', {}, 'sha512'), { status: 201 });
    await expectPulls('announced', 'sha512');
  });

  test('though it has no bytes', async () => {
    await expectCase(finish(await begin(), ''), { status: 201 });
    await expectPulls('');
    await expectCase(finish(await begin(), '', {}, 'sha512'), { status: 201 });
    await expectPulls('', 'sha512');
  });

  test('to a location whose query the client keeps', async () => {
    const path = finish(`${await begin()}`, 'query').path.replace('?', '?_state=abc&');
    await expectCase({ method: 'PUT', path, body: 'query' }, { status: 201 });
  });

  test('once for all repositories', async () => {
    const [left, right] = ['team/one', 'team/two'].map((name) => `/v2/${name}/blobs/uploads/`);
    await expectCase(finish(await begin(left), 'one copy', { body: 'one copy' }), { status: 201 });
    await expectCase(finish(await begin(right), 'one copy', { body: 'one copy' }), { status: 201 });
    const [, hex = ''] = blobOf('one copy').descriptor.digest.split(':');
    const content = join(registry.directory, 'registry', 'content', 'sha256', hex.slice(0, 2));
    expect(await readdir(content)).toContain(hex);
    await expectPulls('one copy', 'sha256', 'team/one');
    await expectPulls('one copy', 'sha256', 'team/two');
  });
});

describe('a session', () => {
  test('tells where it stands', async () => {
    const location = await begin();
    await expectCase({ path: location }, { status: 204, range: '0-0' });
    await expectCase(chunk(location, 'abc'), { status: 202 });
    const reply = await expectCase({ path: location }, { status: 204, range: '0-2' });
    expect(reply.headers.location).toBe(location);
  });

  test('has a location nobody can guess, without a host', async () => {
    const [one, other] = [await begin(), await begin()];
    expect(one).toMatch(/^\/v2\/team\/app\/blobs\/uploads\/[0-9a-f-]{36}$/);
    expect(other).not.toBe(one);
  });

  test.each([
    ['too far', '5-7'],
    ['again', '0-2'],
  ])('survives a chunk that comes %s, and goes on where it was', async (_, range) => {
    const location = await begin();
    await expectCase(chunk(location, 'abc', '0-2'), { status: 202 });
    await expectCase(chunk(location, 'xyz', range), { status: 416, codes: ['BLOB_UPLOAD_INVALID'], range: '0-2' });
    await expectCase(finish(location, 'abcxyz', { body: 'xyz', headers: { 'content-range': range } }), {
      status: 416,
      codes: ['BLOB_UPLOAD_INVALID'],
    });
    await expectCase({ path: location }, { status: 204, range: '0-2' });
    await expectCase(chunk(location, 'def', '3-5'), { status: 202, range: '0-5' });
    await expectCase(finish(location, 'abcdef'), { status: 201 });
  });

  test.each([
    ['bytes 0-2', 'BLOB_UPLOAD_INVALID'],
    ['2-0', 'BLOB_UPLOAD_INVALID'],
    ['0-9007199254740993', 'BLOB_UPLOAD_INVALID'],
    ['0-5', 'SIZE_INVALID'],
    ['0-1', 'SIZE_INVALID'],
  ])('refuses three bytes as %s, and survives', async (range, code) => {
    const location = await begin();
    await expectCase(chunk(location, 'abc', range), { status: 400, codes: [code] });
    await expectCase({ path: location }, { status: 204, range: '0-0' });
    await expectCase({ method: 'DELETE', path: location }, { status: 204 });
  });

  test('keeps of a body without length only what its Content-Range has room for', async () => {
    const location = await begin();
    const headers = { 'transfer-encoding': 'chunked', 'content-range': '0-1' };
    const long = { method: 'PATCH', path: location, headers, body: 'abc' };
    await expectCase(long, { status: 400, codes: ['SIZE_INVALID'], range: '0-1' });
    const short = { ...long, headers: { ...headers, 'content-range': '2-9' }, body: 'cd' };
    await expectCase(short, { status: 400, codes: ['SIZE_INVALID'], range: '0-3' });
    await expectCase(finish(location, 'abcd'), { status: 201 });
  });

  test('is gone once it is cancelled', async () => {
    const location = await begin();
    await expectCase({ method: 'DELETE', path: location }, { status: 204 });
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      await expectCase({ method, path: location }, { status: 404, codes: ['BLOB_UPLOAD_UNKNOWN'] });
    }
  });

  test('is gone once it is finished', async () => {
    const location = await begin();
    await expectCase(finish(location, 'finished', { body: 'finished' }), { status: 201 });
    await expectCase(finish(location, 'finished', { body: 'finished' }), {
      status: 404,
      codes: ['BLOB_UPLOAD_UNKNOWN'],
    });
  });

  test('is unknown in another repository', async () => {
    const location = await begin();
    const elsewhere = location.replace('team/app', 'team/web');
    await expectCase({ path: elsewhere }, { status: 404, codes: ['BLOB_UPLOAD_UNKNOWN'] });
    await expectCase(finish(elsewhere, 'x', { body: 'x' }), { status: 404, codes: ['BLOB_UPLOAD_UNKNOWN'] });
  });

  test('is unknown to another actor', async () => {
    const location = await begin();
    await expectCase({ path: location, as: 'pusher' }, { status: 404, codes: ['BLOB_UPLOAD_UNKNOWN'] });
  });

  test.each([randomUUID(), 'x', '%2e%2e', '-'])('that never was is unknown: %s', async (id) => {
    const status = id === '%2e%2e' ? 400 : 404;
    const codes = [id === '%2e%2e' ? 'NAME_INVALID' : 'BLOB_UPLOAD_UNKNOWN'];
    await expectCase({ method: 'PATCH', path: `${uploads}${id}`, body: 'x' }, { status, codes });
  });

  test('is refused to an actor who has too many', async () => {
    const path = uploads.replace('app', 'many');
    const begun = await Promise.all(
      Array.from({ length: 25 }, () => registry.call({ method: 'POST', path, as: 'operator' })),
    );
    const refused = begun.filter(({ status }) => status === 429);
    expect(refused.map(({ codes }) => codes)).toEqual(Array.from({ length: 5 }, () => ['TOOMANYREQUESTS']));
    await expectCase({ method: 'POST', path, as: 'pusher' }, { status: 202 });
  });
});

describe('a wrong digest', () => {
  const wrong: [string, string][] = [
    ['of other content', absentDigest],
    ['malformed', 'sha256:baddigeststring'],
    ['in upper case', blobOf('x').descriptor.digest.toUpperCase()],
    ['too short', 'sha256:abc'],
    ['too long', `${blobOf('x').descriptor.digest}0`],
    ['with a path', 'sha256:../../x'],
    ['of another algorithm', `md5:${'0'.repeat(32)}`],
    ['with the digits of sha256 for sha512', blobOf('x').descriptor.digest.replace('sha256', 'sha512')],
    ['given twice', `${blobOf('x').descriptor.digest}&digest=${blobOf('x').descriptor.digest}`],
    ['missing', ''],
  ];

  test.each(wrong)('%s is refused at the end, and nothing is stored', async (_, digest) => {
    const location = await begin();
    await expectCase(
      { method: 'PUT', path: `${location}?digest=${digest}`, body: 'x' },
      { status: 400, codes: ['DIGEST_INVALID'] },
    );
    await registry.call({ method: 'DELETE', path: location });
  });

  test.each(wrong)('%s is refused in one POST', async (_, digest) => {
    await expectCase(
      { method: 'POST', path: `${uploads}?digest=${digest}`, body: 'x' },
      { status: 400, codes: ['DIGEST_INVALID'] },
    );
  });

  test('leaves no blob under either digest', async () => {
    const text = 'mismatch';
    await expectCase(
      { method: 'PUT', path: `${await begin()}?digest=${absentDigest}`, body: text },
      { status: 400, codes: ['DIGEST_INVALID'] },
    );
    for (const digest of [absentDigest, blobOf(text).descriptor.digest]) {
      await expectCase({ path: `/v2/team/app/blobs/${digest}` }, { status: 404, codes: ['BLOB_UNKNOWN'] });
    }
  });

  test('of an algorithm nobody knows is refused at the start', () =>
    expectCase(
      { method: 'POST', path: `${uploads}?digest-algorithm=md5` },
      { status: 400, codes: ['DIGEST_INVALID'] },
    ));
});

describe('mounting', () => {
  const blob = blobOf('mounted');
  const { digest } = blob.descriptor;
  const mount = (query: string): Call => ({ method: 'POST', path: `/v2/team/target/blobs/uploads/?${query}` });

  beforeAll(() => registry.push('team/source', blob));

  test.each([
    ['from a repository that lacks the blob', `mount=${digest}&from=team/lacks`],
    ['from something that is no repository', `mount=${digest}&from=../source`],
    ['from a source given twice', `mount=${digest}&from=team/source&from=team/source`],
    ['from a source without a name', `mount=${digest}&from=`],
    ['of a blob that is nowhere', `mount=${absentDigest}&from=team/source`],
    ['of a blob that is nowhere, without a source', `mount=${absentDigest}`],
  ])('%s is declined with an ordinary session', async (_, query) => {
    const { headers } = await expectCase(mount(query), { status: 202, range: '0-0' });
    await expectCase({ path: headers.location ?? '' }, { status: 204 });
    await expectCase({ path: `/v2/team/target/blobs/${digest}` }, { status: 404, codes: ['BLOB_UNKNOWN'] });
    await registry.call({ method: 'DELETE', path: headers.location ?? '' });
  });

  test('makes the blob readable without moving bytes', async () => {
    const reply = await expectCase(mount(`mount=${digest}&from=team%2Fsource`), { status: 201 });
    expect(reply.headers.location).toBe(`/v2/team/target/blobs/${digest}`);
    expect(reply.headers['docker-content-digest']).toBe(digest);
    await expectPulls('mounted', 'sha256', 'team/target');
  });

  test('without a source takes the blob from where the caller may read it', async () => {
    const blobs = [blobOf('anywhere'), blobOf('anywhere', 'sha512')];
    for (const found of blobs) {
      await registry.push('other/source', found);
      const reply = await expectCase(mount(`mount=${found.descriptor.digest}`), { status: 201 });
      expect(reply.headers.location).toBe(`/v2/team/target/blobs/${found.descriptor.digest}`);
      await expectPulls('anywhere', digestAlgorithm(found.descriptor.digest), 'team/target');
    }
  });

  test('without a source takes nothing from where the blob was deleted', async () => {
    const deleted = blobOf('deleted');
    await registry.push('other/source', deleted);
    const path = `/v2/other/source/blobs/${deleted.descriptor.digest}`;
    await expectCase({ method: 'DELETE', path }, { status: 202 });
    const { headers } = await expectCase(mount(`mount=${deleted.descriptor.digest}`), { status: 202 });
    await registry.call({ method: 'DELETE', path: headers.location ?? '' });
  });

  test('without a source works after a restart', async () => {
    const directory = await temporaryDirectory();
    const before = await openRegistryUnderTest({ directory });
    await before.push('team/source', blob);
    await before.close();
    const after = await openRegistryUnderTest({ directory });
    expect((await after.call(mount(`mount=${digest}`))).status).toBe(201);
    await after.close();
    await rm(directory, { recursive: true });
  });

  test('of a malformed digest is refused', () =>
    expectCase(mount('mount=sha256:x&from=team/source'), { status: 400, codes: ['DIGEST_INVALID'] }));
});
