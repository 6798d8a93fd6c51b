/** zot. */
import { expect, it } from 'vitest';
import { ordinaryQuirks } from '../../../oci/client/quirks.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { openTestClient } from '../client/fixture.ts';
import { openNaiveClient } from './naive-client.ts';
import { type Behaviour, openPlainRegistry, refusal } from './plain-registry.ts';
import { layerElsewhere, mountOrPush, pushLayer, quirksAt, sourceOf } from './quirk.ts';

const quirk = quirksAt('zot.example:8080');
const mebibyte = 1024 * 1024;

const mountsByDigest: Behaviour = (asked, serve, { blobs }) => {
  const digest = asked.query.get('mount');
  const holder = [...blobs.keys()].find((key) => key.endsWith(`@${digest}`))?.split('@', 1)[0];
  if (digest === null || holder === undefined) return serve(asked);
  return serve({ ...asked, query: new URLSearchParams({ mount: digest, from: holder }) });
};

// Who wants what zot holds elsewhere "must use POST /v2/<name>/blobs/uploads/?mount=<digest>":
// https://github.com/project-zot/zot/pull/4363
it('zot mounts by the digest alone what any of its repositories holds, which is learnt from one large blob', async () => {
  const registry = await openPlainRegistry([mountsByDigest]);
  const app = openTestClient({ url: registry.url }).repository(parseRepositoryName('team/app'));
  for (const sizeBytes of [2 * mebibyte, 3 * mebibyte, 100]) {
    const { descriptor } = layerElsewhere(registry, 'stranger/base', sizeBytes);
    await app.pushBlob(descriptor, () => Promise.reject(new Error('no byte is wanted')));
    expect(registry.blobs.has(`team/app@${descriptor.digest}`)).toBe(true);
  }
  expect(registry.seen.map(({ method, status }) => `${method} ${status}`)).toEqual([
    'POST 201',
    'POST 201',
    'POST 201',
  ]);
});

it('a naive client sends zot what it holds elsewhere', async () => {
  const registry = await openPlainRegistry([mountsByDigest]);
  const app = openNaiveClient({ url: registry.url, now: Date.now }).repository('team/app');
  const { descriptor, bytes } = layerElsewhere(registry, 'stranger/base', 2 * mebibyte);
  await app.pushBlob(descriptor, sourceOf(bytes));
  expect(registry.seen.map(({ method, status }) => `${method} ${status}`)).toEqual(['POST 202', 'PUT 201']);
});

it('a registry that opens sessions for blobs asked for by digest alone is asked so three times, at no cost', async () => {
  const registry = await openPlainRegistry();
  const app = openTestClient({ url: registry.url }).repository(parseRepositoryName('team/app'));
  for (const mebibytes of [1, 2, 3, 4, 5]) {
    const { descriptor, bytes } = layerElsewhere(registry, 'stranger/base', mebibytes * mebibyte);
    await app.pushBlob(descriptor, sourceOf(bytes));
  }
  expect(registry.seen.filter(({ query }) => query.has('mount')).length).toBe(3);
  expect(registry.seen.length).toBe(10);
});

it('a naive client that asks by digest alone asks it so for ever', async () => {
  const registry = await openPlainRegistry();
  const choices = { mount: 'without-source' } as const;
  const app = openNaiveClient({ url: registry.url, now: Date.now, choices }).repository('team/app');
  for (const mebibytes of [1, 2, 3, 4, 5]) {
    const { descriptor, bytes } = layerElsewhere(registry, 'stranger/base', mebibytes * mebibyte);
    await app.pushBlob(descriptor, sourceOf(bytes));
  }
  expect(registry.seen.filter(({ query }) => query.has('mount')).length).toBe(5);
});

// "the returned Location header includes the mount parameter, and the upload location is appended to that query":
// https://github.com/project-zot/zot/issues/573
quirk('zot gave a location that leads nowhere to a mount without a source', {
  behaves: () => [
    async (asked, serve) => {
      const reply = await serve(asked);
      if (!asked.query.has('mount')) return reply;
      const location = `/v2/team/app/blobs/uploads/?mount=${asked.query.get('mount')}/1c43`;
      return { ...reply, headers: { ...reply.headers, location } };
    },
    (asked, serve) =>
      asked.path.endsWith('/uploads/') && asked.method === 'PUT' ? refusal(404, 'BLOB_UPLOAD_UNKNOWN') : serve(asked),
  ],
  deed: async (scene) => {
    await pushLayer(scene, 2 * mebibyte);
    await pushLayer(scene, 3 * mebibyte);
    // One blob is enough to learn from.
    expect(scene.registry.seen.filter(({ query }) => query.has('mount')).length).toBeLessThanOrEqual(2);
  },
  naive: { mount: 'without-source' },
  failing: /404 BLOB_UPLOAD_UNKNOWN/,
});

// 400, for a "content length invalid or missing": https://github.com/oras-project/oras-java/issues/166
for (const upload of ['put-of-unknown-length', 'patch-of-unknown-length'] as const) {
  quirk(`zot wants the length of what is sent: ${upload}`, {
    behaves: () => [
      (asked, serve) =>
        asked.headers['transfer-encoding'] === undefined ? serve(asked) : refusal(400, 'BLOB_UPLOAD_INVALID'),
    ],
    deed: (scene) => pushLayer(scene, 1000),
    naive: { upload },
    failing: /400 BLOB_UPLOAD_INVALID/,
  });
}

// "202 when mount is denied and 201 when allowed": https://github.com/project-zot/zot/pull/4387
quirk('zot opens a session for a mount that it denies', {
  behaves: () => [
    (asked, serve) => serve(asked.query.has('from') ? { ...asked, query: new URLSearchParams() } : asked),
  ],
  deed: async (scene) => {
    await mountOrPush(scene, layerElsewhere(scene.registry, 'stranger/base'));
    expect(scene.registry.seen.filter(({ method }) => method === 'POST').length).toBe(1);
  },
  failing: /false to be true/,
});

// "the Range header on the response is much smaller than expected": it counts the bytes of the last chunk alone.
// https://github.com/regclient/regclient/issues/961, https://github.com/opencontainers/distribution-spec/issues/580
quirk('zot says of each chunk how long it was, and not how far the upload is', {
  behaves: () => [
    async (asked, serve) => {
      const reply = await serve(asked);
      if (asked.method !== 'PATCH') return reply;
      return { ...reply, headers: { ...reply.headers, range: `0-${asked.body.length - 1}` } };
    },
  ],
  quirks: { ...ordinaryQuirks, uploadWays: ['chunks'], chunkSizeBytes: mebibyte },
  deed: (scene) => pushLayer(scene, 2.5 * mebibyte),
  naive: { upload: 'chunks' },
  failing: /JSON/,
});

// `from` without `mount` is a 405: CreateBlobUpload in https://github.com/project-zot/zot/blob/main/pkg/api/routes.go
quirk('zot answers 405 to who begins an upload with a hint at another repository', {
  behaves: () => [
    (asked, serve) =>
      asked.query.has('from') && !asked.query.has('mount')
        ? { status: 405, body: '{"errors":[{"code":"UNSUPPORTED"}]}' }
        : serve(asked),
  ],
  deed: async (scene) => {
    await pushLayer(scene, 2 * mebibyte);
    await mountOrPush(scene, layerElsewhere(scene.registry, 'team/base'));
    expect(scene.registry.seen.filter(({ status }) => status === 405)).toEqual([]);
  },
  naive: { mount: 'source-alone' },
  failing: /405 UNSUPPORTED/,
});

// 416 for a range that is not where the upload stands, which is what a second sending of a chunk comes to whose answer was
// lost: PatchBlobUpload in https://github.com/project-zot/zot/blob/main/pkg/api/routes.go
quirk('zot answers 416 to a chunk that it has', {
  behaves: () => {
    let isFirst = true;
    return [
      async (asked, serve) => {
        const reply = await serve(asked);
        if (reply.status === 416) return refusal(416, 'BLOB_UPLOAD_INVALID', reply.headers);
        if (asked.method !== 'PATCH' || !isFirst) return reply;
        isFirst = false;
        return refusal(502, 'UNKNOWN');
      },
    ];
  },
  quirks: { ...ordinaryQuirks, uploadWays: ['chunks'], chunkSizeBytes: mebibyte },
  deed: async (scene) => {
    await pushLayer(scene, 3 * mebibyte);
    expect(scene.registry.seen.filter(({ method }) => method === 'PATCH').length).toBe(3);
  },
  naive: { upload: 'chunks', onFailure: 'send-again' },
  failing: /416 BLOB_UPLOAD_INVALID/,
});
