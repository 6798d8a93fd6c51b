/** GitHub's Container Registry. */
import { expect } from 'vitest';
import { type Behaviour, openPlainRegistry, refusal } from './plain-registry.ts';
import { layerElsewhere, mountOrPush, pushLayer, quirksAt, referredTo } from './quirk.ts';
import { bearer, challenge } from './token-service.ts';

const quirk = quirksAt('ghcr.io');
const mebibyte = 1024 * 1024;

// "416 … the request body is too large and exceeds the maximum permissible limit of 4.00MiB":
// https://github.com/oras-project/rust-oci-client/issues/35
const refusesLargeRange: Behaviour = (asked, serve) =>
  asked.headers['content-range'] !== undefined && asked.body.length > 4 * mebibyte
    ? refusal(416, 'REQUESTED_RANGE_NOT_SATISFIABLE')
    : serve(asked);

quirk('GHCR refuses a PATCH with a range of more than 4 MiB', {
  behaves: () => [refusesLargeRange],
  deed: (scene) => pushLayer(scene, 5 * mebibyte),
  naive: { upload: 'ranged-patch' },
  failing: /416 REQUESTED_RANGE_NOT_SATISFIABLE/,
});

// The same through a proxy of one's own that stops large PUTs: one PATCH without a range is not limited to 4 MiB.
// https://github.com/cirruslabs/tart/issues/179
quirk('GHCR takes a PATCH of any size that has no range, where a PUT is stopped on the way', {
  behaves: () => [
    (asked, serve) =>
      asked.method === 'PUT' && asked.body.length > 4 * mebibyte ? { status: 413, body: '<html>' } : serve(asked),
    refusesLargeRange,
  ],
  deed: async (scene) => {
    await pushLayer(scene, 5 * mebibyte);
    await pushLayer(scene, 6 * mebibyte);
    // The second blob goes the way that the first has found.
    expect(scene.registry.seen.filter(({ status }) => status === 413).length).toBeLessThanOrEqual(1);
  },
  naive: { upload: 'put' },
  failing: /JSON/,
});

// "Multi-PATCH chunked upload is broken on GHCR (last PATCH overwrites previous)":
// https://github.com/clowdhaus/ocync/blob/main/docs/src/content/registries/ghcr.md
quirk('GHCR keeps the bytes of the last PATCH alone', {
  behaves: () => [
    async (asked, serve, registry) => {
      const id = /\d+$/.exec(asked.path)?.[0] ?? '';
      const reply = await serve(asked);
      if (asked.method === 'PATCH' && reply.status === 202) registry.uploads.set(id, asked.body);
      return asked.method === 'PATCH'
        ? { ...reply, headers: { ...reply.headers, range: rangeAsked(asked.headers) } }
        : reply;
    },
    // Offsets are not compared with what is there.
    ({ headers: { 'content-range': _, ...headers }, ...asked }, serve) => serve({ ...asked, headers }),
  ],
  deed: (scene) => pushLayer(scene, 3 * mebibyte),
  naive: { upload: 'chunks' },
  failing: /400 DIGEST_INVALID/,
});

function rangeAsked(headers: Readonly<Record<string, unknown>>): string {
  return `0-${String(headers['content-range'] ?? '0-0').split('-')[1]}`;
}

// Large layers are committed for longer than the front waits; asked again it says BLOB_UPLOAD_UNKNOWN, and has the
// blob: https://github.com/GoogleContainerTools/jib/issues/4301
quirk('GHCR loses the answer to a PUT whose blob it stores', {
  behaves: () => [
    async (asked, serve) => {
      const reply = await serve(asked);
      return asked.method === 'PUT' && reply.status === 201 ? { status: 504, body: '<html>Gateway Time-out' } : reply;
    },
  ],
  deed: async (scene) => {
    await pushLayer(scene, 1000);
    expect(scene.registry.seen.filter(({ method }) => method === 'PUT').length).toBe(1);
  },
  failing: /JSON/,
});

// "GHCR returns the hint repository:user/image:pull only if no real repository is requested", and "if it is anonymous
// request is denied": https://toddysm.com/2024/02/12/authenticating-with-oci-registries-github-container-registry-ghcr-implementation
quirk('GHCR names a repository that is not there to who asks for none', {
  behaves: ({ timing }) => [
    bearer({
      timing,
      challenge: (needed, { url }) => challenge(url, needed.length === 0 ? ['repository:user/image:pull'] : needed),
      refuses: (_, scopes) => (scopes.includes('repository:user/image:pull') ? refusal(403, 'DENIED') : undefined),
    }),
  ],
  plainly: ({ timing }) => [bearer({ timing })],
  deed: async ({ ping, registry }) => {
    await ping();
    expect(registry.seen.at(-1)).toMatchObject({ path: '/v2/', status: 200 });
  },
  failing: /403 no token/,
});

// "Cross-repo blob mounting is fulfilled within the same org or user namespace. Mount POSTs returning 202 (not fulfilled)
// fall through to upload": https://github.com/clowdhaus/ocync/blob/main/docs/src/content/registries/ghcr.md
quirk('GHCR mounts from a repository of the same owner, and opens a session for others', {
  behaves: () => [
    (asked, serve) =>
      serve(asked.query.get('from')?.startsWith('stranger/') ? { ...asked, query: new URLSearchParams() } : asked),
  ],
  deed: async (scene) => {
    await mountOrPush(scene, layerElsewhere(scene.registry, 'team/base', 100));
    await mountOrPush(scene, layerElsewhere(scene.registry, 'stranger/base', 200));
    // The session that is answered to a mount is the one that is used.
    expect(scene.registry.seen.filter(({ method }) => method === 'POST').length).toBe(2);
  },
  failing: /false to be true/,
});

// A 303 to a web page on github.com, which may answer 429: https://github.com/artifacthub/hub/issues/4785
quirk('GHCR sends who asks for referrers to a web page', {
  behaves: () => [
    async (asked, serve) => {
      if (!asked.path.includes('/referrers/')) return await serve(asked);
      const page = await openPlainRegistry([() => ({ status: 429, body: '<!DOCTYPE html><title>GitHub</title>' })]);
      return { status: 303, headers: { location: `${page.url}/-/v2/packages` } };
    },
  ],
  deed: async ({ app, registry }) => {
    const { subject, referrer } = referredTo(registry);
    const listed = await app.listReferrers?.(subject);
    expect(listed?.referrers.map(({ digest }) => digest)).toEqual([referrer]);
  },
  failing: /JSON/,
});
