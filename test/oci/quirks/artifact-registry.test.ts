/** Google's Artifact Registry, and the Container Registry before it. */
import { expect } from 'vitest';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { type Behaviour, refusal } from './plain-registry.ts';
import { layerElsewhere, layerOf, mountOrPush, pushLayer, quirksAt, tagged } from './quirk.ts';
import { bearer } from './token-service.ts';

const keyFile = '{\n  "type": "service_account",\n  "token_uri": "https://x"\n}\n';
const quirk = quirksAt('europe-west1-docker.pkg.dev');

// "You must use monolithic uploads when you push container images to Artifact Registry":
// https://cloud.google.com/artifact-registry/docs/reference/docker-api
for (const upload of ['chunks', 'ranged-patch', 'patch-of-unknown-length'] as const) {
  quirk(`Artifact Registry takes no PATCH: ${upload}`, {
    behaves: () => [(asked, serve) => (asked.method === 'PATCH' ? refusal(400, 'UNSUPPORTED') : serve(asked))],
    deed: (scene) => pushLayer(scene, 2_000_000),
    naive: { upload },
    failing: /400 UNSUPPORTED/,
  });
}

quirk('Artifact Registry wants the length of a PUT', {
  behaves: () => [
    (asked, serve) => (asked.headers['transfer-encoding'] === undefined ? serve(asked) : refusal(411, 'SIZE_INVALID')),
  ],
  deed: (scene) => pushLayer(scene, 1000),
  naive: { upload: 'put-of-unknown-length' },
  failing: /411 SIZE_INVALID/,
});

// Its locations lead below /artifacts-uploads/, with a state that must be sent back:
// https://github.com/dotnet/sdk-container-builds/pull/287
const uploadsElsewhere: Behaviour = async (asked, serve, { url }) => {
  const [, name, id] = /^\/artifacts-uploads\/namespaces\/(.+)\/uploads\/(\d+)$/.exec(asked.path) ?? [];
  if (name !== undefined) {
    if (asked.query.get('force_add_upload') !== 'AJ~1') return refusal(404, 'BLOB_UPLOAD_UNKNOWN');
    return await serve({ ...asked, path: `/v2/${name}/blobs/uploads/${id}` });
  }
  const reply = await serve(asked);
  const moved = reply.headers?.['location']?.replace(
    /^\/v2\/(.+)\/blobs\/uploads\//,
    `${url}/artifacts-uploads/namespaces/$1/uploads/`,
  );
  return reply.status === 202
    ? { ...reply, headers: { ...reply.headers, location: `${moved}?force_add_upload=AJ~1` } }
    : reply;
};

quirk('Artifact Registry takes uploads at another path, by a state in the query', {
  behaves: () => [uploadsElsewhere],
  deed: (scene) => pushLayer(scene, 1000),
  failing: /404 BLOB_UPLOAD_UNKNOWN/,
});

// `oauth2accesstoken` or `_json_key` as the name, and a token or a whole key file as the password, at a service that
// answers GET: https://cloud.google.com/artifact-registry/docs/docker/authentication
quirk('Artifact Registry signs in a key file, by GET alone', {
  behaves: ({ timing }) => [
    bearer({
      timing,
      refuses: (asked) => {
        const [scheme, shown = ''] = asked.headers.authorization?.split(' ') ?? [];
        const isKey = Buffer.from(shown, 'base64').toString() === `_json_key:${keyFile}`;
        return asked.method === 'GET' && scheme === 'Basic' && isKey ? undefined : refusal(405, 'UNSUPPORTED');
      },
    }),
  ],
  plainly: ({ timing }) => [bearer({ timing })],
  credentials: { username: '_json_key', password: keyFile },
  naive: { tokenBy: 'password-grant' },
  deed: async ({ app, registry }) => {
    const { tag, digest } = tagged(registry, '1.0.0');
    expect(await app.resolve(tag)).toMatchObject({ digest });
  },
  failing: /405 no token/,
});

// A mount may be answered with 202 though the blob is there: https://github.com/google/go-containerregistry/issues/1846
quirk('Artifact Registry answers a mount with a session at the other path', {
  behaves: () => [
    uploadsElsewhere,
    (asked, serve) => serve(asked.query.has('from') ? { ...asked, query: new URLSearchParams() } : asked),
  ],
  deed: (scene) => mountOrPush(scene, layerElsewhere(scene.registry, 'team/base')),
  failing: /false to be true/,
});

/** What lies at another registry of Google's, which can be mounted from there. */
const remote = layerOf(300);

/** Fetches it from there when it is told where that is. */
const mountsAcross =
  (isTold: (query: URLSearchParams) => boolean): Behaviour =>
  (asked, serve, { blobs }) => {
    const { query } = asked;
    const isMeant = query.get('mount') === remote.descriptor.digest && query.get('from') === 'team/base';
    if (isMeant && isTold(query)) blobs.set(`team/base@${remote.descriptor.digest}`, remote.bytes);
    return serve(asked);
  };

// "encoding the source registry hostname in a url parameter allows for efficient copies from a different origin":
// https://github.com/google/go-containerregistry/issues/1321, https://github.com/google/go-containerregistry/pull/1388
quirk("Artifact Registry mounts from other registries of Google's, by an origin", {
  behaves: () => [mountsAcross((query) => query.get('origin') === 'gcr.io')],
  plainly: () => [mountsAcross(() => true)],
  deed: async (scene) => {
    const place = { registry: 'https://gcr.io', repository: parseRepositoryName('team/base'), family: 'google' };
    await mountOrPush(scene, { ...remote, place });
    expect(scene.registry.seen.map(({ method, status }) => `${method} ${status}`)).toEqual(['POST 201']);
  },
  failing: /false to be true/,
});

// It may answer 202 all the same: https://github.com/google/go-containerregistry/issues/1846
quirk('Artifact Registry answers a mount by origin with a session', {
  behaves: () => [],
  plainly: () => [mountsAcross(() => true)],
  deed: async (scene) => {
    const place = { registry: 'https://gcr.io', repository: parseRepositoryName('team/base'), family: 'google' };
    await mountOrPush(scene, { ...remote, place });
    // It costs nothing: the session is the one that is used.
    expect(scene.registry.seen.filter(({ method }) => method === 'POST').length).toBe(1);
  },
  failing: /false to be true/,
});
