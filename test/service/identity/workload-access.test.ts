/** Workloads at the API: what they may do where, what they are told when they may not, and that no token is repeated. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { problemSchema } from '../../../api/problem.ts';
import { whoamiSchema } from '../../../api/whoami.ts';
import { describeError, redactLine } from '../../../service/process/part-log.ts';
import { issuedAt, testAudience } from '../../identity/local-issuer.ts';
import { openHttpBench, problemIn } from '../http/http-bench.ts';
import { openWorkloadWorld, type WorkloadWorld } from './workload-world.ts';

let world: WorkloadWorld;
beforeAll(async () => {
  world = await openWorkloadWorld();
});
afterAll(() => world.close());
afterEach(() => {
  world.bench.log.length = 0;
  world.bench.delays.length = 0;
});

const promoteTo = (environment: string, app = 'web') => ({
  method: 'POST' as const,
  url: `/api/v1/apps/${encodeURIComponent(app)}/environments/${environment}/promotions`,
});
const rollBackIn = (environment: string) => ({
  method: 'POST' as const,
  url: `/api/v1/apps/web/environments/${environment}/rollbacks`,
  payload: { reason: 'it loses orders' },
});
const tag = { ref: 'refs/tags/v1.2.3', environment: undefined, event_name: 'push' };

describe('a workload', () => {
  test('may do what its rule says where it says so, and is named with its run', async () => {
    const answer = await world.callAs({}, promoteTo('production'));
    expect(answer.status).toBe(202);
    expect(world.bench.promotions.arrived.at(-1)?.actor).toMatchObject({ name: 'github:acme/web' });
    expect(world.bench.log.join('')).toContain('"actor":"github:acme/web by octocat (promote.yml, run 7391.2)"');
    expect((await world.callAs({}, rollBackIn('staging'))).status).toBe(202);
  });

  const refused: readonly (readonly [
    title: string,
    claims: Readonly<Record<string, unknown>>,
    request: ReturnType<typeof promoteTo>,
    reasons: readonly RegExp[],
  ])[] = [
    [
      'in an environment that its rule does not name',
      tag,
      promoteTo('production'),
      [/rule 2 is for staging, not for production/, /rule 1: /, /rule 3 is not for acme\/web/],
    ],
    [
      'for an app that its rule does not name',
      {},
      promoteTo('staging', 'team/api'),
      [/rule 1 is for web/, /rule 2: ref/, /rule 3/],
    ],
    [
      'what its rule does not name',
      tag,
      rollBackIn('staging'),
      [/rule 2 gives promote, not rollback/, /rule 1: /, /rule 3/],
    ],
    [
      'from a pull request',
      { event_name: 'pull_request', ref: 'refs/pull/7/merge', environment: undefined },
      promoteTo('staging'),
      [/rule 1: .*ref is refs\/pull\/7\/merge/, /rule 2: .*event_name is pull_request/, /rule 3/],
    ],
    [
      'from a job that names another environment',
      { environment: 'staging' },
      promoteTo('production'),
      [/rule 1: environment is staging, not production/, /rule 2: /, /rule 3/],
    ],
    [
      'from a workflow at another ref',
      { job_workflow_ref: 'acme/web/.github/workflows/promote.yml@refs/heads/topic' },
      promoteTo('production'),
      [/rule 1: job_workflow_ref is /, /rule 2: /, /rule 3/],
    ],
    [
      'from a machine of somebody’s own',
      { runner_environment: 'self-hosted' },
      promoteTo('production'),
      [/rule 1: runner_environment is self-hosted/, /rule 2: /, /rule 3/],
    ],
    [
      'from a fork',
      { repository: 'somebody/web', repository_id: '99', repository_owner_id: '9' },
      promoteTo('staging'),
      [/rules 1, 2, 3 are not for somebody\/web \(repository_id 99\)/],
    ],
    [
      'from a repository that took the name',
      { repository_id: '99' },
      promoteTo('staging'),
      [/rule 1: repository_id is 99/, /rule 2: repository_id is 99/, /rule 3/],
    ],
  ];
  test.each(refused)('may not do it %s, and is told of every rule', async (_, claims, request, reasons) => {
    const before = world.bench.promotions.arrived.length;
    const problem = problemIn(await world.callAs(claims, request));
    expect(problem).toMatchObject({ status: 403, code: 'ACCESS_DENIED' });
    const messages = (problem.reasons ?? []).map(({ message }) => message);
    expect(messages).toHaveLength(reasons.length);
    for (const reason of reasons)
      expect(
        messages.some((message) => reason.test(message)),
        messages.join('\n'),
      ).toBe(true);
    expect(world.bench.promotions.arrived).toHaveLength(before);
    expect(world.bench.delays).toEqual([]);
  });

  test('of another repository learns nothing of whom the rules are for', async () => {
    const stranger = { repository: 'x/y', repository_id: '1', repository_owner_id: '2' };
    for (const request of [promoteTo('production'), { url: '/api/v1/whoami' }, { url: '/api/v1/status' }]) {
      const { text } = await world.callAs(stranger, request);
      for (const secret of ['acme', '456789', '123456', 'promote.yml', 'refs/', 'staging']) {
        expect(text.replace(JSON.stringify(problemSchema.parse(JSON.parse(text)).instance), '')).not.toContain(secret);
      }
    }
  });

  test('with any rule that matches may read everything, without one nothing', async () => {
    const reads = [
      '/api/v1/status',
      '/api/v1/apps/web/environments/dev/history',
      '/api/v1/promotions/p-1',
      '/api/v1/whoami',
    ];
    const operator = { repository: 'acme/ops', repository_id: '777', ref: 'refs/heads/x', environment: undefined };
    for (const url of reads) {
      expect((await world.callAs(tag, { url })).status).toBe(200);
      expect((await world.callAs(operator, { url })).status).toBe(200);
      expect(problemIn(await world.callAs({ ...operator, repository_id: '778' }, { url })).status).toBe(403);
    }
  });

  test('never gets at tokens', async () => {
    for (const request of [
      { url: '/api/v1/tokens' },
      { method: 'POST' as const, url: '/api/v1/tokens', payload: { name: 'ci', role: 'admin' } },
      { method: 'DELETE' as const, url: '/api/v1/tokens/x' },
    ]) {
      expect(problemIn(await world.callAs({}, request))).toMatchObject({ status: 403, code: 'ACCESS_DENIED' });
    }
  });

  test('may not get round its rule by the way an address is written', async () => {
    for (const url of [
      '/api/v1/apps/team%2Fapi/environments/staging/promotions',
      '/api/v1/apps/web/environments/production%20/promotions',
      '/api/v1/apps/web/environments/staging%2F..%2Fproduction/promotions',
      '/api/v1/apps/WEB/environments/staging/promotions',
    ]) {
      expect([400, 403, 404]).toContain((await world.callAs({}, { method: 'POST', url })).status);
    }
  });
});

describe('a token that does not hold', () => {
  test('is answered by 401 with what is wrong, later and later', async () => {
    const problem = problemIn(await world.callAs({ aud: 'https://github.com/acme' }, { url: '/api/v1/status' }));
    expect(problem).toMatchObject({ status: 401, code: 'IDENTITY_TOKEN_REFUSED', fields: { fault: 'audience' } });
    expect(problem.detail).toContain(testAudience);
    for (let tries = 0; tries < 7; tries++) await world.callAs({ exp: issuedAt - 100 }, { url: '/api/v1/status' });
    expect(world.bench.delays).toEqual([250, 500, 1000]);
  });

  test('of 8 KB is read, a larger one is no sign-in', async () => {
    const fill = (chars: number) => world.issuer.token({ repo_property_x: 'x'.repeat(chars) });
    const overhead = (await fill(0)).length;
    const largest = await fill(Math.floor(((8 * 1024 - overhead) * 3) / 4));
    expect(largest.length).toBeGreaterThan(8 * 1024 - 8);
    expect((await world.callWith(largest, { url: '/api/v1/status' })).status).toBe(200);
    const larger = await fill(Math.floor(((8 * 1024 - overhead) * 3) / 4) + 12);
    expect(larger.length).toBeGreaterThan(8 * 1024);
    expect(problemIn(await world.callWith(larger, { url: '/api/v1/status' }))).toMatchObject({
      status: 401,
      code: 'NOT_SIGNED_IN',
    });
  });

  test('because its issuer is away is answered by 503, without delay', async () => {
    const lonely = await openWorkloadWorld();
    lonely.issuer.isDown = true;
    const problem = problemIn(await lonely.callAs({}, { url: '/api/v1/status' }));
    expect(problem).toMatchObject({ status: 503, code: 'IDENTITY_ISSUER_UNREACHABLE' });
    expect(lonely.bench.delays).toEqual([]);
    expect((await lonely.bench.call('viewer', { url: '/api/v1/status' })).status).toBe(200);
    await lonely.close();
  });

  test('holds while its issuer is away after the start', async () => {
    const lonely = await openWorkloadWorld();
    expect((await lonely.callAs({}, { url: '/api/v1/status' })).status).toBe(200);
    lonely.issuer.isDown = true;
    lonely.pass(11 * 60);
    const late = { iat: issuedAt + 660, nbf: issuedAt + 660, exp: issuedAt + 900 };
    expect((await lonely.callAs(late, { url: '/api/v1/status' })).status).toBe(200);
    await lonely.close();
  });
});

describe('whoami', () => {
  test('tells a workload who it is, its run, and what it may do where', async () => {
    const { json } = await world.callAs({}, { url: '/api/v1/whoami' });
    expect(whoamiSchema.strict().parse(json)).toEqual({
      actor: 'github:acme/web',
      kind: 'workload',
      grants: [
        { may: ['read'] },
        { rule: 1, may: ['promote', 'rollback'], environments: ['staging', 'production'], apps: ['web'] },
      ],
      run: {
        by: 'octocat',
        id: '7391',
        attempt: '2',
        workflow: 'acme/web/.github/workflows/promote.yml@refs/heads/main',
        event: 'workflow_dispatch',
      },
      notes: [],
      expiresAt: new Date((issuedAt + 300) * 1000).toISOString(),
    });
  });

  test('tells of a rule that only reads no more than that', async () => {
    const { json } = await world.callAs({ repository: 'acme/ops', repository_id: '777' }, { url: '/api/v1/whoami' });
    expect(whoamiSchema.parse(json).grants).toEqual([{ may: ['read'] }]);
  });

  test('notes that a repository has another name now', async () => {
    const renamed = {
      repository: 'acme/shop',
      job_workflow_ref: 'acme/shop/.github/workflows/promote.yml@refs/heads/main',
    };
    const { json } = await world.callAs(renamed, { url: '/api/v1/whoami' });
    expect(whoamiSchema.parse(json)).toMatchObject({
      actor: 'github:acme/shop',
      grants: [{}, { rule: 1 }],
      notes: [expect.stringMatching('rule 1')],
    });
  });

  test.each([
    ['viewer', ['read']],
    ['operator', ['read', 'promote', 'rollback']],
    ['admin', ['read', 'promote', 'rollback', 'administer']],
  ] as const)('tells a token with the role %s that it may %j everywhere', async (role, may) => {
    const { json } = await world.bench.call(role, { url: '/api/v1/whoami' });
    expect(whoamiSchema.strict().parse(json)).toEqual({
      actor: `the-${role}`,
      kind: 'token',
      role,
      grants: [{ may: [...may] }],
      notes: [],
    });
  });
});

describe('an event stream', () => {
  test('of a workload ends when its token does', async () => {
    const late = await openWorkloadWorld();
    const url = await late.bench.http.listen(0);
    const headers = { authorization: `Bearer ${await late.issuer.token()}` };
    const answer = await fetch(`${url}/api/v1/events`, { headers });
    expect(answer.status).toBe(200);
    late.pass(300 + 61);
    expect(await answer.text()).toContain('event: bye\ndata: {"reason":"signed-out"}');
    await late.close();
  });
});

describe('no token', () => {
  /** Pieces of a token that would give it away, or nothing. */
  const traces = (token: string) =>
    token
      .split('.')
      .flatMap((part) => [part.slice(0, 24), part.slice(-24)])
      .filter((part) => part.length > 8);

  test('and no part of one reaches an answer or the log, whatever becomes of the request', async () => {
    const { issuer, bench } = world;
    const tokens = [
      await issuer.token(),
      await issuer.token({ aud: 'other' }),
      await issuer.token({ exp: issuedAt - 100 }),
      await issuer.token({ iss: 'https://evil.example' }),
      await issuer.token({}, { kid: 'none' }),
      await issuer.token({ event_name: 'pull_request' }),
      `${(await issuer.token()).slice(0, -4)}AAAA`,
      `${await issuer.token()}.more`,
      'x'.repeat(9_000),
    ];
    const answers: string[] = [];
    for (const token of tokens) {
      for (const url of ['/api/v1/status', '/api/v1/nowhere', '/api/v1/promotions/%', '/api/v1/whoami?token=x']) {
        answers.push((await world.callWith(token, { url })).text);
      }
      bench.promotions.failWith = new Error('it failed');
      answers.push((await world.callWith(token, { url: '/api/v1/status' })).text);
      bench.promotions.failWith = undefined;
    }
    const told = [...answers, ...bench.log].join('\n');
    expect(told).toContain('it failed');
    for (const token of tokens) for (const trace of traces(token)) expect(told).not.toContain(trace);
    const leaked = `${told} ${tokens[0]}`;
    expect(traces(tokens[0] ?? '').every((trace) => leaked.includes(trace))).toBe(true);
  });

  test('is written even where an error is logged that carries one', async () => {
    const token = await world.issuer.token();
    const line = redactLine(JSON.stringify({ err: describeError(new Error(`refused: ${token}`)) }));
    for (const trace of traces(token)) expect(line).not.toContain(trace);
  });
});

test('without an issuer in the configuration the token of a workload is refused with what to do', async () => {
  const bench = await openHttpBench();
  const headers = { authorization: `Bearer ${await world.issuer.token()}` };
  const problem = problemIn(await bench.call('nobody', { url: '/api/v1/status', headers }));
  expect(problem).toMatchObject({ status: 401, code: 'IDENTITY_TOKEN_REFUSED', fields: { fault: 'issuer' } });
  await bench.close();
});
