/** Every route: what it answers when all is well, and when it is not. */
import type { InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { readinessSchema } from '../../../api/health.ts';
import { historyViewSchema } from '../../../api/history.ts';
import { promotionViewSchema, submittedSchema } from '../../../api/promotion.ts';
import { statusMatrixSchema } from '../../../api/status.ts';
import { tokenCreatedSchema, tokenListSchema } from '../../../api/token.ts';
import type { Role } from '../../../core/access.ts';
import { type HttpBench, openHttpBench, problemIn, startOfTime } from './http-bench.ts';
import { digestOfVersion } from './memory-promotions.ts';

let bench: HttpBench;
beforeEach(async () => {
  bench = await openHttpBench();
});
afterEach(() => bench.close());

const promote = '/api/v1/apps/web/environments/staging/promotions';
const rollback = '/api/v1/apps/web/environments/staging/rollbacks';
const history = '/api/v1/apps/web/environments/staging/history';

/** The body of the answer, when the status is the expected one and the schema knows every part of it. */
async function bodyOf<Body>(
  role: Role,
  request: InjectOptions,
  status: number,
  schema: z.ZodType<Body>,
): Promise<Body> {
  const answer = await bench.call(role, request);
  expect(answer.status, answer.text).toBe(status);
  const body = schema.parse(answer.json);
  expect(body).toEqual(answer.json);
  return body;
}

describe('promotions', () => {
  test('a promotion is queued and its path told', async () => {
    const answer = await bench.call('operator', {
      method: 'POST',
      url: promote,
      payload: { version: '1.2.3', reason: 'why' },
    });
    expect(answer.status).toBe(202);
    const { changed, promotion } = submittedSchema.parse(answer.json);
    expect(changed).toBe(true);
    expect(promotion).toMatchObject({
      app: 'web',
      environment: 'staging',
      version: '1.2.3',
      actor: 'the-operator',
      reason: 'why',
    });
    expect(answer.headers['location']).toBe(`/api/v1/promotions/${promotion?.id}`);
    const read = await bodyOf('viewer', { url: String(answer.headers['location']) }, 200, promotionViewSchema);
    expect(read).toEqual(promotion);
  });

  test('a promotion without body promotes what is current in the environment before', async () => {
    const submitted = await bodyOf('operator', { method: 'POST', url: promote }, 202, submittedSchema);
    expect(submitted.plan.toVersion).toBe('1.0.0');
    expect(bench.promotions.arrived[0]?.request).toEqual({ app: 'web', environment: 'staging' });
  });

  test('what is already so is answered with 200 and without a promotion', async () => {
    await bench.call('operator', { method: 'POST', url: promote });
    const again = await bodyOf('operator', { method: 'POST', url: promote }, 200, submittedSchema);
    expect(again).toMatchObject({ changed: false });
    expect(again.promotion).toBeUndefined();
  });

  test('a dry run answers the plan and changes nothing', async () => {
    const payload = { version: '2.0.0', dryRun: true };
    const { plan, changed } = await bodyOf('operator', { method: 'POST', url: promote, payload }, 200, submittedSchema);
    expect([changed, plan.to]).toEqual([false, digestOfVersion('2.0.0')]);
    const { entries } = await bodyOf('viewer', { url: history }, 200, historyViewSchema);
    expect(entries).toEqual([]);
  });

  test('a refusal carries every reason and the plan', async () => {
    const soak = { code: 'SOAK', message: 'has soaked 1 of 24 hours', wayOut: 'wait until tomorrow' };
    const freeze = { code: 'FREEZE', message: 'the weekend is frozen', wayOut: 'wait until Monday' };
    bench.promotions.refuseWith = [soak, freeze];
    const problem = problemIn(await bench.call('operator', { method: 'POST', url: promote }));
    expect(problem).toMatchObject({ status: 409, code: 'REFUSED_BY_POLICY', reasons: [soak, freeze] });
    expect(problem.plan?.environment).toBe('staging');
    expect(problem.detail).toBe('refused by policy: has soaked 1 of 24 hours; the weekend is frozen');
  });

  test('a dry run of what would be refused is answered with the plan, not with a problem', async () => {
    bench.promotions.refuseWith = [{ code: 'SOAK', message: 'too young', wayOut: 'wait' }];
    const payload = { dryRun: true };
    const { plan } = await bodyOf('operator', { method: 'POST', url: promote, payload }, 200, submittedSchema);
    expect(plan.decision.allowed).toBe(false);
  });

  test('an app with slashes in its name is named percent-encoded', async () => {
    const url = '/api/v1/apps/team%2Fapi/environments/staging/promotions';
    const { plan } = await bodyOf('operator', { method: 'POST', url }, 202, submittedSchema);
    expect(plan.app).toBe('team/api');
  });

  test('a name of the longest kind is read whole', async () => {
    const name = Array(100).fill('a').join('/');
    const url = `/api/v1/apps/${encodeURIComponent(name)}/environments/staging/history`;
    const problem = problemIn(await bench.call('viewer', { url }));
    expect(problem).toMatchObject({ code: 'APP_UNKNOWN', detail: `unknown app: ${name}` });
  });

  test('the idempotency key is passed on, and a repeated request answered like the first', async () => {
    const request: InjectOptions = {
      method: 'POST',
      url: promote,
      headers: { 'idempotency-key': 'k-1' },
      payload: { version: '1.0.0' },
    };
    const first = await bench.call('operator', request);
    const second = await bench.call('operator', request);
    expect(second.json).toEqual(first.json);
    expect(bench.promotions.arrived.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['k-1', 'k-1']);
    await bench.call('operator', { ...request, url: rollback, payload: { to: '0.1.0', reason: 'r' } });
    expect(bench.promotions.arrived.at(-1)).toMatchObject({ kind: 'rollback', idempotencyKey: 'k-1' });
  });
});

describe('rollbacks', () => {
  test('a rollback is queued', async () => {
    const payload = { to: '0.9.0', reason: 'it burns', expectedCurrent: digestOfVersion('1.0.0') };
    await bench.call('operator', { method: 'POST', url: promote });
    const { plan, promotion } = await bodyOf(
      'operator',
      { method: 'POST', url: rollback, payload },
      202,
      submittedSchema,
    );
    expect([plan.kind, plan.willHold, promotion?.reason]).toEqual(['rollback', true, 'it burns']);
  });
});

describe('status and history', () => {
  test('the matrix names every app and environment', async () => {
    await bench.call('operator', { method: 'POST', url: promote });
    const { apps, environments } = await bodyOf('viewer', { url: '/api/v1/status' }, 200, statusMatrixSchema);
    expect(environments).toEqual(['dev', 'staging', 'production']);
    expect(apps.map(({ app }) => app)).toEqual(['web', 'team/api']);
    expect(apps[0]?.environments[1]).toMatchObject({ environment: 'staging', state: 'current', number: 1 });
  });

  test('the history is newest first', async () => {
    await bench.call('operator', { method: 'POST', url: promote, payload: { version: '1.0.0' } });
    await bench.call('operator', { method: 'POST', url: promote, payload: { version: '1.1.0' } });
    const { entries } = await bodyOf('viewer', { url: history }, 200, historyViewSchema);
    expect(entries.map(({ number, version, current }) => [number, version, current])).toEqual([
      [2, '1.1.0', true],
      [1, '1.0.0', false],
    ]);
  });
});

describe('tokens', () => {
  const tokens = '/api/v1/tokens';

  test('a token is made, works, is listed without its secret, and ends when revoked', async () => {
    const payload = { name: 'ci', role: 'viewer', expiresAt: new Date(startOfTime + 60_000).toISOString() };
    const created = await bodyOf('admin', { method: 'POST', url: tokens, payload }, 201, tokenCreatedSchema);
    const asCi = { url: '/api/v1/status', headers: { authorization: `Bearer ${created.secret}` } };
    expect((await bench.call('nobody', asCi)).status).toBe(200);
    const listed = await bench.call('admin', { url: tokens });
    expect(tokenListSchema.parse(listed.json).tokens.at(-1)).toEqual({
      id: created.id,
      name: 'ci',
      role: 'viewer',
      createdAt: new Date(startOfTime).toISOString(),
      expiresAt: payload.expiresAt,
    });
    for (const secret of Object.values(bench.tokens))
      expect(listed.text).not.toContain(secret.replace(/^rat_[^_]+_/, ''));
    expect((await bench.call('admin', { method: 'DELETE', url: `${tokens}/${created.id}` })).status).toBe(204);
    expect((await bench.call('nobody', asCi)).status).toBe(401);
    const gone = problemIn(await bench.call('admin', { method: 'DELETE', url: `${tokens}/${created.id}` }));
    expect(gone).toMatchObject({ status: 404, code: 'TOKEN_UNKNOWN' });
  });
});

describe('probes', () => {
  test('/livez answers', async () => {
    const answer = await bench.call('nobody', { url: '/livez' });
    expect([answer.status, answer.text]).toEqual([200, 'ok\n']);
  });

  test('/readyz answers 200 with its parts, and 503 when one is not ready', async () => {
    expect((await bench.call('nobody', { url: '/readyz' })).status).toBe(200);
    bench.readiness = { ok: false, parts: [{ name: 'redis', ok: false, detail: 'connection refused' }] };
    const answer = await bench.call('nobody', { url: '/readyz' });
    expect([answer.status, readinessSchema.parse(answer.json)]).toEqual([503, bench.readiness]);
  });

  test('/metrics counts requests by route, and unknown paths as one', async () => {
    await bench.call('viewer', { url: history });
    for (const path of ['/a', '/b', '/c']) await bench.call('nobody', { url: path });
    const { text, headers } = await bench.call('nobody', { url: '/metrics' });
    expect(headers['content-type']).toContain('text/plain');
    const counts = text
      .split('\n')
      .filter((line) => line.startsWith('registry_action_http_request_duration_seconds_count'));
    expect(counts).toEqual([
      'registry_action_http_request_duration_seconds_count{method="GET",route="/api/v1/apps/:app/environments/:environment/history",status="200"} 1',
      'registry_action_http_request_duration_seconds_count{method="any",route="unknown",status="404"} 3',
    ]);
  });
});

describe('malformed requests', () => {
  const json = { 'content-type': 'application/json' };
  const malformed: readonly (readonly [title: string, request: InjectOptions, faults: readonly string[]])[] = [
    ['an unknown part', { method: 'POST', url: promote, payload: { verison: '1.0.0' } }, ['body: unknown: verison']],
    [
      'a digest that is none',
      { method: 'POST', url: promote, payload: { digest: 'sha256:12' } },
      ['body.digest: not well-formed: "sha256:12"'],
    ],
    [
      'several at once',
      { method: 'POST', url: promote, payload: { digest: 1, dryRun: 'yes' } },
      ['body.digest: expected string: 1', 'body.dryRun: expected boolean: "yes"'],
    ],
    ['a list', { method: 'POST', url: promote, payload: [] }, ['body: expected object: []']],
    ['a rollback without reason', { method: 'POST', url: rollback, payload: {} }, ['body.reason: expected string']],
    ['an empty reason', { method: 'POST', url: rollback, payload: { reason: '' } }, ['body.reason: shorter than 1']],
    [
      'a reason too long',
      { method: 'POST', url: rollback, payload: { reason: 'x'.repeat(2001) } },
      [`body.reason: longer than 2000: "${'x'.repeat(100)}…"`],
    ],
    [
      'an app in capitals',
      { method: 'POST', url: promote.replace('web', 'Web') },
      ['path.app: not well-formed: "Web"'],
    ],
    [
      'a path that climbs',
      { url: history.replace('web', '..%2F..%2Fetc') },
      ['path.app: not well-formed: "../../etc"'],
    ],
    [
      'an environment that is none',
      { url: history.replace('staging', 'a_b') },
      ['path.environment: not well-formed: "a_b"'],
    ],
    ['an id that is none', { url: '/api/v1/promotions/%00' }, ['path.id: not well-formed: "\\u0000"']],
    [
      'an idempotency key with spaces',
      { method: 'POST', url: promote, headers: { 'idempotency-key': 'a b' } },
      ['header Idempotency-Key: write 1 to 128 visible ASCII characters, once: "a b"'],
    ],
    [
      'an idempotency key too long',
      { method: 'POST', url: promote, headers: { 'idempotency-key': 'k'.repeat(129) } },
      [`header Idempotency-Key: write 1 to 128 visible ASCII characters, once: "${'k'.repeat(100)}…"`],
    ],
    ['a query parameter', { method: 'POST', url: `${promote}?dryRun=true` }, ['query.dryRun: unknown: "true"']],
    [
      'a body of null',
      { method: 'POST', url: promote, payload: 'null', headers: json },
      ['body: expected object: null'],
    ],
    [
      'a body that would change prototypes',
      { method: 'POST', url: promote, payload: '{"a":{"__proto__":{"a":1}}}', headers: json },
      ['body: unknown: __proto__'],
    ],
    [
      'a path segment beyond the limit',
      { url: history.replace('web', 'w'.repeat(601)) },
      [`path: a part is too long: "${history.replace('web', 'w'.repeat(601)).slice(0, 100)}…"`],
    ],
    [
      'a role that is none',
      { method: 'POST', url: '/api/v1/tokens', payload: { name: 'x', role: 'root' } },
      ['body.role: expected member, viewer, pusher, operator, service, admin: "root"'],
    ],
  ];
  test.each(malformed)('%s is refused part by part', async (_, request, faults) => {
    const problem = problemIn(await bench.call('admin', request));
    expect([problem.status, problem.code]).toEqual([400, 'REQUEST_INVALID']);
    expect(problem.reasons?.map(({ message }) => message)).toEqual(faults);
    expect(bench.promotions.arrived).toEqual([]);
  });

  const unreadable: readonly (readonly [title: string, request: InjectOptions, status: number, code: string])[] = [
    [
      'a body that is not JSON',
      { method: 'POST', url: promote, payload: '{"a":', headers: json },
      400,
      'REQUEST_INVALID',
    ],
    [
      'an empty body said to be JSON',
      { method: 'POST', url: promote, payload: '', headers: json },
      400,
      'REQUEST_INVALID',
    ],
    [
      'a body in a form',
      {
        method: 'POST',
        url: promote,
        payload: 'a=1',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      },
      415,
      'BODY_TYPE_UNSUPPORTED',
    ],
    [
      'a body as plain text',
      { method: 'POST', url: promote, payload: '{}', headers: { 'content-type': 'text/plain' } },
      415,
      'BODY_TYPE_UNSUPPORTED',
    ],
    [
      'a body beyond the limit',
      { method: 'POST', url: promote, payload: { reason: 'x'.repeat(70_000) } },
      413,
      'BODY_TOO_LARGE',
    ],
    ['a path that cannot be decoded', { url: '/api/v1/promotions/%zz' }, 400, 'REQUEST_INVALID'],
    [
      'an expiry in the past',
      {
        method: 'POST',
        url: '/api/v1/tokens',
        payload: { name: 'x', role: 'viewer', expiresAt: '2029-12-31T00:00:00Z' },
      },
      400,
      'REQUEST_INVALID',
    ],
  ];
  test.each(unreadable)('%s is refused', async (_, request, status, code) => {
    const problem = problemIn(await bench.call('admin', request));
    expect([problem.status, problem.code]).toEqual([status, code]);
  });
});

describe('unknown addresses', () => {
  const unknown: readonly (readonly [path: string, wayOut: string])[] = [
    ['/api/v1/statsu', 'did you mean /api/v1/status?'],
    [
      '/api/v1/apps/web/environments/staging/promotion',
      'did you mean /api/v1/apps/web/environments/staging/promotions?',
    ],
    ['/api/v1/app/web/environment/staging/history', 'did you mean /api/v1/apps/web/environments/staging/history?'],
    ['/readz', 'did you mean /readyz?'],
    ['/nothing/like/it', 'see /api/v1/openapi.json for the addresses there are'],
    ['/', 'see /api/v1/openapi.json for the addresses there are'],
  ];
  test.each(unknown)('%s is answered with a suggestion', async (url, wayOut) => {
    const problem = problemIn(await bench.call('nobody', { url }));
    expect([problem.status, problem.code, problem.instance]).toEqual([404, 'NOT_FOUND', url]);
    expect(problem.wayOut).toBe(wayOut);
  });

  test('a method that is not possible is answered with those that are', async () => {
    const answer = await bench.call('admin', { method: 'PUT', url: '/api/v1/tokens' });
    expect(problemIn(answer)).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' });
    expect(answer.headers['allow']).toBe('GET, POST');
  });

  test('a request from another origin gets no permission from us', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const answer = await bench.call('nobody', { method: 'OPTIONS', url: promote, headers });
    expect(answer.status).toBe(405);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});
