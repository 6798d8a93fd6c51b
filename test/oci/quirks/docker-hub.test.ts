/** Docker Hub. */
import { expect } from 'vitest';
import { refusal } from './plain-registry.ts';
import { layerElsewhere, mountOrPush, pushLayer, quirksAt, referredTo, type Scene, tagged } from './quirk.ts';
import { bearer } from './token-service.ts';

const quirk = quirksAt('docker.io');

// 401 for a `from` of another account, 400 for a name that cannot be there:
// https://github.com/google/go-containerregistry/issues/1741, https://github.com/google/go-containerregistry/issues/1679
quirk('Docker Hub answers 400 to a mount from a name that is no repository of it', {
  behaves: () => [(asked, serve) => (asked.query.has('from') ? refusal(400, 'NAME_INVALID') : serve(asked))],
  deed: (scene) => mountTwice(scene, 400),
  failing: /400 NAME_INVALID/,
});

quirk('Docker Hub answers 401 to a mount from an account that is not ours, whatever token is shown', {
  behaves: ({ timing }) => [
    bearer({ timing, grants: (scopes) => scopes.filter((scope) => !scope.startsWith('repository:stranger/')) }),
  ],
  deed: async (scene) => {
    await pushLayer(scene, 50);
    await mountTwice(scene, 401);
  },
  failing: /401 UNAUTHORIZED/,
});

/** A refusal means a copy, and nobody asks for the next blob of the same account. */
async function mountTwice(scene: Scene, status: number): Promise<void> {
  await mountOrPush(scene, layerElsewhere(scene.registry, 'stranger/base', 100));
  const before = scene.registry.seen.length;
  await mountOrPush(scene, layerElsewhere(scene.registry, 'stranger/base', 200));
  expect(scene.registry.seen.slice(before).filter((seen) => seen.status === status)).toEqual([]);
}

// Every answer of auth.docker.io has an expires_in of 300: https://docs.docker.com/reference/api/registry/auth/
quirk('Docker Hub gives tokens that end after 300 seconds', {
  behaves: ({ timing }) => [bearer({ timing, lifeMs: 300_000 })],
  plainly: ({ timing }) => [bearer({ timing })],
  deed: async ({ app, registry, timing }) => {
    const { tag, digest } = tagged(registry, '1.0.0');
    expect(await app.resolve(tag)).toMatchObject({ digest });
    timing.advance(6 * 60_000);
    expect(await app.resolve(tag)).toMatchObject({ digest });
  },
  failing: /401 UNAUTHORIZED/,
});

// "Using GET emulates a real pull and counts towards the limit. Using HEAD won't": https://docs.docker.com/docker-hub/usage/pulls/
quirk('Docker Hub counts a GET of a manifest as a pull, and a HEAD as nothing', {
  behaves: () => [
    (asked, serve) =>
      asked.method === 'GET' && asked.path.includes('/manifests/') ? refusal(429, 'TOOMANYREQUESTS') : serve(asked),
  ],
  deed: async ({ app, registry }) => {
    const { tag, digest } = tagged(registry, '1.0.0');
    expect(await app.resolve(tag)).toMatchObject({ digest });
  },
  failing: /429 TOOMANYREQUESTS/,
});

// 429 with Retry-After, also from the limit on abuse: https://docs.docker.com/docker-hub/usage/
quirk('Docker Hub answers 429 and says when to come back', {
  behaves: ({ timing }) => {
    const openFrom = timing.now() + 20_000;
    return [
      (asked, serve) =>
        timing.now() < openFrom ? refusal(429, 'TOOMANYREQUESTS', { 'retry-after': '20' }) : serve(asked),
    ];
  },
  deed: async ({ app, registry }) => {
    const { tag, digest } = tagged(registry, '1.0.0');
    expect(await app.resolve(tag)).toMatchObject({ digest });
  },
  failing: /429 TOOMANYREQUESTS/,
});

// It was asked for, and is not there: https://github.com/docker/roadmap/issues/724
quirk('Docker Hub has no list of referrers, so that clients keep one under a tag', {
  behaves: () => [
    (asked, serve) =>
      asked.path.includes('/referrers/') ? { status: 404, body: '404 page not found\n' } : serve(asked),
  ],
  deed: async ({ app, registry }) => {
    const { subject, referrer } = referredTo(registry);
    const listed = await app.listReferrers?.(subject);
    expect(listed?.referrers.map(({ digest }) => digest)).toEqual([referrer]);
  },
  failing: /JSON/,
});

// "RateLimit-Limit: 100;w=21600" and "RateLimit-Remaining: 76;w=21600", which only pulls lower; without any left a pull is
// answered with 429: https://docs.docker.com/docker-hub/usage/pulls/#view-pull-rate-and-limit
quirk('Docker Hub tells with each answer how many pulls are left, and refuses the next one', {
  behaves: () => {
    const limit = 3;
    let remaining = limit;
    return [
      async (asked, serve) => {
        const isPull = asked.method === 'GET' && asked.path.includes('/manifests/');
        if (isPull && remaining === 0) return refusal(429, 'TOOMANYREQUESTS');
        if (isPull) remaining -= 1;
        const reply = await serve(asked);
        const told = { 'ratelimit-limit': `${limit};w=21600`, 'ratelimit-remaining': `${remaining};w=21600` };
        return { ...reply, headers: { ...reply.headers, ...told } };
      },
    ];
  },
  deed: async ({ app, registry }) => {
    const { tag, digest } = tagged(registry, '1.0.0');
    for (let look = 0; look < 10; look += 1) expect(await app.resolve(tag)).toMatchObject({ digest });
    expect((await app.fetchManifest(tag)).descriptor).toMatchObject({ digest });
  },
  failing: /429 TOOMANYREQUESTS/,
});
