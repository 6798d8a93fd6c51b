/** What a worker learns from the registry's events, and that it needs none of them. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RegistryEventsPage } from '../../../api/registry/registry-events.ts';
import { TransportError } from '../../../errors/errors.ts';
import { type FeedWorld, openFeedWorld } from './feed-world.ts';

const eventually = <Value>(read: () => Value) => expect.poll(read, { timeout: 30_000 });

let world: FeedWorld;

beforeEach(async () => {
  world = await openFeedWorld();
});

afterEach(() => world.close());

/** A follower that waits for events. */
async function following(): Promise<void> {
  world.follow();
  await eventually(() => followers()).toBe(1);
}

async function followers(): Promise<number> {
  const { text } = await world.registry.call({ path: '/metrics', as: 'nobody' });
  return Number(/registry_followers (\d+)/.exec(text)?.[1]);
}

const promotionsOf = async (app: string, environment: string) =>
  (await world.state(app, environment)).waiting.map((id) => typeof id);

describe('a follower', () => {
  test('has the first environment follow a release as soon as it is pushed, also of an app that nobody knew', async () => {
    await following();
    const release = await world.release('dev/web', '1.0.0', 'one');
    await eventually(() => promotionsOf('web', 'dev')).toEqual(['string']);
    await world.drain({ app: 'web', environment: 'dev' });
    expect((await world.state('web', 'dev')).ledger).toMatchObject({
      digest: release.descriptor.digest,
      version: '1.0.0',
    });
    expect(world.rings).toContain('web@dev');
  });

  test('requests one promotion for one release, however many tags and followers tell of it', async () => {
    await following();
    const release = await world.release('dev/web', '1.0.0', 'one');
    for (const tag of ['1.0', '1', 'latest', 'edge']) await world.registry.tag('dev/web', tag, release);
    await eventually(() => promotionsOf('web', 'dev')).toEqual(['string']);
    await world.drain({ app: 'web', environment: 'dev' });
    await world.registry.tag('dev/web', 'again', release);
    await eventually(
      async () => (await world.shown()).filter(({ payload }) => String(payload['tags']) === 'again').length,
    ).toBe(1);
    expect(await promotionsOf('web', 'dev')).toEqual([]);
    const requested = (await world.shown()).filter(({ type }) => type === 'promotion.requested');
    expect(requested.length).toBeLessThanOrEqual(1);
  });

  test('notices at once a tag that other hands have moved', async () => {
    await following();
    await world.release('dev/web', '1.0.0', 'one');
    await eventually(() => promotionsOf('web', 'dev')).toEqual(['string']);
    await world.drain({ app: 'web', environment: 'dev' });
    const stranger = await world.release('dev/web', 'stranger', 'two');
    const path = '/v2/dev/web/manifests/dev';
    const headers = {
      'content-type': stranger.descriptor.mediaType,
      'registry-action-break-glass': 'nobody should do this',
    };
    const moved = await world.registry.call({ method: 'PUT', path, headers, body: stranger.bytes });
    expect([moved.status, moved.text]).toEqual([201, '']);
    await eventually(async () => (await world.shown()).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['registry.moved', 'registry.glass-broken', 'environment.drifted']),
    );
    const shown = (await world.shown()).find(({ type }) => type === 'registry.moved');
    expect(shown?.payload).toMatchObject({
      ...{ app: 'web', environment: 'dev', repository: 'dev/web', tag: 'dev' },
      ...{ to: stranger.descriptor.digest, actor: 'admin-token', reason: 'nobody should do this' },
    });
  });

  test('shows what other hands did in the service’s own stream, and not what is nobody’s release', async () => {
    await following();
    const release = await world.release('dev/web', '1.0.0', 'one');
    await world.release('elsewhere/thing', '1.0.0', 'two');
    await world.registry.call({ method: 'DELETE', path: '/v2/elsewhere/thing/manifests/absent' });
    await world.release('dev/api', 'edge', 'three');
    await world.registry.call({ method: 'DELETE', path: '/v2/dev/api/manifests/edge' });
    await eventually(async () =>
      (await world.shown())
        .filter(({ type }) => type.startsWith('registry.'))
        .map(({ type, payload }) => [type, payload['repository'], payload['tags']]),
    ).toEqual([
      ['registry.pushed', 'dev/web', ['1.0.0']],
      ['registry.pushed', 'dev/api', ['edge']],
      ['registry.deleted', 'dev/api', ['edge']],
    ]);
    const pushed = (await world.shown()).find(({ type }) => type === 'registry.pushed');
    expect(pushed?.payload).toMatchObject({
      environment: 'dev',
      digest: release.descriptor.digest,
      actor: 'admin-token',
    });
  });

  test('costs one request while nothing happens, whatever is pulled', async () => {
    await world.release('dev/web', '1.0.0', 'one');
    await following();
    const before = world.requests();
    for (let at = 0; at < 20; at += 1) await world.registry.call({ path: '/v2/dev/web/manifests/1.0.0', as: 'viewer' });
    await eventually(
      async () => (await world.registry.call({ path: '/admin/v1/events?after=0&kinds=pull' })).text,
    ).toContain('"count"');
    expect(world.requests()).toBe(before);
  });

  test('is one of all workers, and another one goes on where it left off', async () => {
    const first = world.follow();
    await eventually(followers).toBe(1);
    world.follow();
    await world.release('dev/web', '1.0.0', 'one');
    await eventually(() => promotionsOf('web', 'dev')).toEqual(['string']);
    expect(await followers()).toBeLessThanOrEqual(1);
    await first.close();
    await world.release('dev/api', '1.0.0', 'two');
    await eventually(() => promotionsOf('api', 'dev')).toEqual(['string']);
    const pushes = (await world.shown()).filter(({ type }) => type === 'registry.pushed');
    expect(pushes.map(({ payload }) => payload['app'])).toEqual(['web', 'api']);
  });
});

/** A feed that answers each request with the next page, then with the last one again and again. */
function liarWith(...pages: RegistryEventsPage[]): FeedWorld['meets'] {
  let at = 0;
  return async ({ schema }) => schema.parse(pages[Math.min(at++, pages.length - 1)]);
}

const quiet: RegistryEventsPage = { next: 'liar:1', reset: false, events: [] };

describe('a feed that', () => {
  test('is cut off is asked again, more and more seldom, and told of once', async () => {
    world.meets = async () => {
      throw new TransportError({ code: 'SERVICE_UNREACHABLE', message: 'no answer' });
    };
    world.follow();
    await eventually(() => world.requests()).toBeGreaterThan(4);
    expect(world.events.map(({ kind }) => kind)).toEqual(['trouble']);
    world.meets = undefined;
    await eventually(followers).toBe(1);
    await world.release('dev/web', '1.0.0', 'one');
    await eventually(() => promotionsOf('web', 'dev')).toEqual(['string']);
  });

  test('lost events has everything looked at', async () => {
    await world.redis.set('ra:registry-feed-place', 'another-process:17');
    world.follow();
    await eventually(() => world.looks()).toBe(1);
    await eventually(followers).toBe(1);
    expect(world.looks()).toBe(1);
  });

  test('tells nonsense moves nothing and keeps nobody from going on', async () => {
    const event = { sequence: 1, kind: 'push', at: 'now' };
    const nothing = `sha256:${'0'.repeat(64)}`;
    world.meets = liarWith(
      {
        ...{ next: 'liar:1', reset: false },
        events: [
          { ...event, repository: '../../etc/passwd', tags: ['1.0.0'], digest: nothing },
          { ...event, repository: 'dev/never-pushed', tags: ['9.9.9'], digest: nothing, actor: 'liar' },
          { ...event, kind: 'tag', repository: 'production/web', tag: 'production', from: nothing, to: nothing },
          { ...event, kind: 'no such kind', repository: 'dev/web' },
          { ...event, kind: 'delete' },
        ],
      },
      quiet,
    );
    world.follow();
    await eventually(() => world.redis.get('ra:registry-feed-place')).toBe('liar:1');
    await eventually(() => world.requests()).toBeGreaterThan(3);
    expect(await promotionsOf('never-pushed', 'dev')).toEqual([]);
    expect((await world.shown()).filter(({ type }) => type.startsWith('promotion.'))).toEqual([]);
    expect(world.events.filter(({ kind }) => kind === 'failed')).toEqual([]);
  });

  test('answers with something else is taken for one that is cut off', async () => {
    world.meets = async ({ schema }) => schema.parse({ next: 7, events: 'many' });
    world.follow();
    await eventually(() => world.requests()).toBeGreaterThan(2);
    expect(world.events.map(({ kind }) => kind)).toEqual(['trouble']);
  });

  test('is gone keeps nothing from closing', async () => {
    const never = Promise.withResolvers<never>();
    world.meets = ({ signal }) => {
      signal?.addEventListener('abort', () => never.reject(new Error('aborted')));
      return never.promise;
    };
    const follower = world.follow();
    await eventually(() => world.requests()).toBe(1);
    await follower.close();
    expect(world.events).toEqual([]);
  });
});
