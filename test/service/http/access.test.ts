/** Who may call what, from where, and how often a wrong token may be tried. */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { operations } from '../../../api/operation.ts';
import { roleMay, roles } from '../../../core/access.ts';
import { openFailureDelay } from '../../../service/http/failure-delay.ts';
import { servesHost } from '../../../service/http/host-guard.ts';
import type { HttpOptions } from '../../../service/http/open-http.ts';
import { type Answer, type HttpBench, openHttpBench, problemIn } from './http-bench.ts';

const open: HttpBench[] = [];
afterEach(async () => {
  for (const bench of open.splice(0)) await bench.close();
});

async function benchWith(options: Partial<HttpOptions> = {}): Promise<HttpBench> {
  const bench = await openHttpBench(options);
  open.push(bench);
  return bench;
}

/** A request to an operation that is well-formed as far as access goes. The event stream is asked for nonsense, so it ends. */
function requestTo({ method, path }: (typeof operations)[number]) {
  const url = path.replace('{app}', 'web').replace('{environment}', 'staging').replace('{id}', 'p-1');
  return { method: method.toUpperCase() as 'GET', url: url === '/api/v1/events' ? `${url}?since=nonsense` : url };
}

describe('roles', () => {
  const guarded = operations.filter(({ verb, operationId }) => verb !== undefined && operationId !== 'metrics');

  test.each(guarded)('$operationId needs a sign-in', async (operation) => {
    const bench = await benchWith();
    const answer = await bench.call('nobody', requestTo(operation));
    expect(problemIn(answer)).toMatchObject({ status: 401, code: 'NOT_SIGNED_IN' });
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="registry-action"');
  });

  test.each(guarded)('$operationId is possible for exactly the roles that include $verb', async (operation) => {
    const bench = await benchWith();
    for (const role of roles) {
      const answer = await bench.call(role, requestTo(operation));
      const may = operation.verb !== undefined && roleMay(role, operation.verb);
      if (may) expect([401, 403]).not.toContain(answer.status);
      else expect(problemIn(answer)).toMatchObject({ status: 403, code: 'ACCESS_DENIED' });
    }
  });

  test('nothing is done for who may not', async () => {
    const bench = await benchWith();
    for (const role of ['nobody', 'viewer', 'pusher'] as const) {
      await bench.call(role, { method: 'POST', url: '/api/v1/apps/web/environments/staging/promotions' });
    }
    expect(bench.promotions.arrived).toEqual([]);
  });

  const unreadable: readonly string[] = [
    '',
    'Bearer',
    'Bearer ',
    'Basic YTpi',
    'Bearer a b',
    `Bearer ${'x'.repeat(600)}`,
  ];
  test.each(unreadable)('the authorization %j is no sign-in', async (authorization) => {
    const bench = await benchWith();
    const answer = await bench.call('nobody', { url: '/api/v1/status', headers: { authorization } });
    expect(problemIn(answer).status).toBe(401);
  });
});

describe('wrong tokens', () => {
  const wrong = { url: '/api/v1/status', headers: { authorization: 'Bearer rat_0123456789ab_wrong' } };

  test('are answered later and later, a right one at once', async () => {
    const bench = await benchWith();
    for (let tries = 0; tries < 12; tries++) problemIn(await bench.call('nobody', wrong));
    expect(bench.delays).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000]);
    expect((await bench.call('viewer', { url: '/api/v1/status' })).status).toBe(200);
    expect(bench.delays).toHaveLength(7);
  });

  test('of which many wait already are turned away unread', async () => {
    const releases: (() => void)[] = [];
    const bench = await benchWith({ wait: () => new Promise((resolve) => releases.push(resolve)) });
    for (let tries = 0; tries < 5; tries++) await bench.call('nobody', wrong);
    const waiting: Promise<Answer>[] = [];
    while (releases.length < 8) {
      waiting.push(bench.call('nobody', wrong));
      await expect.poll(() => releases.length).toBe(waiting.length);
    }
    const answer = await bench.call('nobody', wrong);
    expect(problemIn(answer)).toMatchObject({ status: 429, code: 'SIGN_IN_LIMITED' });
    expect(answer.headers['retry-after']).toBe('4');
    const elsewhere = await bench.http.app.inject({
      ...wrong,
      headers: { ...wrong.headers, host: 'localhost' },
      remoteAddress: '127.0.0.2',
    });
    expect(elsewhere.statusCode).toBe(401);
    for (const release of releases) release();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(Array(8).fill(401));
    expect((await bench.call('viewer', { url: '/api/v1/status' })).status).toBe(200);
  });

  test('are forgotten after a quarter of an hour', async () => {
    let now = 0;
    const delays: number[] = [];
    const failures = openFailureDelay(
      () => now,
      async (ms) => void delays.push(ms),
    );
    for (let tries = 0; tries < 7; tries++) await failures.delay('192.0.2.1');
    now += 15 * 60_000 + 1;
    await failures.delay('192.0.2.1');
    expect(delays).toEqual([250, 500]);
  });

  test('of one IPv6 network count together, and of IPv4 also where written as IPv6', async () => {
    const delays: number[] = [];
    const failures = openFailureDelay(
      () => 0,
      async (ms) => void delays.push(ms),
    );
    for (let host = 1; host <= 6; host++) await failures.delay(`2001:db8:0:1::${host}`);
    expect(delays).toEqual([250]);
    await failures.delay('2001:db8:0:2::1');
    await failures.delay('2001:db8::1:0:0:0:7');
    expect(delays).toEqual([250, 500]);
    for (let tries = 0; tries < 3; tries++) await failures.delay('192.0.2.1');
    for (let tries = 0; tries < 3; tries++) await failures.delay('::ffff:192.0.2.1');
    expect(delays).toEqual([250, 500, 250]);
  });

  test('never reach the log, nor do right ones', async () => {
    const bench = await benchWith();
    await bench.call('nobody', wrong);
    await bench.call('admin', { method: 'POST', url: '/api/v1/tokens', payload: { name: 'ci', role: 'viewer' } });
    bench.promotions.failWith = new Error('it failed');
    await bench.call('admin', { url: '/api/v1/status' });
    const log = bench.log.join('');
    expect(log).toContain('"actor":"the-admin"');
    expect(log).toContain('it failed');
    expect(log).not.toMatch(/rat_|authorization/i);
  });
});

describe('hosts', () => {
  const table: readonly (readonly [host: string | undefined, loopback: boolean, anywhere: boolean, named: boolean])[] =
    [
      ['127.0.0.1:7420', true, true, true],
      ['localhost', true, true, true],
      ['LOCALHOST:80', true, true, true],
      ['registry.localhost:7420', true, true, true],
      ['[::1]:7420', true, true, true],
      ['evil.example', false, true, false],
      ['evil.example:7420', false, true, false],
      ['localhost.evil.example', false, true, false],
      ['127.0.0.1.evil.example', false, true, false],
      ['promote.acme.example', false, true, true],
      ['promote.acme.example:443', false, true, true],
      ['user@localhost', false, false, false],
      ['localhost/x', false, false, false],
      ['', false, false, false],
      [undefined, false, false, false],
    ];
  test.each(table)(
    '%s reaches a loopback service %s, an open one %s, a named one %s',
    (header, loopback, anywhere, named) => {
      expect([
        servesHost(header, { host: '127.0.0.1', allowedHosts: [] }),
        servesHost(header, { host: '0.0.0.0', allowedHosts: [] }),
        servesHost(header, { host: '0.0.0.0', allowedHosts: ['promote.acme.example'] }),
      ]).toEqual([loopback, anywhere, named]);
    },
  );

  test('a page that calls a local service by a name of its own is refused, even with a valid token', async () => {
    const bench = await benchWith();
    for (const url of ['/api/v1/status', '/livez', '/metrics', '/unknown']) {
      const answer = await bench.call('admin', { url, headers: { host: 'evil.example' } });
      expect(problemIn(answer)).toMatchObject({ status: 421, code: 'HOST_REFUSED' });
    }
  });
});

describe('beyond this machine', () => {
  test('readiness and metrics need a sign-in, liveness does not', async () => {
    const bench = await benchWith({ host: '0.0.0.0' });
    for (const url of ['/readyz', '/metrics']) {
      expect(problemIn(await bench.call('nobody', { url })).status).toBe(401);
      expect((await bench.call('viewer', { url })).status).toBe(200);
    }
    expect((await bench.call('nobody', { url: '/livez' })).status).toBe(200);
  });
});

describe('bytes that are no request', () => {
  const garbage: readonly (readonly [bytes: string, status: string])[] = [
    ['NONSENSE\r\n\r\n', 'HTTP/1.1 400 Bad Request'],
    [
      `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      'HTTP/1.1 431 Request Header Fields Too Large',
    ],
    [
      'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
      'HTTP/1.1 400 Bad Request',
    ],
  ];
  test.each(garbage)('are answered with a problem (case %#)', async (bytes, status) => {
    const bench = await benchWith();
    const { port } = new URL(await bench.http.listen(0));
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(bytes);
    const answer = await text(socket);
    expect(answer.startsWith(status), answer).toBe(true);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 'REQUEST_INVALID' });
  });
});
