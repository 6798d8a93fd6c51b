/** Users with passwords over HTTP: made, listed, replaced and removed; and no password comes out anywhere. */
import type { InjectOptions } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { userListSchema, userViewSchema } from '../../../api/user.ts';
import { type HttpBench, openHttpBench, problemIn } from './http-bench.ts';

let bench: HttpBench;
beforeEach(async () => {
  bench = await openHttpBench();
});
afterEach(() => bench.close());

const url = '/api/v1/users';
const password = 'correct horse';
const json = { 'content-type': 'application/json' };

const create = (payload: object) => bench.call('admin', { method: 'POST', url, payload });
const remove = (name: string) => bench.call('admin', { method: 'DELETE', url: `${url}/${name}` });

test('a user is made, signs in, is listed without the password, and is nobody once removed', async () => {
  const created = await create({ name: 'ada', password, role: 'pusher' });
  expect([created.status, userViewSchema.strict().parse(created.json)]).toEqual([201, { name: 'ada', role: 'pusher' }]);
  expect(await bench.access.authenticate('ada', password)).toEqual({ name: 'ada', role: 'pusher' });
  const listed = await bench.call('admin', { url });
  expect([listed.status, userListSchema.parse(listed.json)]).toEqual([
    200,
    { users: [{ name: 'ada', role: 'pusher' }] },
  ]);
  expect(listed.text).not.toMatch(/hash|salt|scrypt/);
  expect((await remove('ada')).status).toBe(204);
  expect(await bench.access.authenticate('ada', password)).toBeUndefined();
  expect(problemIn(await remove('ada'))).toMatchObject({
    status: 404,
    code: 'USER_UNKNOWN',
    detail: 'unknown user: ada',
  });
});

test('a user gets a new password and role only when that is asked for', async () => {
  await create({ name: 'ada', password, role: 'pusher' });
  const other = { name: 'ada', password: 'another horse', role: 'viewer' };
  expect(problemIn(await create(other))).toMatchObject({ status: 409, code: 'USER_EXISTS' });
  expect(await bench.access.authenticate('ada', password)).toBeDefined();
  expect((await create({ ...other, replace: true })).status).toBe(201);
  expect(await bench.access.authenticate('ada', password)).toBeUndefined();
  expect(await bench.access.authenticate('ada', 'another horse')).toEqual({ name: 'ada', role: 'viewer' });
});

const secret = 'hunter2';
const refused: readonly (readonly [title: string, request: InjectOptions, status: number, code: string])[] = [
  [
    'a password that is too short',
    { payload: { name: 'ada', password: secret, role: 'viewer' } },
    422,
    'PASSWORD_INVALID',
  ],
  [
    'a password that begins as a token does',
    { payload: { name: 'ada', password: `rat_${secret}${secret}`, role: 'viewer' } },
    422,
    'PASSWORD_INVALID',
  ],
  ['a password that is none', { payload: { name: 'ada', password: [secret], role: 'viewer' } }, 400, 'REQUEST_INVALID'],
  ['no password', { payload: { name: 'ada', role: 'viewer' } }, 400, 'REQUEST_INVALID'],
  ['a name with a colon', { payload: { name: 'a:b', password: secret, role: 'viewer' } }, 400, 'REQUEST_INVALID'],
  ['a role that is none', { payload: { name: 'ada', password: secret, role: 'root' } }, 400, 'REQUEST_INVALID'],
  ['a misspelled password', { payload: { name: 'ada', passwort: secret, role: 'viewer' } }, 400, 'REQUEST_INVALID'],
  ['a password without quotes', { payload: `{"password":${secret}}`, headers: json }, 400, 'REQUEST_INVALID'],
];
test.each(refused)('%s is refused, and told neither to the caller nor to the log', async (_, request, status, code) => {
  const answer = await bench.call('admin', { method: 'POST', url, ...request });
  expect(problemIn(answer)).toMatchObject({ status, code });
  expect(answer.text + bench.log.join('')).not.toContain(secret);
  expect(await bench.access.listUsers()).toEqual([]);
});

test('a name in an address that is none is refused', async () => {
  expect(problemIn(await remove('a%2Fb'))).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
});

test('nobody but administrators sees or makes users', async () => {
  for (const role of ['viewer', 'pusher', 'operator'] as const) {
    for (const request of [{ url }, { method: 'POST', url }, { method: 'DELETE', url: `${url}/ada` }] as const) {
      expect(problemIn(await bench.call(role, request))).toMatchObject({ status: 403, code: 'ACCESS_DENIED' });
    }
  }
});
