/** Requests read off a connection, whatever pieces it comes in. */
import { expect, test } from 'vitest';
import { openRequestReader, type RequestLine } from './request-reader.ts';

const conversation = [
  'GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n',
  // A body that looks like a request is none.
  'PUT /v2/app/blobs/uploads/1 HTTP/1.1\r\ncontent-LENGTH: 16\r\n\r\nGET / HTTP/1.1\r\n',
  'PATCH /v2/app/blobs/uploads/2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\na;x=y\r\n0123456\r\n9\r\n0\r\n\r\n',
  'POST /v2/app/blobs/uploads/ HTTP/1.1\r\nContent-Length: 0\r\n\r\n',
  'HEAD /v2/app/manifests/1.0.0 HTTP/1.1\r\nAccept: b\r\n\r\n',
].join('');

const requests: readonly RequestLine[] = [
  { method: 'GET', path: '/v2/' },
  { method: 'PUT', path: '/v2/app/blobs/uploads/1' },
  { method: 'PATCH', path: '/v2/app/blobs/uploads/2' },
  { method: 'POST', path: '/v2/app/blobs/uploads/' },
  { method: 'HEAD', path: '/v2/app/manifests/1.0.0' },
];

function readInPieces(sizeBytes: number): readonly RequestLine[] {
  const seen: RequestLine[] = [];
  const read = openRequestReader((request) => seen.push(request));
  const bytes = Buffer.from(conversation, 'latin1');
  for (let at = 0; at < bytes.length; at += sizeBytes) read(bytes.subarray(at, at + sizeBytes));
  return seen;
}

test.each([1, 2, 3, 7, 64, 10_000])('in pieces of %i bytes, each request is seen once and no body is one', (size) => {
  expect(readInPieces(size)).toEqual(requests);
});

test('a line without an end is refused before it fills the memory', () => {
  const read = openRequestReader(() => undefined);
  expect(() => read(Buffer.alloc(100_000, 'a'))).toThrow(/line/);
});
