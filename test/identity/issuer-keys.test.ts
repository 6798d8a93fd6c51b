/** Keys of an issuer: when they are read, how long they are good for, and what happens while the issuer is away. */
import { decodeProtectedHeader } from 'jose';
import { afterEach, describe, expect, test } from 'vitest';
import { CodedError } from '../../errors/errors.ts';
import { type Identity, openIdentity } from '../../identity/identity.ts';
import type { IdentityEvent } from '../../identity/identity-event.ts';
import { identityEventLine } from '../../service/identity/identity-event-line.ts';
import { issuedAt, type LocalIssuer, openLocalIssuer, testAudience } from './local-issuer.ts';

interface World {
  readonly issuer: LocalIssuer;
  readonly identity: Identity;
  readonly events: readonly IdentityEvent[];
  /** How often keys were asked for. */
  reads(): number;
  /** Lets time pass; tokens are made for the moment. */
  pass(seconds: number): void;
  /** `believed`, or why a fresh token is not. */
  tryToken(header?: Readonly<Record<string, unknown>>): Promise<unknown>;
}

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const minute = 60;
const hour = 60 * minute;

async function openWorld(): Promise<World> {
  const issuer = await openLocalIssuer();
  const events: IdentityEvent[] = [];
  let seconds = issuedAt;
  const identity = await openIdentity({
    issuers: [{ name: 'github', issuer: issuer.url, audience: testAudience, keysFile: undefined, caFile: undefined }],
    rules: () => [],
    proxy: {},
    now: () => seconds * 1000,
    onEvent: (event) => events.push(event),
  });
  open.push(identity, issuer);
  return {
    issuer,
    identity,
    events,
    reads: () => issuer.asked.filter((path) => path === '/.well-known/openid-configuration').length,
    pass: (span) => {
      seconds += span;
    },
    tryToken: async (header = {}) => {
      const token = await issuer.token({ iat: seconds, nbf: seconds, exp: seconds + 300 }, header);
      return await outcomeOf(identity, token);
    },
  };
}

async function outcomeOf(identity: Identity, token: string): Promise<unknown> {
  try {
    await identity.authenticate(token);
    return 'believed';
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return error.fields['fault'] ?? error.code;
  }
}

describe('keys', () => {
  test('are read by the first token, not before, and once for all that come together', async () => {
    const world = await openWorld();
    expect(world.reads()).toBe(0);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => world.tryToken()));
    expect(new Set(outcomes)).toEqual(new Set(['believed']));
    expect(world.issuer.asked).toEqual(['/.well-known/openid-configuration', '/.well-known/jwks']);
    expect(world.events).toEqual([{ kind: 'keys-read', issuer: 'github', keys: 1 }]);
  });

  test('are read again after ten minutes, and a key that was taken back is refused from then on', async () => {
    const world = await openWorld();
    await world.tryToken();
    const old = world.issuer.keys;
    await world.issuer.rotate();
    expect(world.issuer.keys).not.toEqual(old);
    world.pass(9 * minute);
    expect(await world.tryToken({ kid: 'key-1' })).toBe('signature');
    expect(world.reads()).toBe(1);
    world.pass(minute);
    expect(await world.tryToken({ kid: 'key-1' })).toBe('key');
    expect(world.reads()).toBe(2);
  });

  test('are read again at once for a key that is not among them', async () => {
    const world = await openWorld();
    await world.tryToken();
    await world.issuer.rotate();
    world.pass(31);
    expect(await world.tryToken()).toBe('believed');
    expect(world.reads()).toBe(2);
  });

  test('are not read again and again by tokens that name keys nobody has', async () => {
    const world = await openWorld();
    await world.tryToken();
    for (let tries = 0; tries < 50; tries++) expect(await world.tryToken({ kid: `none-${tries}` })).toBe('key');
    expect(world.reads()).toBe(1);
    world.pass(31);
    const together = Array.from({ length: 20 }, (_, at) => world.tryToken({ kid: `other-${at}` }));
    expect(new Set(await Promise.all(together))).toEqual(new Set(['key']));
    expect(world.reads()).toBe(2);
    expect(await world.tryToken()).toBe('believed');
  });

  test('are read again when the clock went back', async () => {
    const world = await openWorld();
    await world.tryToken();
    world.pass(-hour);
    expect(await world.tryToken()).toBe('believed');
    expect(world.reads()).toBe(2);
  });
});

describe('while the issuer is away', () => {
  test('its last keys are used for 24 hours and no longer', async () => {
    const world = await openWorld();
    await world.tryToken();
    world.issuer.isDown = true;
    for (const span of [11 * minute, hour, 12 * hour, 10 * hour]) {
      world.pass(span);
      expect(await world.tryToken()).toBe('believed');
    }
    world.pass(hour);
    expect(await world.tryToken()).toBe('IDENTITY_ISSUER_UNREACHABLE');
    world.issuer.isDown = false;
    world.pass(6);
    expect(await world.tryToken()).toBe('believed');
  });

  test('every trouble is told with how long the keys are good for', async () => {
    const world = await openWorld();
    await world.tryToken();
    world.issuer.isDown = true;
    world.pass(11 * minute);
    await world.tryToken();
    const last = world.events.at(-1);
    expect(last).toMatchObject({ kind: 'keys-unavailable', goodForMs: (24 * hour - 11 * minute) * 1000 });
    if (last !== undefined) expect(identityEventLine(last).level).toBe('warn');
  });

  test('it is asked twice a minute at most, and nobody waits for it in between', async () => {
    const world = await openWorld();
    await world.tryToken();
    world.issuer.isDown = true;
    world.pass(11 * minute);
    for (let tries = 0; tries < 10; tries++) expect(await world.tryToken()).toBe('believed');
    expect(world.reads()).toBe(2);
    world.pass(31);
    await world.tryToken();
    expect(world.reads()).toBe(3);
  });

  test('a key that is not held is refused as unknown, and found when the issuer is back', async () => {
    const world = await openWorld();
    await world.tryToken();
    await world.issuer.rotate();
    world.issuer.isDown = true;
    world.pass(31);
    expect(await world.tryToken()).toBe('key');
    world.issuer.isDown = false;
    expect(await world.tryToken()).toBe('key');
    world.pass(31);
    expect(await world.tryToken()).toBe('believed');
  });

  test('from the start nobody is believed, and it is asked again after five seconds', async () => {
    const world = await openWorld();
    world.issuer.isDown = true;
    expect(await world.tryToken()).toBe('IDENTITY_ISSUER_UNREACHABLE');
    world.issuer.isDown = false;
    expect(await world.tryToken()).toBe('IDENTITY_ISSUER_UNREACHABLE');
    expect(world.reads()).toBe(1);
    expect(world.events.map(identityEventLine)).toMatchObject([{ level: 'error' }]);
    world.pass(5);
    expect(await world.tryToken()).toBe('believed');
  });

  test('a set without a usable key does not take the place of keys that are good', async () => {
    const world = await openWorld();
    await world.tryToken();
    const { keys } = world.issuer;
    for (const others of [[], [{ kty: 'oct', k: 'AAAA', kid: 'key-1' }], [{ ...keys[0], d: 'AAAA' }]]) {
      world.issuer.keys = others;
      world.pass(11 * minute);
      expect(await world.tryToken()).toBe('believed');
      expect(world.events.at(-1)?.kind).toBe('keys-unavailable');
    }
  });
});

test('a token of the local issuer names its key', async () => {
  const { issuer } = await openWorld();
  expect(decodeProtectedHeader(await issuer.token())).toEqual({ alg: 'ES256', kid: 'key-1', typ: 'JWT' });
});
