/** The one mapping from errors to problems: every class and every code. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { problemSchema } from '../../../api/problem.ts';
import { type ErrorCode, errorCatalogue } from '../../../errors/catalogue.ts';
import {
  AccessError,
  type CodedError,
  ConflictError,
  InputError,
  IntegrityError,
  InvariantError,
  NotFoundError,
  RegistryError,
  TransportError,
} from '../../../errors/errors.ts';
import { problemOfError, problemStatus } from '../../../service/http/problem.ts';
import { openHttpBench, problemIn } from './http-bench.ts';

const context = { instance: '/api/v1/status', requestId: 'r-1' };
const answer = { status: 500, specCodes: [], retryable: true };

/** An error with the code, of the class that the catalogue names for it. */
function errorOf(code: ErrorCode, signedIn = true): CodedError {
  const init = { code, message: 'it failed' };
  const { raisedAs } = errorCatalogue[code];
  switch (raisedAs) {
    case 'InputError':
      return new InputError(init);
    case 'AccessError':
      return new AccessError({ ...init, signedIn });
    case 'NotFoundError':
      return new NotFoundError(init);
    case 'ConflictError':
      return new ConflictError(init);
    case 'RegistryError':
      return new RegistryError({ ...init, ...answer });
    case 'TransportError':
      return new TransportError(init);
    case 'IntegrityError':
      return new IntegrityError(init);
    case 'InvariantError':
      return new InvariantError(init);
  }
}

describe('statuses', () => {
  const table: readonly (readonly [error: CodedError, status: number])[] = [
    [errorOf('VERSION_INVALID'), 422],
    [errorOf('REQUEST_INVALID'), 400],
    [errorOf('BODY_TOO_LARGE'), 413],
    [errorOf('BODY_TYPE_UNSUPPORTED'), 415],
    [errorOf('METHOD_NOT_ALLOWED'), 405],
    [errorOf('NOT_SIGNED_IN', false), 401],
    [errorOf('ACCESS_DENIED'), 403],
    [errorOf('HOST_REFUSED', false), 421],
    [errorOf('SIGN_IN_LIMITED', false), 429],
    [errorOf('APP_UNKNOWN'), 404],
    [errorOf('EXPECTED_CURRENT_CHANGED'), 409],
    [errorOf('REGISTRY_REFUSED'), 502],
    [errorOf('REGISTRY_UNREACHABLE'), 504],
    [errorOf('REDIS_UNREACHABLE'), 503],
    [errorOf('DIGEST_MISMATCH'), 502],
    [errorOf('INVARIANT_BROKEN'), 500],
    // The service's own credentials and files are nothing the caller can mend, so no 4xx blames the caller.
    [errorOf('REGISTRY_DENIED', false), 502],
    [errorOf('CREDENTIALS_INVALID'), 500],
    [errorOf('ACCESS_FILE_INVALID'), 500],
    [errorOf('CONFIG_INVALID'), 500],
  ];
  test.each(table)('%s is answered with %i', (error, status) => {
    expect(problemStatus(error)).toBe(status);
  });

  test('what is no error of ours is our fault', () => {
    expect([problemStatus(new Error('x')), problemStatus('x'), problemStatus(undefined)]).toEqual([500, 500, 500]);
  });
});

describe('problems', () => {
  const codes = Object.keys(errorCatalogue).filter((code): code is ErrorCode => code in errorCatalogue);
  test.each(codes)('%s has a stable code, a status of an error, and a way out', (code) => {
    const problem = problemSchema.strict().parse(problemOfError(errorOf(code), context));
    expect(problem).toMatchObject({ code, detail: 'it failed', title: errorCatalogue[code].means, ...context });
    expect(problem.wayOut).toBe(errorCatalogue[code].wayOut);
    expect(problem.status).toBeGreaterThanOrEqual(400);
  });

  test('an error’s own way out and values are told', () => {
    const fields = { side: 'target', at: 3, gone: undefined, list: ['a'] };
    const error = new ConflictError({ code: 'TAG_FENCED', message: 'm', wayOut: 'do this', fields });
    const problem = problemOfError(error, context);
    expect([problem.wayOut, problem.fields]).toEqual(['do this', { side: 'target', at: 3, list: ['a'] }]);
  });

  test('nothing is told of an unknown error', () => {
    const problem = problemOfError(new Error('password=hunter2'), context);
    expect(JSON.stringify(problem)).not.toContain('hunter2');
    expect(problem).toMatchObject({ status: 500, code: 'INVARIANT_BROKEN' });
  });
});

describe('over HTTP', () => {
  const failures: readonly (readonly [
    error: unknown,
    status: number,
    code: string,
    headers: Record<string, string>,
  ])[] = [
    [errorOf('REDIS_UNREACHABLE'), 503, 'REDIS_UNREACHABLE', { 'retry-after': '2' }],
    [errorOf('REGISTRY_UNREACHABLE'), 504, 'REGISTRY_UNREACHABLE', { 'retry-after': '2' }],
    [errorOf('INVARIANT_BROKEN'), 500, 'INVARIANT_BROKEN', {}],
    [new TypeError('secret hunter2'), 500, 'INVARIANT_BROKEN', {}],
    [Object.assign(new Error('secret hunter2'), { statusCode: 418 }), 500, 'INVARIANT_BROKEN', {}],
    ['secret hunter2', 500, 'INVARIANT_BROKEN', {}],
  ];
  test.each(failures)('%s leaves the service as a problem', async (error, status, code, headers) => {
    const bench = await openHttpBench();
    bench.promotions.failWith = error;
    const answer = await bench.call('viewer', { url: '/api/v1/status' });
    expect(problemIn(answer)).toMatchObject({ status, code, instance: '/api/v1/status' });
    expect(answer.headers).toMatchObject(headers);
    expect(answer.text).not.toContain('hunter2');
    await bench.close();
  });

  test('the query is not repeated', async () => {
    const bench = await openHttpBench();
    const answer = await bench.call('nobody', { url: '/api/v1/nothing?token=rat_1_hunter2' });
    expect(problemIn(answer).instance).toBe('/api/v1/nothing');
    expect(bench.log.join('')).not.toContain('hunter2');
    await bench.close();
  });
});

describe('in the log', () => {
  /** Lines that tell of a problem, as objects. */
  const told = (log: readonly string[]) => log.map((line) => JSON.parse(line)).filter(({ code }) => code !== undefined);

  const levels: readonly (readonly [error: unknown, code: string, level: string])[] = [
    [errorOf('APP_UNKNOWN'), 'APP_UNKNOWN', 'info'],
    [errorOf('EXPECTED_CURRENT_CHANGED'), 'EXPECTED_CURRENT_CHANGED', 'info'],
    [errorOf('REDIS_UNREACHABLE'), 'REDIS_UNREACHABLE', 'warn'],
    [errorOf('REGISTRY_UNREACHABLE'), 'REGISTRY_UNREACHABLE', 'warn'],
    [errorOf('REGISTRY_REFUSED'), 'REGISTRY_REFUSED', 'warn'],
    [errorOf('INVARIANT_BROKEN'), 'INVARIANT_BROKEN', 'error'],
    [new TypeError('unexpected'), 'INVARIANT_BROKEN', 'error'],
  ];
  test.each(levels)('%s is one line with code, detail, way out and request id', async (error, code, level) => {
    const bench = await openHttpBench();
    bench.promotions.failWith = error;
    const problem = problemIn(await bench.call('viewer', { url: '/api/v1/status' }));
    const { detail, wayOut, status, instance, requestId } = problem;
    const lines = told(bench.log);
    expect(lines).toMatchObject([{ code, detail, wayOut, status, instance, requestId, level: levelNumbers[level] }]);
    await bench.close();
  });

  test('a refusal by policy is told with every reason', async () => {
    const bench = await openHttpBench();
    const reasons = [
      { code: 'DIGEST_QUARANTINED', message: 'quarantined', wayOut: 'wait' },
      { code: 'AUTOMATION_HELD', message: 'held', wayOut: 'promote by hand' },
    ];
    bench.promotions.refuseWith = reasons;
    const url = '/api/v1/apps/web/environments/staging/promotions';
    const { wayOut } = problemIn(await bench.call('operator', { method: 'POST', url }));
    expect(told(bench.log)).toMatchObject([
      { code: 'REFUSED_BY_POLICY', wayOut, reasons, level: levelNumbers['info'] },
    ]);
    await bench.close();
  });

  test.each([
    {
      what: 'a caller who is not signed in',
      role: 'nobody',
      request: { url: '/api/v1/status' },
      code: 'NOT_SIGNED_IN',
    },
    { what: 'an unknown path', role: 'viewer', request: { url: '/api/v1/nothing' }, code: 'NOT_FOUND' },
    { what: 'a malformed path', role: 'viewer', request: { url: '/api/v1/promotions/%' }, code: 'REQUEST_INVALID' },
  ] as const)('$what is told with $code', async ({ role, request, code }) => {
    const bench = await openHttpBench();
    const { detail, wayOut } = problemIn(await bench.call(role, request));
    expect(told(bench.log)).toMatchObject([{ code, detail, wayOut, level: levelNumbers['info'] }]);
    await bench.close();
  });

  test('bytes that are no HTTP request are told, too', async () => {
    const bench = await openHttpBench();
    const { port } = new URL(await bench.http.listen(0));
    await sayTo(Number(port), 'nonsense\r\n\r\n');
    expect(told(bench.log)).toMatchObject([{ code: 'REQUEST_INVALID', status: 400, wayOut: expect.any(String) }]);
    await bench.close();
  });
});

const levelNumbers: Readonly<Record<string, number>> = { info: 30, warn: 40, error: 50 };

/** Sends the text and resolves when the server has closed the connection. */
async function sayTo(port: number, text: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.resume();
  socket.write(text);
  await once(socket, 'close');
}
