/** The connection to the service: whose token it shows, and when it shows a newer one. */
import { afterEach, expect, test } from 'vitest';
import { openService } from '../../action/service/service-connection.ts';
import { type FakeService, openFakeService } from '../cli/fake-service.ts';
import { openMemoryRunner } from './memory-runner.ts';

const minute = 60_000;
const offered = { ACTIONS_ID_TOKEN_REQUEST_URL: 'http://127.0.0.1:9', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x' };

let service: FakeService;
afterEach(() => service.close());

const shown = () => service.seen.map(({ headers }) => headers.authorization);

/** A runner whose tokens are numbered, and whose clock stands where the test sets it. */
function openNumbered() {
  const clock = { now: 0 };
  let tokens = 0;
  const runner = openMemoryRunner({
    env: offered,
    now: () => clock.now,
    idToken: async () => {
      tokens += 1;
      return `token-${tokens}`;
    },
  });
  return { clock, runner };
}

test('a token is asked for once, and a newer one before it ends', async () => {
  service = await openFakeService();
  const { clock, runner } = openNumbered();
  const client = openService(runner, { url: service.url, audience: 'promotions' });
  await client.status();
  clock.now = 3 * minute;
  await client.status();
  clock.now = 5 * minute;
  await client.status();
  await client.close();
  expect(shown()).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-2']);
  expect(runner.masked).toEqual(expect.arrayContaining(['token-1', 'token-2']));
});

test('what is asked at the same time is signed with one token', async () => {
  service = await openFakeService();
  const { runner } = openNumbered();
  const client = openService(runner, { url: service.url, audience: 'promotions' });
  await Promise.all([client.status(), client.status()]);
  await client.close();
  expect(shown()).toEqual(['Bearer token-1', 'Bearer token-1']);
});

test('a token that could not be had is asked for again', async () => {
  service = await openFakeService();
  let isBroken = true;
  const runner = openMemoryRunner({
    env: offered,
    idToken: async () => {
      if (isBroken) throw new Error('no answer');
      return 'token';
    },
  });
  const client = openService(runner, { url: service.url, audience: 'promotions' });
  await expect(client.status()).rejects.toMatchObject({ code: 'NOT_SIGNED_IN', signedIn: false });
  isBroken = false;
  await client.status();
  await client.close();
  expect(shown()).toEqual(['Bearer token']);
});

test('where a token is stored, it is shown, and none is asked for', async () => {
  service = await openFakeService();
  const runner = openMemoryRunner({ env: { REGISTRY_ACTION_TOKEN: 'stored-token' } });
  const client = openService(runner, { url: service.url, audience: 'promotions' });
  await client.status();
  await client.close();
  expect(shown()).toEqual(['Bearer stored-token']);
  expect(runner.masked).toContain('stored-token');
});
