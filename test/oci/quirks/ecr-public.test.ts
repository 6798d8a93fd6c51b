/** Amazon's Elastic Container Registry for the public. */
import { expect } from 'vitest';
import { refusal } from './plain-registry.ts';
import { layerElsewhere, mountOrPush, quirksAt, tagged } from './quirk.ts';
import { bearer } from './token-service.ts';

const quirk = quirksAt('public.ecr.aws');

// "ECR public uses a different authentication mechanism than ECR": to Basic it answers "Your Authorization Token is invalid",
// and there is a service for tokens at /token/:
// https://github.com/kreuzwerker/terraform-provider-docker/pull/666, https://github.com/appgate/sdpctl/pull/404
quirk('ECR Public wants a token, where ECR wants the password', {
  behaves: ({ timing }) => [
    (asked, serve) => serve(asked.path === '/token/' ? { ...asked, path: '/token' } : asked),
    (asked, serve) =>
      asked.path !== '/token' && asked.headers.authorization?.startsWith('Basic ')
        ? refusal(400, 'DENIED')
        : serve(asked),
    bearer({
      timing,
      challenge: (_, { url }) => `Bearer realm="${url}/token/",service="public.ecr.aws",scope="aws"`,
      refuses: ({ headers }) => (headers.authorization?.startsWith('Basic ') ? undefined : refusal(401, 'DENIED')),
    }),
  ],
  plainly: () => [],
  credentials: { username: 'AWS', password: 'a-token-of-twelve-hours' },
  naive: { tokenBy: 'nothing' },
  deed: async ({ app, registry }) => {
    const { tag, digest } = tagged(registry, '1.0.0');
    expect(await app.resolve(tag)).toMatchObject({ digest });
  },
  failing: /400 DENIED/,
});

// "Rate of unauthenticated image pulls: 1 per second", and 10 for those who sign in:
// https://docs.aws.amazon.com/AmazonECR/latest/public/public-service-quotas.html
quirk('ECR Public takes one request a second of nobody in particular', {
  behaves: ({ timing }) => {
    let openFrom = 0;
    return [
      (asked, serve) => {
        if (timing.now() < openFrom) return refusal(429, 'TOOMANYREQUESTS');
        openFrom = timing.now() + 1_000;
        return serve(asked);
      },
    ];
  },
  deed: async ({ app, registry }) => {
    for (const mark of ['1.0.0', '1.1.0', '1.2.0', '1.3.0']) {
      const { tag, digest } = tagged(registry, mark);
      expect(await app.resolve(tag)).toMatchObject({ digest });
    }
  },
  failing: /429 TOOMANYREQUESTS/,
});

// Layers are uploaded in parts, and there is no call that mounts one:
// https://docs.aws.amazon.com/AmazonECRPublic/latest/APIReference/API_Operations.html
quirk('ECR Public mounts nothing', {
  behaves: () => [
    (asked, serve) => serve(asked.query.has('from') ? { ...asked, query: new URLSearchParams() } : asked),
  ],
  deed: async (scene) => {
    await mountOrPush(scene, layerElsewhere(scene.registry, 'team/base'));
    expect(scene.registry.seen.filter(({ method }) => method === 'POST').length).toBe(1);
  },
  failing: /false to be true/,
});
