/** Azure's Container Registry. */
import { expect } from 'vitest';
import { quirksOf } from '../../../oci/client/quirks.ts';
import { type Behaviour, refusal } from './plain-registry.ts';
import { layerElsewhere, mountOrPush, pushLayer, quirksAt, tagged } from './quirk.ts';
import { bearer } from './token-service.ts';

const host = 'example.azurecr.io';
const quirk = quirksAt(host);
const mebibyte = 1024 * 1024;

// "Azure ACR enforces a request body size limit and rejects uploads above ~20MB with HTTP 413":
// https://github.com/goharbor/harbor/issues/23015
quirk('ACR refuses a PUT of more than 20 MB, as its front does, in HTML', {
  behaves: () => [
    (asked, serve) =>
      asked.method === 'PUT' && asked.body.length > 20_000_000
        ? { status: 413, body: '<html><h1>413 Request Entity Too Large</h1>AzureContainerRegistry</html>' }
        : serve(asked),
  ],
  deed: async (scene) => {
    await pushLayer(scene, 21 * mebibyte);
    // It is known beforehand, so the bytes go over the wire once.
    expect(scene.registry.seen.filter(({ status }) => status === 413)).toEqual([]);
  },
  failing: /JSON/,
});

// "HTTP chunked transfer encoding, which Azure ACR rejects with CONTENT_LENGTH_INVALID (400)":
// https://github.com/goharbor/harbor/pull/23016
quirk('ACR wants the length of a PATCH', {
  behaves: () => [
    (asked, serve) =>
      asked.headers['transfer-encoding'] === undefined ? serve(asked) : refusal(400, 'CONTENT_LENGTH_INVALID'),
  ],
  deed: (scene) => pushLayer(scene, 17 * mebibyte),
  naive: { upload: 'patch-of-unknown-length' },
  failing: /400 CONTENT_LENGTH_INVALID/,
});

// "bytes 0-84521/*", "the Content-Range header format is invalid": https://github.com/dotnet/sdk-container-builds/pull/258
const bareRange: Behaviour = (asked, serve) =>
  /^\d+-\d+$/.test(asked.headers['content-range'] ?? '0-0') ? serve(asked) : refusal(400, 'RANGE_INVALID');

quirk('ACR takes ranges without a unit, unlike the rest of HTTP', {
  behaves: () => [bareRange],
  plainly: () => [({ headers: { 'content-range': _, ...headers }, ...asked }, serve) => serve({ ...asked, headers })],
  quirks: { ...quirksOf(host), uploadWays: ['chunks'], chunkSizeBytes: mebibyte },
  deed: (scene) => pushLayer(scene, 2_500_000),
  naive: { upload: 'chunks', contentRange: 'with-unit' },
  failing: /400 RANGE_INVALID/,
});

// "unexpected status from PUT request …: 416 Requested Range Not Satisfiable", now and then:
// https://github.com/Azure/acr/issues/866
quirk('ACR answers 416 to a PUT, now and then', {
  behaves: () => {
    let isFirst = true;
    return [
      (asked, serve) => {
        if (asked.method !== 'PUT' || !isFirst) return serve(asked);
        isFirst = false;
        return refusal(416, 'RANGE_INVALID');
      },
    ];
  },
  deed: (scene) => pushLayer(scene, 1000),
  failing: /416 RANGE_INVALID/,
});

// POST /oauth2/token, with grant_type=refresh_token, for the token that /oauth2/exchange has made of that of a directory:
// https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md
quirk('ACR makes tokens of a refresh token, which is no password', {
  behaves: ({ timing }) => [
    bearer({
      timing,
      refuses: ({ method, body }) => {
        const form = new URLSearchParams(body.toString());
        const isExchange = method === 'POST' && form.get('grant_type') === 'refresh_token';
        return isExchange && form.get('refresh_token') === 'of-three-hours' ? undefined : refusal(401, 'UNAUTHORIZED');
      },
    }),
  ],
  plainly: ({ timing }) => [bearer({ timing })],
  credentials: { identityToken: 'of-three-hours' },
  deed: async ({ app, registry }) => {
    const { tag, digest } = tagged(registry, '1.0.0');
    expect(await app.resolve(tag)).toMatchObject({ digest });
  },
  failing: /401 no token/,
});

// 429 with Retry-After beyond the operations of one's tier: https://learn.microsoft.com/azure/container-registry/container-registry-skus
quirk('ACR answers 429 beyond the writes of its tier, and a date to come back at', {
  behaves: ({ timing }) => {
    const openFrom = timing.now() + 5_000;
    const told = () => ({
      date: new Date(timing.now()).toUTCString(),
      'retry-after': new Date(openFrom).toUTCString(),
    });
    return [
      (asked, serve) =>
        asked.method === 'POST' && timing.now() < openFrom ? refusal(429, 'TOOMANYREQUESTS', told()) : serve(asked),
    ];
  },
  deed: (scene) => pushLayer(scene, 1000),
  failing: /429 TOOMANYREQUESTS/,
});

// A token may name several repositories, each with what may be done there:
// https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md
quirk('ACR mounts within a registry for a token that names both repositories, and moves no byte', {
  behaves: ({ timing }) => [
    bearer({
      timing,
      // Its challenge names the repository of the path alone.
      challenge: ([own = ''], { url }) => `Bearer realm="${url}/token",service="${host}",scope="${own}"`,
    }),
  ],
  deed: async (scene) => {
    await mountOrPush(scene, layerElsewhere(scene.registry, 'team/base', 100));
    await mountOrPush(scene, layerElsewhere(scene.registry, 'team/base', 200));
    expect(scene.registry.seen.filter(({ method }) => method === 'PUT')).toEqual([]);
  },
  failing: /401 UNAUTHORIZED/,
});
