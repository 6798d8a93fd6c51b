/** The reference registry, distribution 2.8 and 3. */
import { expect } from 'vitest';
import { quirksOf } from '../../../oci/client/quirks.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { type Behaviour, refusal } from './plain-registry.ts';
import { imageDigest, layerElsewhere, mountOrPush, pushLayer, quirksAt, referredTo, tagged } from './quirk.ts';

const quirk = quirksAt('registry.example:5000');
const mebibyte = 1024 * 1024;

/** The state is in each location, and the one of the latest is wanted. */
function statefully(stale: () => ReturnType<typeof refusal>): Behaviour {
  const states = new Map<string, string>();
  return async (asked, serve, { url }) => {
    const id = /\/uploads\/(\d+)$/.exec(asked.path)?.[1];
    if (id !== undefined && asked.query.get('_state') !== states.get(id)) return stale();
    const reply = await serve(asked);
    const location = reply.headers?.['location'] ?? '';
    const session = /\/uploads\/(\d+)$/.exec(location)?.[1];
    if (session === undefined) return reply;
    const state = `${session}~${states.size}-${String(asked.body.length)}==`;
    states.set(session, state);
    return {
      ...reply,
      headers: { ...reply.headers, location: `${url}${location}?_state=${encodeURIComponent(state)}` },
    };
  };
}

// A location has the state of the upload in its query, and the digest is added to that:
// https://distribution.github.io/distribution/spec/api/#initiate-blob-upload
quirk('distribution gives absolute locations with a state in their query', {
  behaves: () => [statefully(() => refusal(404, 'BLOB_UPLOAD_INVALID'))],
  deed: (scene) => pushLayer(scene, 1000),
  failing: /404 BLOB_UPLOAD_INVALID/,
});

quirk('distribution changes the state with every chunk, and wants the latest', {
  behaves: () => [statefully(() => refusal(404, 'BLOB_UPLOAD_INVALID'))],
  quirks: { ...quirksOf('registry.example'), uploadWays: ['chunks'], chunkSizeBytes: mebibyte },
  deed: (scene) => pushLayer(scene, 3 * mebibyte),
  naive: { upload: 'chunks' },
  failing: /404 BLOB_UPLOAD_INVALID/,
});

// Several instances that do not know of each other's secrets and files: 404 at 2.8.2 (measured), and in version 3 a 416.
// https://distribution.github.io/distribution/about/configuration/#http (secret)
for (const [status, code] of [
  [404, 'BLOB_UPLOAD_INVALID'],
  [404, 'BLOB_UPLOAD_UNKNOWN'],
  [416, 'RANGE_INVALID'],
] as const) {
  quirk(`distribution forgets a session: ${status} ${code}`, {
    behaves: () => {
      let isFirst = true;
      return [
        (asked, serve) => {
          if (asked.method !== 'PUT' || !isFirst) return serve(asked);
          isFirst = false;
          return refusal(status, code);
        },
      ];
    },
    deed: (scene) => pushLayer(scene, 1000),
    failing: new RegExp(`${status} ${code}`),
  });
}

// 202 when the source lacks the blob, or there is no such repository:
// https://distribution.github.io/distribution/spec/api/#cross-repository-blob-mount
quirk('distribution opens a session where the source of a mount is not there', {
  behaves: () => [
    (asked, serve) => serve(asked.query.has('from') ? { ...asked, query: new URLSearchParams() } : asked),
  ],
  deed: async (scene) => {
    await mountOrPush(scene, layerElsewhere(scene.registry, 'gone/base'));
    expect(scene.registry.seen.filter(({ method }) => method === 'POST').length).toBe(1);
  },
  failing: /false to be true/,
});

// PAGINATION_NUMBER_INVALID beyond a thousand: https://distribution.github.io/distribution/about/configuration/#catalog
quirk('distribution refuses to list more than 1000 repositories at once', {
  behaves: () => [
    (asked, serve) =>
      asked.path === '/v2/_catalog' && Number(asked.query.get('n') ?? 1) > 1000
        ? refusal(400, 'PAGINATION_NUMBER_INVALID')
        : serve(asked),
  ],
  deed: async ({ listRepositories, registry }) => {
    tagged(registry, '1.0.0');
    expect(await Array.fromAsync(listRepositories())).toEqual(['team/app']);
  },
  failing: /400 PAGINATION_NUMBER_INVALID/,
});

// 404 NAME_UNKNOWN for the tags of a repository that has blobs and no tag; measured with 2.8.2.
quirk('distribution has no list of tags before there is one', {
  behaves: () => [
    (asked, serve, { tags }) =>
      asked.path.endsWith('/tags/list') && tags.size === 0 ? refusal(404, 'NAME_UNKNOWN') : serve(asked),
  ],
  deed: async ({ app }) => {
    expect(await Array.fromAsync(app.listTags())).toEqual([]);
  },
  failing: /404 NAME_UNKNOWN/,
});

// A chunk whose Content-Range is not where the upload stands is accepted with a 202; measured with 2.8.2. So whoever
// sends a chunk again because its answer was lost spoils the blob.
quirk('distribution 2.8 adds a chunk wherever it belongs', {
  behaves: () => {
    let isFirst = true;
    return [
      async (asked, serve) => {
        const { 'content-range': _, ...headers } = asked.headers;
        const reply = await serve({ ...asked, headers });
        if (asked.method !== 'PATCH' || !isFirst) return reply;
        isFirst = false;
        return { status: 502, body: '<html>502 Bad Gateway</html>' };
      },
    ];
  },
  quirks: { ...quirksOf('registry.example'), uploadWays: ['chunks'], chunkSizeBytes: mebibyte },
  deed: async (scene) => {
    await pushLayer(scene, 3 * mebibyte);
    // It is asked where it stands, and no byte is sent twice.
    expect(scene.registry.seen.filter(({ method }) => method === 'PATCH').length).toBeLessThanOrEqual(3);
  },
  naive: { upload: 'chunks' },
  failing: /JSON/,
});

// "404 page not found", in plain text; measured with 2.8.2.
quirk('distribution has no list of referrers, so that clients keep one under a tag', {
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

// MANIFEST_UNKNOWN and not NAME_UNKNOWN for a manifest of a repository that is not there; measured with 2.8.2. Whoever
// takes that for a repository without the tag asks it for its tags.
quirk('distribution says of a repository that is not there that it has no such manifest', {
  behaves: () => [
    (asked, serve, { tags }) =>
      asked.path.endsWith('/tags/list') && tags.size === 0 ? refusal(404, 'NAME_UNKNOWN') : serve(asked),
  ],
  deed: async ({ app, copyImage, registry }) => {
    const tag = parseTag('1.0.0');
    expect(await app.resolve(tag)).toBeUndefined();
    expect(registry.seen.at(-1)).toMatchObject({ status: 404 });
    expect(await Array.fromAsync(app.listTags())).toEqual([]);
    await copyImage(tag);
    expect(registry.tags.get('team/app:1.0.0')).toBe(imageDigest);
  },
  failing: /404 NAME_UNKNOWN/,
});
