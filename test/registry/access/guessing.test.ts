/** Guessing passwords over the wire: what is answered, to whom, and that nothing is verified meanwhile. */
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TransportError } from '../../../errors/errors.ts';
import { fixedRules } from '../../../registry/access/current-rules.ts';
import { openSignIn } from '../../../registry/access/sign-in.ts';
import { basic, openRegistryUnderTest, type RegistryUnderTest } from '../registry-under-test.ts';

const password = 'correct horse battery';

let registry: RegistryUnderTest;
let passedMs = 0;

beforeAll(async () => {
  registry = await openRegistryUnderTest({ now: () => Date.now() + passedMs });
  for (const name of ['ada', 'eve', 'bob']) await registry.access.createUser({ name, password, role: 'viewer' });
});

afterAll(() => registry.close());

async function guessUntilPaused(name: string, path = '/v2/'): Promise<Awaited<ReturnType<RegistryUnderTest['call']>>> {
  for (let tries = 1; tries <= 6; tries += 1) {
    const reply = await registry.call({ path, as: basic(name, 'wrong horse battery') });
    expect([tries, reply.status]).toEqual([tries, 401]);
  }
  return await registry.call({ path, as: basic(name, 'wrong horse battery') });
}

test.each([
  ['a user', 'ada', '/v2/'],
  ['nobody', 'nobody', '/v2/'],
  ['a user at /token', 'eve', '/token'],
  ['nobody at /token', 'nobody-else', '/token'],
])('after six wrong passwords of %s the next has to wait, and is told how long', async (_, name, path) => {
  const reply = await guessUntilPaused(name, path);
  expect([reply.status, reply.codes, reply.headers['retry-after']]).toEqual([429, ['TOOMANYREQUESTS'], '1']);
});

test('each is told in an event, without the name', async () => {
  const before = registry.events.length;
  for (const path of ['/v2/', '/token']) await registry.call({ path, as: basic('mallory', 'wrong horse battery') });
  const told = registry.events.slice(before);
  expect(told.filter(({ kind }) => kind === 'sign-in-failed')).toHaveLength(2);
  expect(JSON.stringify(told)).not.toContain('mallory');
});

test('a form at /token waits with the others', async () => {
  await guessUntilPaused('carol');
  const body = String(new URLSearchParams({ grant_type: 'password', username: 'carol', password }));
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  expect((await registry.call({ method: 'POST', path: '/token', as: 'nobody', headers, body })).status).toBe(429);
});

test('the right password waits, too, and is taken after that, and from another address at once', async () => {
  await guessUntilPaused('bob');
  expect((await registry.call({ path: '/v2/', as: basic('bob', password) })).status).toBe(429);
  expect(await statusFrom('127.0.0.2', basic('bob', password))).toBe(200);
  passedMs += 2_000;
  expect((await registry.call({ path: '/v2/', as: basic('bob', password) })).status).toBe(200);
});

test('behind a proxy that is believed, whoever guesses keeps nobody else waiting', async () => {
  const proxied = await openRegistryUnderTest({ settings: { proxies: ['127.0.0.1'] } });
  await proxied.access.createUser({ name: 'ada', password, role: 'viewer' });
  const from = async (address: string, secret: string) =>
    (await proxied.call({ path: '/v2/', as: basic('ada', secret), headers: { 'x-forwarded-for': address } })).status;
  for (const _ of Array(6)) expect(await from('198.51.100.1', 'wrong horse battery')).toBe(401);
  expect(await from('198.51.100.1', password)).toBe(429);
  expect(await from('192.0.2.7', password)).toBe(200);
  const told = proxied.events.filter((event) => event.kind === 'sign-in-failed');
  expect(new Set(told.map(({ remoteAddress }) => remoteAddress))).toEqual(new Set(['198.51.100.1']));
  expect(proxied.events.at(-1)).toMatchObject({ kind: 'answered', remoteAddress: '192.0.2.7' });
  await proxied.close();
});

test('the header of somebody who is no proxy gains nothing', async () => {
  const from = async (address: string) => {
    const call = { path: '/v2/', as: basic('mallory-2', 'wrong horse battery') };
    return (await registry.call({ ...call, headers: { 'x-forwarded-for': address } })).status;
  };
  const statuses: number[] = [];
  for (let at = 1; at <= 7; at += 1) statuses.push(await from(`198.51.100.${at}`));
  expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 429]);
});

test('API tokens go on whatever was tried with their user name', async () => {
  await guessUntilPaused('ci');
  expect((await registry.call({ path: '/v2/', as: basic('ci', registry.tokens.viewer) })).status).toBe(200);
});

test('whoever shows nothing has failed at nothing', async () => {
  const before = registry.events.length;
  for (const path of ['/v2/', '/token', '/admin/v1/users']) await registry.call({ path, as: 'nobody' });
  expect(registry.events.slice(before).map(({ kind }) => kind)).toEqual(['answered', 'answered', 'answered']);
});

test('a password that nobody had the time to verify is no wrong one', async () => {
  const busy = new TransportError({ code: 'SIGN_IN_BUSY', message: 'busy' });
  const access = { ...registry.access, identify: () => Promise.reject(busy) };
  const signIn = openSignIn({ access, issuer: noIssuer, identity: undefined, rules: fixedRules([]), now: () => 0 });
  const guess = () => signIn.authenticateAs({ username: 'ada', secret: 'wrong horse battery' }, '192.0.2.1');
  for (const _ of Array(20)) await expect(guess()).rejects.toBe(busy);
});

test('while the pause lasts no password is verified', async () => {
  let verified = 0;
  const access = {
    ...registry.access,
    identify: (username: string | undefined, secret: string) => {
      verified += 1;
      return registry.access.identify(username, secret);
    },
  };
  const signIn = openSignIn({ access, issuer: noIssuer, identity: undefined, rules: fixedRules([]), now: () => 0 });
  const guess = () => signIn.authenticateAs({ username: 'ada', secret: 'wrong horse battery' }, '192.0.2.1');
  for (const _ of Array(20)) await guess();
  expect([verified, await guess()]).toEqual([6, { fault: 'early', waitMs: 1_000 }]);
});

/** Gives no token of ours, and believes none. */
const noIssuer = { mint: async () => undefined, verify: async () => undefined, rotate: async () => '' };

/** Status of the ping from this address of the machine. */
function statusFrom(localAddress: string, { authorization }: { readonly authorization: string }): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { authorization };
    request(
      { host: '127.0.0.1', port: registry.port, localAddress, path: '/v2/', headers, agent: false },
      (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      },
    )
      .on('error', reject)
      .end();
  });
}
