/** Harbor. */
import { expect } from 'vitest';
import { parseTag } from '../../../oci/spec/tag.ts';
import { type Behaviour, refusal } from './plain-registry.ts';
import {
  imageDigest,
  layerElsewhere,
  missesTheFirstLook,
  mountOrPush,
  pushLayer,
  quirksAt,
  referredTo,
  tagged,
} from './quirk.ts';
import { bearer } from './token-service.ts';

const quirk = quirksAt('harbor.example');

// 401 when the project of `from` does not exist, where the specification has a session:
// https://github.com/goharbor/harbor/issues/17097
quirk('Harbor answers 401 to a mount from a project that is not there', {
  behaves: ({ timing }) => [
    bearer({ timing, grants: (scopes) => scopes.filter((scope) => scope.startsWith('repository:team/')) }),
  ],
  deed: async (scene) => {
    await pushLayer(scene, 50);
    await mountOrPush(scene, layerElsewhere(scene.registry, 'gone/base', 100));
    const before = scene.registry.seen.length;
    await mountOrPush(scene, layerElsewhere(scene.registry, 'gone/base', 200));
    expect(scene.registry.seen.slice(before).filter(({ status }) => status === 401)).toEqual([]);
  },
  failing: /401 UNAUTHORIZED/,
});

// "Harbor return different Content-Length values for HEAD (used by Resolve) and GET requests on the same manifest URL":
// https://github.com/oras-project/oras-go/issues/1176
quirk('Harbor tells another length for a HEAD than for the manifest', {
  behaves: () => [
    async (asked, serve) => {
      const reply = await serve(asked);
      return asked.method === 'HEAD' ? { ...reply, headers: { ...reply.headers, 'content-length': '17' } } : reply;
    },
  ],
  deed: async ({ app, registry }) => {
    const { tag, digest } = tagged(registry, '1.0.0');
    const { descriptor, bytes } = await app.fetchManifest(tag);
    expect(descriptor).toMatchObject({ digest, size: bytes.length });
  },
  failing: /manifest of \d+ bytes, not 17/,
});

// Its robots are called robot$project+name: https://goharbor.io/docs/main/working-with-projects/project-configuration/create-robot-accounts/
const signsRobotsIn: Behaviour = (asked, serve) => {
  if (asked.path !== '/token') return serve(asked);
  const shown = Buffer.from(asked.headers.authorization?.slice(6) ?? '', 'base64').toString();
  return shown === 'robot$team+ci:p$$1&ß' ? serve(asked) : refusal(401, 'UNAUTHORIZED');
};

quirk('Harbor has robots with a dollar in their names, and passwords of any characters', {
  behaves: ({ timing }) => [signsRobotsIn, bearer({ timing })],
  plainly: ({ timing }) => [bearer({ timing })],
  credentials: { username: 'robot$team+ci', password: 'p$$1&ß' },
  deed: async ({ app, registry }) => {
    const { tag, digest } = tagged(registry, '1.0.0');
    expect(await app.resolve(tag)).toMatchObject({ digest });
  },
  failing: /401 no token/,
});

// Harbor 2.7 asks for other credentials at a path that it does not know: https://github.com/goharbor/harbor/issues/17097
quirk('Harbor 2.7 answers 401 to a question for referrers', {
  behaves: () => [
    (asked, serve) =>
      asked.path.includes('/referrers/')
        ? refusal(401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="harbor"' })
        : serve(asked),
  ],
  deed: async ({ app, registry }) => {
    const { subject, referrer } = referredTo(registry);
    const listed = await app.listReferrers?.(subject);
    expect(listed?.referrers.map(({ digest }) => digest)).toEqual([referrer]);
  },
  failing: /Invalid URL/,
});

// 412 for a tag that is configured as immutable: https://github.com/goharbor/harbor/issues/15885
quirk('Harbor refuses to write a tag that is immutable, even with what it names', {
  behaves: () => [
    (asked, serve, { tags }) =>
      asked.method === 'PUT' && tags.has(asked.path.replace('/v2/', '').replace('/manifests/', ':'))
        ? refusal(412, 'PRECONDITION')
        : serve(asked),
    // The first question comes before another hand has written the tag.
    missesTheFirstLook(),
  ],
  deed: async (scene) => {
    const tag = parseTag('1.0.0');
    await scene.copyImage(tag);
    await scene.copyImage(tag);
    expect(scene.registry.tags.get('team/app:1.0.0')).toBe(imageDigest);
  },
  failing: /412 PRECONDITION/,
});

// "the size in this returned descriptor appears to be the sum of the referring manifest itself as well as its successors",
// up to 2.10: https://github.com/goharbor/harbor/issues/20187
quirk('Harbor before 2.11 lists referrers with sizes that are not theirs', {
  behaves: () => [
    async (asked, serve) => {
      const reply = await serve(asked);
      if (!asked.path.includes('/referrers/')) return reply;
      const list = JSON.parse(String(reply.body)) as { readonly manifests: readonly { readonly size: number }[] };
      const manifests = list.manifests.map((entry) => ({ ...entry, size: entry.size + 1265 }));
      return { ...reply, body: JSON.stringify({ ...list, manifests }) };
    },
  ],
  deed: async ({ fetchReferrers, registry }) => {
    const { subject, referrer } = referredTo(registry);
    expect(await fetchReferrers(subject)).toEqual([referrer]);
  },
  failing: /referrer of \d+ bytes, not \d+/,
});
