/** Tokens that are limited to repositories, and tokens to which access rules give more than their role. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InjectOptions } from 'fastify';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../../../api/config.ts';
import { tokenCreatedSchema, tokenListSchema } from '../../../api/token.ts';
import { whoamiSchema } from '../../../api/whoami.ts';
import { type CurrentRules, fixedRules, followRules } from '../../../registry/access/current-rules.ts';
import { loadConfig } from '../../../service/load-config.ts';
import { type Answer, type HttpBench, openHttpBench, problemIn } from './http-bench.ts';

const open: HttpBench[] = [];
afterEach(async () => {
  for (const bench of open.splice(0)) await bench.close();
});

function benchWith(access = '[]'): Promise<HttpBench> {
  return benchOf(fixedRules(parseConfig(`access: ${access}`, 'c.yaml').access));
}

async function benchOf(rules: CurrentRules): Promise<HttpBench> {
  const bench = await openHttpBench({}, { rules });
  open.push(bench);
  return bench;
}

/** A new token, and the requests of whoever has it. */
async function signIn(bench: HttpBench, payload: object): Promise<(request: InjectOptions) => Promise<Answer>> {
  const answer = await bench.call('admin', { method: 'POST', url: '/api/v1/tokens', payload });
  const { secret } = tokenCreatedSchema.parse(answer.json);
  return (request) => bench.call('nobody', { ...request, headers: { authorization: `Bearer ${secret}` } });
}

const promote = (environment: string): InjectOptions => ({
  method: 'POST',
  url: `/api/v1/apps/web/environments/${environment}/promotions`,
  payload: {},
});

test('a token is made, told and listed with the repositories it is limited to', async () => {
  const bench = await benchWith();
  const payload = { name: 'ci', role: 'pusher', repositories: ['team/**', 'common'] };
  const created = await bench.call('admin', { method: 'POST', url: '/api/v1/tokens', payload });
  expect(tokenCreatedSchema.parse(created.json)).toMatchObject(payload);
  const { tokens } = tokenListSchema.parse((await bench.call('admin', { url: '/api/v1/tokens' })).json);
  expect(tokens.at(-1)).toMatchObject(payload);
});

test.each([[['Team']], [['a**']], [[]], [['']]])('a token cannot be limited to %j', async (repositories) => {
  const payload = { name: 'ci', role: 'pusher', repositories };
  const answer = await (await benchWith()).call('admin', { method: 'POST', url: '/api/v1/tokens', payload });
  expect([400, 422]).toContain(problemIn(answer).status);
});

test('an administrator of some repositories alone may do nothing here, and is told why', async () => {
  const call = await signIn(await benchWith(), { name: 'ci', role: 'admin', repositories: ['**'] });
  for (const request of [{ url: '/api/v1/tokens' }, { url: '/api/v1/status' }, promote('staging')]) {
    const problem = problemIn(await call(request));
    expect([problem.status, problem.code]).toEqual([403, 'ACCESS_DENIED']);
  }
});

test('a rule lets a token promote where it says, and nowhere else; a refusal has a reason for role and rule', async () => {
  const bench = await benchWith('[{ who: { token: ci }, may: [promote], in: [staging] }]');
  const call = await signIn(bench, { name: 'ci', role: 'member' });
  expect((await call({ url: '/api/v1/status' })).status).toBe(200);
  expect([401, 403]).not.toContain((await call(promote('staging'))).status);
  const refused = problemIn(await call(promote('production')));
  expect([refused.status, refused.reasons?.length]).toEqual([403, 2]);
  const other = await signIn(bench, { name: 'other', role: 'member' });
  expect((await other({ url: '/api/v1/status' })).status).toBe(403);
});

test('a rule about repositories does not let anybody read what is current', async () => {
  const bench = await benchWith('[{ who: everyone, may: [pull, push], repositories: ["**"] }]');
  const call = await signIn(bench, { name: 'ci', role: 'member' });
  expect((await call({ url: '/api/v1/status' })).status).toBe(403);
});

test('whoami tells what rules give, and what the role is limited to', async () => {
  const rules = '[{ who: { token: ci }, may: [promote, pull], in: [staging], apps: [web], repositories: ["dev/**"] }]';
  const bench = await benchWith(rules);
  const whoami = async (payload: object) => {
    return whoamiSchema.parse((await (await signIn(bench, payload))({ url: '/api/v1/whoami' })).json).grants;
  };
  const given = [
    { rule: 1, may: ['promote'], environments: ['staging'], apps: ['web'] },
    { rule: 1, may: ['pull'], repositories: ['dev/**'] },
  ];
  expect(await whoami({ name: 'ci', role: 'member' })).toEqual([{ may: ['read'] }, ...given]);
  expect(await whoami({ name: 'ci', role: 'viewer', repositories: ['team/**'] })).toEqual([
    { may: ['read'] },
    { may: ['pull'], repositories: ['team/**'] },
    ...given,
  ]);
});

test('a rule that is written or taken out while the API runs holds, or holds no more, with the next request', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'member-access-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, 'c.yaml');
  await writeFile(path, 'access: []\n');
  const read = async () => (await loadConfig(path, undefined)).access;
  const events: string[] = [];
  const rules = await followRules({ path, read, onEvent: ({ kind }) => events.push(kind) });
  const call = await signIn(await benchOf(rules), { name: 'ci', role: 'member' });
  const statusAfter = async (text: string) => {
    await writeFile(path, text);
    return (await call({ url: '/api/v1/status' })).status;
  };
  expect((await call({ url: '/api/v1/status' })).status).toBe(403);
  expect(await statusAfter('access: [{ who: { token: ci }, may: [read] }]\n')).toBe(200);
  expect(await statusAfter('access: [{ who: { token: ci }, may: [reads] }]\n')).toBe(200);
  expect(await statusAfter('access: []\n# none\n')).toBe(403);
  expect(events).toEqual(['rules-loaded', 'rules-refused', 'rules-loaded']);
});
