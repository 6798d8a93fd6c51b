/** Sonatype's Nexus Repository. */
import { expect } from 'vitest';
import { parseTag } from '../../../oci/spec/tag.ts';
import { refusal } from './plain-registry.ts';
import { imageDigest, layerElsewhere, mountOrPush, pushLayer, quirksAt, tagged } from './quirk.ts';
import { bearer, challenge } from './token-service.ts';

const quirk = quirksAt('nexus.example:8082');

// "null://192.168.99.204:9080/v2/token: unsupported protocol scheme "null"": https://github.com/sonatype/nexus-public/issues/580
quirk('Nexus 3.77 names a realm at its own host with the scheme null', {
  behaves: ({ timing }) => [
    bearer({ timing, challenge: (scopes, { url }) => challenge(url.replace(/^http:/, 'null:'), scopes) }),
  ],
  plainly: ({ timing }) => [bearer({ timing })],
  credentials: { username: 'ann', password: 'secret' },
  deed: async ({ app, registry }) => {
    const { tag, digest } = tagged(registry, '1.0.0');
    expect(await app.resolve(tag)).toMatchObject({ digest });
  },
  failing: /Protocol "null:" not supported/,
});

// "Regression anonymous access to docker registry behind reverse proxy causes http calls on https port", which is where a
// token is to be fetched: https://github.com/sonatype/nexus-public/issues/435
quirk('Nexus behind a proxy that speaks TLS for it names a realm at its own host over plain HTTP', {
  tls: true,
  behaves: ({ timing }) => [
    bearer({ timing, challenge: (scopes, { url }) => challenge(url.replace(/^https:/, 'http:'), scopes) }),
  ],
  plainly: ({ timing }) => [bearer({ timing })],
  credentials: { username: 'ann', password: 'secret' },
  deed: async ({ app, registry }) => {
    const { tag, digest } = tagged(registry, '1.0.0');
    expect(await app.resolve(tag)).toMatchObject({ digest });
  },
  failing: /socket hang up|ECONNRESET/,
});

// Without its realm of tokens it wants Basic, in capitals: https://github.com/sonatype/nexus-public/issues/921
quirk('Nexus wants BASIC', {
  behaves: () => [
    (asked, serve) =>
      asked.headers.authorization?.startsWith('Basic ')
        ? serve(asked)
        : refusal(401, 'UNAUTHORIZED', { 'www-authenticate': 'BASIC realm="Sonatype Nexus Repository Manager"' }),
  ],
  plainly: ({ timing }) => [bearer({ timing })],
  credentials: { username: 'ann', password: 'secret' },
  deed: async ({ app, registry }) => {
    const { tag, digest } = tagged(registry, '1.0.0');
    expect(await app.resolve(tag)).toMatchObject({ digest });
  },
  failing: /Invalid URL/,
});

// Its repositories are separate stores, so that most mounts are a session or a refusal:
// https://help.sonatype.com/en/docker-registry.html
quirk('Nexus opens a session for a mount from another of its repositories', {
  behaves: () => [
    (asked, serve) => serve(asked.query.has('from') ? { ...asked, query: new URLSearchParams() } : asked),
  ],
  deed: (scene) => mountOrPush(scene, layerElsewhere(scene.registry, 'team/base')),
  failing: /false to be true/,
});

// nginx, which its makers show in front of it, lets 1 MB through unless it is told more:
// https://help.sonatype.com/en/run-behind-a-reverse-proxy.html,
// https://nginx.org/en/docs/http/ngx_http_core_module.html#client_max_body_size
quirk('Nexus behind a proxy answers 413 to what is larger than the proxy lets through', {
  behaves: () => [
    (asked, serve) =>
      asked.body.length > 1024 * 1024
        ? { status: 413, body: '<html>413 Request Entity Too Large</html>' }
        : serve(asked),
  ],
  deed: async (scene) => {
    await pushLayer(scene, 2_500_000);
    const before = scene.registry.seen.length;
    await pushLayer(scene, 2_600_000);
    // What fits was found with the first blob.
    expect(scene.registry.seen.slice(before).filter(({ status }) => status === 413)).toEqual([]);
  },
  failing: /JSON/,
});

// "Blobs are successfully uploaded and acknowledged", and "blob unknown to registry" is the answer to the manifest: a group
// answers for all its members, and only one of them takes the push. https://github.com/sonatype/nexus-public/issues/869
quirk('Nexus says that it has a blob, which only another member of the group has', {
  behaves: () => {
    const pushed = new Set<string>();
    return [
      async (asked, serve) => {
        if (asked.method === 'HEAD' && asked.path.includes('/blobs/')) return { status: 200 };
        const reply = await serve(asked);
        if (asked.method === 'PUT' && asked.query.has('digest')) pushed.add(asked.query.get('digest') ?? '');
        return reply.status === 400 && pushed.size === 0 ? refusal(404, 'BLOB_UNKNOWN') : reply;
      },
    ];
  },
  deed: async ({ copyImage, registry }) => {
    await copyImage(parseTag('1.0.0'));
    expect(registry.tags.get('team/app:1.0.0')).toBe(imageDigest);
  },
  failing: /404 BLOB_UNKNOWN/,
});
