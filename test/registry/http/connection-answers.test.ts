/** Requests that come together on one connection, and bytes that are no request. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { openConnectionAnswers } from '../../../registry/http/connection-answers.ts';
import { contentOf } from '../../oci/content.ts';
import { openRawConnection } from '../raw-connection.ts';
import { basic, blobOf, openRegistryUnderTest, type RegistryUnderTest } from '../registry-under-test.ts';

const large = contentOf(mediaTypes.ociLayer, Buffer.alloc(32 * 1024 * 1024, 'large'));
const hello = blobOf('hello');

let registry: RegistryUnderTest;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
  await registry.push('team/app', large);
});

afterAll(() => registry.close());

function head(request: string, ...lines: readonly string[]): string {
  const { authorization } = basic('x', registry.tokens.admin);
  return [request, 'Host: x', `Authorization: ${authorization}`, ...lines, '', ''].join('\r\n');
}

const push = () => `POST /v2/team/app/blobs/uploads/?digest=${hello.descriptor.digest}`;

/** How many answers nobody got whole. */
function countCutOff(): number {
  return registry.events.filter((event) => event.kind === 'answered' && !event.whole).length;
}

/** Status and code of the one answer on the connection, which is closed behind it. */
async function refusalOf(text: string, { port } = registry): Promise<readonly unknown[]> {
  const connection = openRawConnection(port);
  connection.write(text);
  const [top = '', body = ''] = (await connection.closed()).split('\r\n\r\n');
  const { errors } = JSON.parse(body) as { errors: { code: string }[] };
  expect(top).toContain('\r\nConnection: close');
  return [/^HTTP\/1\.1 (\d+)/.exec(top)?.[1], errors[0]?.code];
}

describe('requests that come together', () => {
  test('are answered one after the other, each after what the one before did', async () => {
    const connection = openRawConnection(registry.port);
    const blob = `/v2/team/app/blobs/${blobOf('in turn').descriptor.digest}`;
    const pushed = `POST /v2/team/app/blobs/uploads/?digest=${blobOf('in turn').descriptor.digest} HTTP/1.1`;
    connection.write(
      [
        `${head(pushed, 'Content-Length: 7')}in turn`,
        head(`GET ${blob} HTTP/1.1`),
        head(`DELETE ${blob} HTTP/1.1`),
        head(`GET ${blob} HTTP/1.1`, 'Connection: close'),
      ].join(''),
    );
    const statuses = (await connection.closed()).match(/HTTP\/1\.1 \d+/g);
    expect(statuses).toEqual(['HTTP/1.1 201', 'HTTP/1.1 200', 'HTTP/1.1 202', 'HTTP/1.1 404']);
  });

  test('are not begun when the connection is gone before their turn', async () => {
    const kept = blobOf('kept');
    await registry.push('team/app', kept);
    const before = countCutOff();
    const connection = openRawConnection(registry.port);
    const path = `/v2/team/app/blobs/${kept.descriptor.digest}`;
    connection.write(
      head(`GET /v2/team/app/blobs/${large.descriptor.digest} HTTP/1.1`) + head(`DELETE ${path} HTTP/1.1`),
    );
    await connection.until(/\r\n\r\n/);
    connection.socket.destroy();
    await expect.poll(countCutOff).toBe(before + 1);
    await nextTurn();
    expect((await registry.call({ path })).status).toBe(200);
  });

  // Spec: RFC 9112, "Tear-down".
  test('are not begun behind an answer that is the last on the connection', async () => {
    const answers = openConnectionAnswers();
    const begun: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      answers.inTurn(request, response, () => {
        begun.push(request.url);
        if (request.url === '/last') response.setHeader('Connection', 'close');
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const connection = openRawConnection((server.address() as AddressInfo).port);
    connection.write(['/first', '/last', '/behind'].map((path) => head(`GET ${path} HTTP/1.1`)).join(''));
    await connection.closed();
    server.close();
    expect(begun).toEqual(['/first', '/last']);
  });
});

describe('what is no request', () => {
  test.each([
    ['nonsense', (): string => 'nonsense\r\n\r\n', '400'],
    [
      'a chunk without a length',
      (): string => `${head(`${push()} HTTP/1.1`, 'Transfer-Encoding: chunked')}zz\r\n`,
      '400',
    ],
    ['a header of 20 KB', (): string => head('GET /v2/ HTTP/1.1', `X: ${'x'.repeat(20_000)}`), '431'],
  ] as const)('is refused in the words of the registry: %s', async (_, text, status) => {
    expect(await refusalOf(text())).toEqual([status, 'UNSUPPORTED']);
  });

  test('is refused in the words of the registry when its head never ends', async () => {
    const hasty = await openRegistryUnderTest({ limits: { headersMs: 400 } });
    expect(await refusalOf('GET /v2/ HTTP/1.1\r\nHost: x\r\n', hasty)).toEqual(['408', 'UNSUPPORTED']);
    await hasty.close();
  });

  test('is refused behind an answer that is whole', async () => {
    const connection = openRawConnection(registry.port);
    connection.write(head('GET /v2/ HTTP/1.1'));
    await connection.until(/\{\}$/);
    connection.write('nonsense\r\n\r\n');
    expect((await connection.closed()).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  });

  test('never stands in the middle of an answer, which is cut off', async () => {
    const before = countCutOff();
    const connection = openRawConnection(registry.port);
    connection.write(head(`GET /v2/team/app/blobs/${large.descriptor.digest} HTTP/1.1`));
    await connection.until(/\r\n\r\n/);
    connection.socket.pause();
    connection.write('nonsense\r\n\r\n');
    await expect.poll(countCutOff).toBe(before + 1);
    connection.socket.resume();
    const [, body = ''] = (await connection.closed()).split('\r\n\r\n');
    expect([body.length < large.bytes.length, body.replaceAll('large', '').length < 5]).toEqual([true, true]);
  });

  test('never takes the place of an answer that is owed', async () => {
    const connection = openRawConnection(registry.port);
    connection.write(`${head(`${push()} HTTP/1.1`, 'Content-Length: 5')}hellononsense\r\n\r\n`);
    expect(await connection.closed()).not.toContain('400');
  });
});

test('nobody who speaks HTTP/1.0 is told to go on', async () => {
  const connection = openRawConnection(registry.port);
  connection.write(`${head(`${push()} HTTP/1.0`, 'Expect: 100-continue', 'Content-Length: 5')}hello`);
  expect((await connection.closed()).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 201']);
});
