/** Users and API tokens over the registry's own resources. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tokenCreatedSchema, tokenListSchema } from '../../../api/token.ts';
import { userListSchema } from '../../../api/user.ts';
import { parseRepositoryPattern } from '../../../core/repository-pattern.ts';
import { basic, type Call, jsonOf, openRegistryUnderTest, type RegistryUnderTest } from '../registry-under-test.ts';

const noon = Date.UTC(2026, 10, 24, 12);
let registry: RegistryUnderTest;

beforeAll(async () => {
  registry = await openRegistryUnderTest({ now: () => noon });
});

afterAll(() => registry.close());

const post = (path: string, body: unknown): Call => ({ method: 'POST', path, body: JSON.stringify(body) });

async function statusOf(call: Call): Promise<number> {
  return (await registry.call(call)).status;
}

describe('users', () => {
  test('are added, listed, replaced and removed, and sign in meanwhile', async () => {
    const ada = { name: 'ada', password: 'correct horse', role: 'pusher' };
    const added = await registry.call(post('/admin/v1/users', ada));
    expect([added.status, jsonOf(added)]).toEqual([201, { name: 'ada', role: 'pusher' }]);
    expect(await statusOf({ path: '/v2/', as: basic('ada', 'correct horse') })).toBe(200);
    const again = await registry.call(post('/admin/v1/users', ada));
    expect([again.status, again.codes]).toEqual([409, ['USER_EXISTS']]);
    expect(await statusOf(post('/admin/v1/users', { ...ada, role: 'viewer', replace: true }))).toBe(201);
    const { users } = userListSchema.parse(jsonOf(await registry.call({ path: '/admin/v1/users' })));
    expect(users).toEqual([{ name: 'ada', role: 'viewer' }]);
    expect(await statusOf({ method: 'DELETE', path: '/admin/v1/users/ada' })).toBe(200);
    expect(await statusOf({ path: '/v2/', as: basic('ada', 'correct horse') })).toBe(401);
    const gone = await registry.call({ method: 'DELETE', path: '/admin/v1/users/ada' });
    expect([gone.status, gone.codes]).toEqual([404, ['USER_UNKNOWN']]);
  });

  const faulty: readonly unknown[] = [
    {},
    { name: 'eve', role: 'viewer' },
    { name: 'eve', role: 'boss', password: 'correct horse' },
    { name: 'anonymous', role: 'viewer', password: 'correct horse' },
    { name: 'e:ve', role: 'viewer', password: 'correct horse' },
    { name: 'eve', role: 'viewer', password: 'correct horse', replace: 'yes' },
    { name: 'eve', role: 'viewer', password: 'short' },
    { name: 'eve', role: 'viewer', password: 'correct horse', expiresAt: '2030-01-31T00:00:00Z' },
  ];
  test.each(faulty)('cannot be %j', async (body) => {
    const reply = await registry.call(post('/admin/v1/users', body));
    expect(reply.status).toBe(422);
    expect(reply.text).not.toMatch(/correct horse|"short"/);
  });
});

describe('tokens', () => {
  test('are made with a limit and an end, listed without their secret, and revoked', async () => {
    const expiresAt = new Date(noon + 1_000).toISOString();
    const asked = { name: 'ci', role: 'pusher', repositories: ['team/**'], expiresAt };
    const reply = await registry.call(post('/admin/v1/tokens', asked));
    const created = tokenCreatedSchema.parse(jsonOf(reply));
    expect([reply.status, created]).toEqual([201, { ...asked, id: created.id, secret: created.secret }]);
    const as = basic('x', created.secret);
    expect(await statusOf({ method: 'POST', path: '/v2/team/app/blobs/uploads/', as })).toBe(202);
    expect(await statusOf({ method: 'POST', path: '/v2/other/app/blobs/uploads/', as })).toBe(403);
    const listed = await registry.call({ path: '/admin/v1/tokens' });
    expect(listed.text).not.toContain(created.secret);
    const { tokens } = tokenListSchema.parse(jsonOf(listed));
    expect(tokens).toContainEqual({ ...asked, id: created.id, createdAt: new Date(noon).toISOString() });
    expect(await statusOf({ method: 'DELETE', path: `/admin/v1/tokens/${created.id}` })).toBe(200);
    expect(await statusOf({ path: '/v2/', as })).toBe(401);
    const gone = await registry.call({ method: 'DELETE', path: `/admin/v1/tokens/${created.id}` });
    expect([gone.status, gone.codes]).toEqual([404, ['TOKEN_UNKNOWN']]);
  });

  const faulty: readonly (readonly [body: unknown, code: string])[] = [
    [{ name: 'ci', role: 'pusher', repositories: [] }, 'REQUEST_INVALID'],
    [{ name: 'ci', role: 'pusher', repositories: ['Team'] }, 'REPOSITORY_PATTERN_INVALID'],
    [{ name: 'ci', role: 'pusher', repositories: [1] }, 'REPOSITORY_PATTERN_INVALID'],
    [{ name: 'ci', role: 'pusher', repositories: Array(101).fill('a') }, 'REQUEST_INVALID'],
    [{ name: 'ci', role: 'pusher', expiresAt: new Date(noon).toISOString() }, 'REQUEST_INVALID'],
    [{ name: 'ci', role: 'pusher', expiresAt: 'soon' }, 'REQUEST_INVALID'],
    [{ name: 'Anonymous', role: 'pusher' }, 'REQUEST_INVALID'],
    [{ name: '', role: 'pusher' }, 'REQUEST_INVALID'],
    [{ name: 'ci', role: 'pusher', repository: ['team/**'] }, 'REQUEST_INVALID'],
    [{ name: 'ci', role: 'pusher', expires: '90d' }, 'REQUEST_INVALID'],
  ];
  test.each(faulty)('cannot be %j: %s', async (body, code) => {
    const reply = await registry.call(post('/admin/v1/tokens', body));
    expect([reply.status, reply.codes]).toEqual([422, [code]]);
  });
});

describe('whoever is no administrator', () => {
  const calls: readonly Call[] = [
    { path: '/admin/v1/users' },
    post('/admin/v1/users', { name: 'eve', password: 'correct horse', role: 'admin' }),
    { method: 'DELETE', path: '/admin/v1/users/ada' },
    { path: '/admin/v1/tokens' },
    post('/admin/v1/tokens', { name: 'eve', role: 'admin' }),
    { method: 'DELETE', path: '/admin/v1/tokens/x' },
  ];
  test.each(calls)('may not $method $path', async (call) => {
    for (const role of ['member', 'viewer', 'pusher', 'operator', 'service'] as const) {
      expect([role, await statusOf({ ...call, as: role })]).toEqual([role, 403]);
    }
    expect(await statusOf({ ...call, as: 'nobody' })).toBe(401);
  });

  test('is also an administrator of some repositories alone', async () => {
    const init = { name: 'limited', role: 'admin', repositories: [parseRepositoryPattern('**')] } as const;
    const { secret } = await registry.access.createToken(init, noon);
    for (const call of calls) expect(await statusOf({ ...call, as: basic('x', secret) })).toBe(403);
  });
});
