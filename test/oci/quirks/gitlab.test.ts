/** GitLab's registry. */
import { expect } from 'vitest';
import { refusal } from './plain-registry.ts';
import { layerElsewhere, layerOf, mountOrPush, pushLayer, quirksAt, sourceOf, tagged } from './quirk.ts';
import { bearer } from './token-service.ts';

const quirk = quirksAt('gitlab.example:5050');

// Tokens last five minutes unless an administrator says otherwise: https://docs.gitlab.com/administration/packages/container_registry/
quirk('GitLab gives tokens that end after five minutes, which a push may outlast', {
  behaves: ({ timing }) => [bearer({ timing, lifeMs: 300_000 })],
  plainly: ({ timing }) => [bearer({ timing })],
  deed: async ({ app, registry, timing }) => {
    const { descriptor, bytes } = layerOf(1000);
    let isSlow = true;
    await app.pushBlob(descriptor, async () => {
      // The source takes its time, once the upload has begun.
      if (isSlow) timing.advance(6 * 60_000);
      isSlow = false;
      return await sourceOf(bytes)();
    });
    expect(registry.blobs.has(`team/app@${descriptor.digest}`)).toBe(true);
  },
  failing: /401 UNAUTHORIZED/,
});

// A mount needs a token that may also pull from the source, and is answered with 401 without:
// https://github.com/google/go-containerregistry/issues/165
quirk('GitLab mounts for a token that names both repositories', {
  behaves: ({ timing }) => [
    bearer({
      timing,
      // Its challenge names the repository of the path alone.
      challenge: ([own = ''], { url }) => `Bearer realm="${url}/token",service="container_registry",scope="${own}"`,
    }),
  ],
  deed: async (scene) => {
    await mountOrPush(scene, layerElsewhere(scene.registry, 'group/base'));
    expect(scene.registry.seen.filter(({ method }) => method === 'PUT')).toEqual([]);
  },
  failing: /401 UNAUTHORIZED/,
});

// Each page has a link to the next, to be followed as it is:
// https://gitlab.com/gitlab-org/container-registry/-/blob/master/docs/spec/docker/v2/api.md
quirk('GitLab lists the tags of a repository page by page, in links that hold a marker of its own', {
  behaves: () => [
    async (asked, serve) => {
      if (!asked.path.endsWith('/tags/list')) return await serve(asked);
      if (asked.query.has('n') && asked.query.get('n') !== '1000') return refusal(400, 'PAGINATION_NUMBER_INVALID');
      const isSecond = asked.query.get('marker') === 'MS4x';
      const link = `<${asked.path}?n=1000&marker=MS4x>; rel="next"`;
      return isSecond
        ? { status: 200, body: '{"name":"team/app","tags":["1.1"]}' }
        : { status: 200, headers: { link }, body: '{"name":"team/app","tags":["1.0"]}' };
    },
  ],
  plainly: () => [],
  deed: async ({ app, registry }) => {
    tagged(registry, '1.0');
    tagged(registry, '1.1');
    expect(await Array.fromAsync(app.listTags())).toEqual(['1.0', '1.1']);
  },
  failing: /400 PAGINATION_NUMBER_INVALID/,
});

// "Container Registry /v2/ API requests are throttled", with `Retry later` in plain text and a Retry-After:
// https://gitlab.com/gitlab-org/gitlab/-/issues/627044,
// https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
quirk('GitLab answers 429 to who asks too often', {
  behaves: ({ timing }) => {
    const openFrom = timing.now() + 30_000;
    return [
      (asked, serve) =>
        timing.now() < openFrom
          ? { status: 429, headers: { 'retry-after': '30' }, body: 'Retry later\n' }
          : serve(asked),
    ];
  },
  deed: (scene) => pushLayer(scene, 1000),
  failing: /JSON/,
});
