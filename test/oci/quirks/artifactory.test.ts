/** JFrog's Artifactory. */
import { expect } from 'vitest';
import { parseTag } from '../../../oci/spec/tag.ts';
import { refusal } from './plain-registry.ts';
import { imageDigest, layerElsewhere, mountOrPush, quirksAt, tagged } from './quirk.ts';
import { bearer } from './token-service.ts';

const quirk = quirksAt('example.jfrog.io');

// "no scope specified for token auth challenge" is what others said of it: https://github.com/containerd/containerd/issues/3556
quirk('Artifactory names no scope in its challenge, and grants none that was not asked for', {
  behaves: ({ timing }) => [
    bearer({ timing, challenge: (_, { url }) => `Bearer realm="${url}/token",service="example.jfrog.io"` }),
  ],
  plainly: ({ timing }) => [bearer({ timing })],
  deed: async ({ app, registry }) => {
    const { tag, digest } = tagged(registry, '1.0.0');
    expect(await app.resolve(tag)).toMatchObject({ digest });
  },
  failing: /401 UNAUTHORIZED/,
});

// To a POST for a token "JFrog Artifactory has been observed to respond with a 401 (Unauthorized)", and to a GET with the
// token: https://github.com/containerd/containerd/pull/2166
quirk('Artifactory makes tokens for GET, and answers 401 to POST', {
  behaves: ({ timing }) => [
    bearer({ timing, refuses: ({ method }) => (method === 'POST' ? refusal(401, 'UNAUTHORIZED') : undefined) }),
  ],
  plainly: ({ timing }) => [bearer({ timing })],
  credentials: { username: 'ann', password: 'secret' },
  naive: { tokenBy: 'password-grant' },
  deed: async ({ app, registry }) => {
    const { tag, digest } = tagged(registry, '1.0.0');
    expect(await app.resolve(tag)).toMatchObject({ digest });
  },
  failing: /401 no token/,
});

// "406 Not Acceptable errors when application/vnd.docker.distribution.manifest.v2+json is requested on the tags endpoint":
// https://github.com/deitch/docker_registry2/pull/40, https://github.com/renovatebot/renovate/issues/3078
quirk('Artifactory lists tags for who accepts JSON', {
  behaves: () => [
    (asked, serve) =>
      asked.path.endsWith('/tags/list') && !/application\/json|\*\/\*/.test(asked.headers.accept ?? '*/*')
        ? { status: 406, body: '<html><h1>HTTP Status 406 – Not Acceptable</h1></html>' }
        : serve(asked),
  ],
  deed: async ({ app, registry }) => {
    tagged(registry, '1.0.0');
    expect(await Array.fromAsync(app.listTags())).toEqual(['1.0.0']);
  },
  failing: /JSON/,
});

// Mounts are refused, and what another repository of the same kind holds is found all the same once a manifest has named
// it: https://jfrog.com/help/r/jfrog-artifactory-documentation/docker-repositories
for (const status of [403, 404, 405]) {
  quirk(`Artifactory refuses a mount with ${status}`, {
    behaves: () => [(asked, serve) => (asked.query.has('from') ? refusal(status, 'UNSUPPORTED') : serve(asked))],
    deed: async (scene) => {
      await mountOrPush(scene, layerElsewhere(scene.registry, 'team/base', 100));
      const before = scene.registry.seen.length;
      await mountOrPush(scene, layerElsewhere(scene.registry, 'team/base', 200));
      expect(scene.registry.seen.slice(before).filter((seen) => seen.status === status)).toEqual([]);
    },
    failing: new RegExp(`${status} UNSUPPORTED`),
  });
}

// "JFrog Artifactory apparently return 403 (Forbidden) instead of 404": https://github.com/sigstore/cosign/issues/2973,
// "for non-existent tags if you are using virtual repositories": https://github.com/google/go-containerregistry/pull/1691
quirk('Artifactory answers 403 for a manifest that is not there', {
  behaves: () => [
    async (asked, serve) => {
      const reply = await serve(asked);
      const isLook = (asked.method === 'GET' || asked.method === 'HEAD') && asked.path.includes('/manifests/');
      return isLook && reply.status === 404 ? refusal(403, 'UNAUTHORIZED') : reply;
    },
  ],
  deed: async ({ copyImage, registry }) => {
    await copyImage(parseTag('1.0.0'));
    expect(registry.tags.get('team/app:1.0.0')).toBe(imageDigest);
  },
  failing: /403 UNAUTHORIZED/,
});
