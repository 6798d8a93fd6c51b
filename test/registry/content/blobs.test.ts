/** Pulling and deleting blobs. Spec: distribution-spec v1.1.1, "Pulling blobs". */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  absentDigest,
  blobOf,
  type Call,
  openRegistryUnderTest,
  type RegistryUnderTest,
} from '../registry-under-test.ts';

const digits = blobOf('0123456789');
const empty = blobOf('');
const emptyObject = blobOf('{}');
const long = blobOf('long digest', 'sha512');
const path = `/v2/team/app/blobs/${digits.descriptor.digest}`;

let registry: RegistryUnderTest;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
  await registry.push('team/app', digits, empty, emptyObject, long);
});

afterAll(() => registry.close());

interface Expected {
  readonly status: number;
  readonly text?: string;
  readonly codes?: readonly string[];
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

async function expectCase(call: Call, { status, text, codes = [], headers = {} }: Expected): Promise<void> {
  const reply = await registry.call(call);
  expect({ status: reply.status, codes: reply.codes }).toEqual({ status, codes });
  if (text !== undefined) expect(reply.text).toBe(text);
  for (const [name, value] of Object.entries(headers)) expect([name, reply.headers[name]]).toEqual([name, value]);
}

const contentHeaders = {
  'content-type': 'application/octet-stream',
  'docker-content-digest': digits.descriptor.digest,
  'accept-ranges': 'bytes',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'",
};

describe('pulling', () => {
  const cases: [string, Call, Expected][] = [
    [
      'GET gives the bytes',
      { path },
      { status: 200, text: '0123456789', headers: { ...contentHeaders, 'content-length': '10' } },
    ],
    [
      'HEAD gives the same headers',
      { method: 'HEAD', path },
      { status: 200, text: '', headers: { ...contentHeaders, 'content-length': '10' } },
    ],
    [
      'a sha512 blob is known by its sha512 digest',
      { path: `/v2/team/app/blobs/${long.descriptor.digest}` },
      { status: 200, text: 'long digest', headers: { 'docker-content-digest': long.descriptor.digest } },
    ],
    [
      'a blob of no bytes has length 0',
      { path: `/v2/team/app/blobs/${empty.descriptor.digest}` },
      { status: 200, text: '', headers: { 'content-length': '0' } },
    ],
    [
      'an empty object is a blob',
      { path: `/v2/team/app/blobs/${emptyObject.descriptor.digest}` },
      { status: 200, text: '{}' },
    ],
    ['an escaped colon is a colon', { path: path.replace(':', '%3A') }, { status: 200, text: '0123456789' }],
    [
      'an absent blob is unknown',
      { path: `/v2/team/app/blobs/${absentDigest}` },
      { status: 404, codes: ['BLOB_UNKNOWN'] },
    ],
    [
      'HEAD of an absent blob has no body',
      { method: 'HEAD', path: `/v2/team/app/blobs/${absentDigest}` },
      { status: 404, text: '' },
    ],
    [
      'a blob of another repository is unknown',
      { path: path.replace('team/app', 'team/web') },
      { status: 404, codes: ['BLOB_UNKNOWN'] },
    ],
    [
      'no other method is known',
      { method: 'PUT', path },
      { status: 405, codes: ['UNSUPPORTED'], headers: { allow: 'GET, HEAD, DELETE' } },
    ],
  ];

  test.each(cases)('%s', (_, call, expected) => expectCase(call, expected));
});

describe('ranges', () => {
  const whole = { status: 200, text: '0123456789' };
  const none = { status: 416, codes: ['RANGE_INVALID'], headers: { 'content-range': 'bytes */10' } };
  const part = (text: string, range: string): Expected => ({
    status: 206,
    text,
    headers: { ...contentHeaders, 'content-range': `bytes ${range}/10`, 'content-length': String(text.length) },
  });
  const cases: [string, Expected][] = [
    ['bytes=2-4', part('234', '2-4')],
    ['bytes=7-', part('789', '7-9')],
    ['bytes=-3', part('789', '7-9')],
    ['bytes=-30', part('0123456789', '0-9')],
    ['bytes=8-5000', part('89', '8-9')],
    ['bytes=0-0', part('0', '0-0')],
    ['bytes=0-18446744073709551615', part('0123456789', '0-9')],
    ['bytes=5-0', none],
    ['bytes=10-', none],
    ['bytes=10-20', none],
    ['bytes=-0', none],
    ['bytes=18446744073709551615-', none],
    ['bytes=0-1,4-5', whole],
    [`bytes=${'0-1,'.repeat(1000)}0-1`, whole],
    ['bytes=-', whole],
    ['bytes=a-b', whole],
    ['lines=1-2', whole],
  ];

  test.each(cases)('%s', (range, expected) => expectCase({ path, headers: { range } }, expected));

  test('of a blob of no bytes there is no part', () =>
    expectCase(
      { path: `/v2/team/app/blobs/${empty.descriptor.digest}`, headers: { range: 'bytes=0-0' } },
      { status: 416, codes: ['RANGE_INVALID'], headers: { 'content-range': 'bytes */0' } },
    ));
});

describe('deleting', () => {
  test('a deleted blob is gone from its repository alone', async () => {
    const shared = blobOf('shared');
    await registry.push('team/left', shared);
    await registry.push('team/right', shared);
    const digest = shared.descriptor.digest;
    await expectCase({ method: 'DELETE', path: `/v2/team/left/blobs/${digest}` }, { status: 202 });
    await expectCase({ path: `/v2/team/right/blobs/${digest}` }, { status: 200, text: 'shared' });
    await expectCase({ path: `/v2/team/left/blobs/${digest}` }, { status: 404, codes: ['BLOB_UNKNOWN'] });
    await expectCase({ method: 'HEAD', path: `/v2/team/left/blobs/${digest}` }, { status: 404 });
  });

  test('a blob that is not there cannot be deleted', () =>
    expectCase(
      { method: 'DELETE', path: `/v2/team/app/blobs/${absentDigest}` },
      { status: 404, codes: ['BLOB_UNKNOWN'] },
    ));

  test('a deleted blob can be pushed again', async () => {
    const again = blobOf('again');
    const blobPath = `/v2/team/app/blobs/${again.descriptor.digest}`;
    await registry.push('team/app', again);
    await expectCase({ method: 'DELETE', path: blobPath }, { status: 202 });
    await registry.push('team/app', again);
    await expectCase({ path: blobPath }, { status: 200, text: 'again' });
  });
});
