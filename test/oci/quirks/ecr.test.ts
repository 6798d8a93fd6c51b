/** Amazon's Elastic Container Registry. */
import { expect } from 'vitest';
import { ordinaryQuirks } from '../../../oci/client/quirks.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import type { TestTiming } from '../client/fixture.ts';
import { readAll } from '../content.ts';
import { type Behaviour, openPlainRegistry, type Reply, refusal } from './plain-registry.ts';
import {
  emptyManifest,
  imageDigest,
  layerElsewhere,
  layerOf,
  missesTheFirstLook,
  mountOrPush,
  pushLayer,
  quirksAt,
  tagged,
} from './quirk.ts';
import { bearer } from './token-service.ts';

const quirk = quirksAt('123456789012.dkr.ecr.eu-west-1.amazonaws.com');
const mebibyte = 1024 * 1024;

// Basic, with the name AWS and a token as the password:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html#registry_auth_http
quirk('ECR wants Basic, and its challenge names a realm where there is no token', {
  behaves: () => [
    (asked, serve, { url }) => {
      const [user] = Buffer.from(asked.headers.authorization?.slice(6) ?? '', 'base64')
        .toString()
        .split(':');
      if (user === 'AWS' && asked.headers.authorization?.startsWith('Basic ')) return serve(asked);
      return refusal(401, 'DENIED', { 'www-authenticate': `Basic realm="${url}/",service="ecr.amazonaws.com"` });
    },
  ],
  plainly: ({ timing }) => [bearer({ timing })],
  credentials: { username: 'AWS', password: 'a-token-of-twelve-hours' },
  deed: async ({ app, registry }) => {
    const { tag, digest } = tagged(registry, '1.0.0');
    expect(await app.resolve(tag)).toMatchObject({ digest });
  },
  failing: /404 no token/,
});

// Mounting is off unless the account sets BLOB_MOUNTING, and a layer that no manifest has yet is not mounted either: 202.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/blob-mounting.html,
// https://github.com/aws/containers-roadmap/issues/2860
quirk('ECR answers a mount with a session', {
  behaves: () => [
    (asked, serve) => serve(asked.query.has('from') ? { ...asked, query: new URLSearchParams() } : asked),
  ],
  deed: async (scene) => {
    await mountOrPush(scene, layerElsewhere(scene.registry, 'team/base'));
    expect(scene.registry.seen.filter(({ method }) => method === 'POST').length).toBe(1);
  },
  failing: /false to be true/,
});

// "ECR's limit for atomic layer upload size (as well as individual chunk size) is 10MB": https://github.com/dotnet/sdk/pull/33019
const putLimit: Behaviour = (asked, serve) =>
  asked.method === 'PUT' && asked.body.length > 10 * mebibyte ? refusal(413, 'SIZE_INVALID') : serve(asked);

// "Intermediate PATCH requests return 201 Created", and "Range … gets stuck at the first chunk boundary", though all is
// stored; the last chunk goes with the PUT: https://github.com/aws/containers-roadmap/issues/2831
const created: Behaviour = async (asked, serve) => {
  const reply = await serve(asked);
  return asked.method === 'PATCH' && reply.status === 202 ? { ...reply, status: 201 } : reply;
};

const staleRange: Behaviour = async (asked, serve) => {
  const reply = await serve(asked);
  const [start, end] = asked.headers['content-range']?.split('-').map(Number) ?? [];
  if (asked.method !== 'PATCH' || start === undefined || end === undefined || start === 0) return reply;
  return { ...reply, headers: { ...reply.headers, range: `0-${end - start}` } };
};

const noEmptyPut: Behaviour = (asked, serve) =>
  asked.method === 'PUT' && asked.path.includes('/uploads/') && asked.body.length === 0
    ? refusal(400, 'BLOB_UPLOAD_INVALID')
    : serve(asked);

quirk('ECR takes no PUT of more than 10 MB', {
  behaves: () => [putLimit, created, staleRange, noEmptyPut],
  deed: (scene) => pushLayer(scene, 11 * mebibyte),
  failing: /413 SIZE_INVALID/,
});

quirk('ECR stores every chunk, and goes on saying that it has the first alone', {
  behaves: () => [putLimit, staleRange],
  deed: (scene) => pushLayer(scene, 22 * mebibyte),
  naive: { upload: 'chunks' },
  failing: /JSON/,
});

quirk('ECR under a name that tells nothing says that it has the first chunk alone', {
  behaves: () => [staleRange],
  quirks: { ...ordinaryQuirks, uploadWays: ['chunks'], chunkSizeBytes: mebibyte },
  deed: async (scene) => {
    await pushLayer(scene, 3 * mebibyte);
    const before = scene.registry.seen.length;
    await pushLayer(scene, 3 * mebibyte + 100);
    // The first blob was enough to learn from.
    expect(scene.registry.seen.length - before).toBeLessThanOrEqual(6);
  },
  naive: { upload: 'chunks' },
  failing: /JSON/,
});

quirk('ECR answers 201 to a chunk', {
  behaves: () => [putLimit, created],
  deed: (scene) => pushLayer(scene, 11 * mebibyte),
  naive: { upload: 'ranged-patch' },
  failing: /JSON/,
});

quirk('ECR wants the last chunk in the PUT', {
  behaves: () => [putLimit, noEmptyPut],
  deed: (scene) => pushLayer(scene, 11 * mebibyte),
  naive: { upload: 'chunks' },
  failing: /400 BLOB_UPLOAD_INVALID/,
});

// Bytes of a length that is not told are refused; each part has its first and last byte told beforehand.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UploadLayerPart.html
quirk('ECR wants the length of a PUT', {
  behaves: () => [
    (asked, serve) => (asked.headers['transfer-encoding'] === undefined ? serve(asked) : refusal(411, 'SIZE_INVALID')),
  ],
  deed: (scene) => pushLayer(scene, 1000),
  naive: { upload: 'put-of-unknown-length' },
  failing: /411 SIZE_INVALID/,
});

// More than a thousand are an error: https://github.com/google/go-containerregistry/issues/1091
quirk('ECR refuses to list more than 1000 tags at once', {
  behaves: () => [
    (asked, serve) => (Number(asked.query.get('n') ?? 1) > 1000 ? refusal(405, 'UNSUPPORTED') : serve(asked)),
  ],
  deed: async ({ app, registry }) => {
    tagged(registry, '1.0.0');
    expect(await Array.fromAsync(app.listTags())).toEqual(['1.0.0']);
  },
  failing: /405 UNSUPPORTED/,
});

// A redirect to S3, which answers a second authorization with "Only one auth mechanism allowed":
// https://github.com/open-policy-agent/opa/issues/6728
quirk('ECR sends the readers of a blob to storage that takes no second authorization', {
  behaves: ({ timing }) => [
    bearer({ timing }),
    async (asked, serve, registry) => {
      if (asked.method !== 'GET' || !asked.path.includes('/blobs/')) return await serve(asked);
      const bytes = registry.blobs.get(asked.path.replace('/v2/', '').replace('/blobs/', '@')) ?? Buffer.alloc(0);
      const storage = await openPlainRegistry([
        ({ headers }) =>
          headers.authorization === undefined
            ? { status: 200, body: bytes }
            : { status: 400, body: '<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed' },
      ]);
      return { status: 307, headers: { location: `${storage.url}/layer?X-Amz-Signature=s` } };
    },
  ],
  plainly: ({ timing }) => [bearer({ timing })],
  deed: async ({ app, registry }) => {
    const { descriptor, bytes } = layerOf(1000);
    registry.blobs.set(`team/app@${descriptor.digest}`, bytes);
    expect(Buffer.compare(await readAll(await app.fetchBlob(descriptor)), bytes)).toBe(0);
  },
  failing: /JSON/,
});

// "429 Too Many Requests" for a manifest, beyond ten PutImage a second, and no Retry-After:
// https://github.com/containerd/containerd/issues/10447
quirk('ECR answers 429 to the eleventh manifest of a second', {
  behaves: ({ timing }) => {
    const openFrom = timing.now() + 1_000;
    return [
      (asked, serve) =>
        asked.method === 'PUT' && asked.path.includes('/manifests/') && timing.now() < openFrom
          ? refusal(429, 'TOOMANYREQUESTS')
          : serve(asked),
    ];
  },
  deed: async ({ app, registry }) => {
    const manifest = emptyManifest('one');
    await app.pushTag(parseTag('1.0.0'), manifest);
    expect(registry.tags.get('team/app:1.0.0')).toBe(manifest.descriptor.digest);
  },
  failing: /429 TOOMANYREQUESTS/,
});

// "429 Too Many Requests error or a ThrottleException error from one or more Amazon ECR actions", which reaches clients as
// "ThrottlingException: Rate exceeded, status code: 400":
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors.html#error-429-too-many-requests,
// https://github.com/concourse/docker-image-resource/issues/115
const throttling = (path: string, reply: Reply) => {
  return ({ timing }: { readonly timing: TestTiming }): readonly Behaviour[] => {
    const openFrom = timing.now() + 1_000;
    return [
      (asked, serve) => {
        const isEarly = asked.method === 'PUT' && asked.path.includes(path) && timing.now() < openFrom;
        return isEarly ? reply : serve(asked);
      },
    ];
  };
};

const rateExceeded = { message: 'Rate exceeded' };
const throttlingError = JSON.stringify({ errors: [{ code: 'ThrottlingException', ...rateExceeded }] });
const throttlingType = JSON.stringify({ __type: 'com.amazonaws.ecr#ThrottlingException', ...rateExceeded });

quirk('ECR answers 400 to a layer that is one too many, and takes the next one as it is', {
  behaves: throttling('/uploads/', { status: 400, body: throttlingError }),
  deed: async (scene) => {
    await pushLayer(scene, 300 * 1024);
    const before = scene.registry.seen.length;
    await pushLayer(scene, 301 * 1024);
    // In one PUT: that was not the trouble.
    expect(scene.registry.seen.slice(before).map(({ method }) => method)).toEqual(['POST', 'PUT']);
  },
  failing: /400 ThrottlingException/,
});

quirk('ECR answers 400 to a manifest that is one too many, in the words of its own protocol', {
  behaves: throttling('/manifests/', { status: 400, body: throttlingType }),
  deed: async ({ app, registry }) => {
    const manifest = emptyManifest('one');
    await app.pushTag(parseTag('1.0.0'), manifest);
    expect(registry.tags.get('team/app:1.0.0')).toBe(manifest.descriptor.digest);
  },
  failing: /not iterable/,
});

quirk('ECR answers 400 to a manifest that is one too many, and says why in a header alone', {
  behaves: throttling('/manifests/', {
    status: 400,
    headers: { 'x-amzn-errortype': 'ThrottlingException:http://internal.amazon.com/coral/' },
  }),
  deed: async ({ app, registry }) => {
    const manifest = emptyManifest('one');
    await app.pushTag(parseTag('1.0.0'), manifest);
    expect(registry.tags.get('team/app:1.0.0')).toBe(manifest.descriptor.digest);
  },
  failing: /JSON/,
});

// A manifest that comes right after its blobs is refused, as if they were not there: the registry looks in a place that
// lags behind. https://github.com/clowdhaus/ocync/blob/main/docs/src/content/registries/ecr.md
quirk('ECR does not know a blob yet when the manifest comes', {
  behaves: () => {
    let isFirst = true;
    return [
      (asked, serve) => {
        if (asked.method !== 'PUT' || !asked.path.includes('/manifests/') || !isFirst) return serve(asked);
        isFirst = false;
        return refusal(404, 'BLOB_UNKNOWN');
      },
    ];
  },
  deed: async ({ copyImage, registry }) => {
    await copyImage(parseTag('1.0.0'));
    expect(registry.tags.get('team/app:1.0.0')).toBe(imageDigest);
  },
  failing: /404 BLOB_UNKNOWN/,
});

// "ImageTagAlreadyExistsException" at a repository whose tags are immutable:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
quirk('ECR refuses to write an immutable tag that names the image already', {
  behaves: () => [
    (asked, serve, { tags }) =>
      asked.method === 'PUT' && tags.has(asked.path.replace('/v2/', '').replace('/manifests/', ':'))
        ? refusal(400, 'TAG_INVALID')
        : serve(asked),
    missesTheFirstLook(),
  ],
  deed: async ({ copyImage, registry }) => {
    await copyImage(parseTag('1.0.0'));
    await copyImage(parseTag('1.0.0'));
    expect(registry.tags.get('team/app:1.0.0')).toBe(imageDigest);
  },
  failing: /400 TAG_INVALID/,
});

// "The maximum size of each image layer part can be 20971520 bytes", and "Layer parts must be at least 5 MiB in size", save
// the last: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UploadLayerPart.html,
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CompleteLayerUpload.html
const partLimits = (): readonly Behaviour[] => {
  const small = new Set<string>();
  return [
    (asked, serve) => {
      const isPart = asked.method === 'PATCH';
      if (isPart && asked.body.length > 20 * mebibyte) return refusal(413, 'SIZE_INVALID');
      if (isPart && asked.body.length < 5 * mebibyte) small.add(asked.path);
      const isEnd = asked.method === 'PUT' && asked.path.includes('/uploads/');
      return isEnd && small.has(asked.path) ? refusal(400, 'BLOB_UPLOAD_INVALID') : serve(asked);
    },
  ];
};

for (const [parts, upload, failing] of [
  ['less than 5 MiB', 'chunks', /400 BLOB_UPLOAD_INVALID/],
  ['more than 20 MiB', 'ranged-patch', /413 SIZE_INVALID/],
] as const) {
  quirk(`ECR takes no parts of ${parts}, save the last`, {
    behaves: () => [putLimit, ...partLimits()],
    plainly: () => [putLimit],
    deed: (scene) => pushLayer(scene, 22 * mebibyte),
    naive: { upload },
    failing,
  });
}
