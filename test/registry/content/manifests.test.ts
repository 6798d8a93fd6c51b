/** Pushing, pulling and deleting manifests. Spec: distribution-spec v1.1.1, "Pushing Manifests" and "Deleting Manifests". */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { manifestSizeBytesMax } from '../../../oci/spec/manifest.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { type Content, contentOf, imageOf, indexOf, layerOf, manifestOf } from '../../oci/content.ts';
import {
  absentDigest,
  type Call,
  openRegistryUnderTest,
  type RegistryUnderTest,
  type Reply,
} from '../registry-under-test.ts';

const layer = layerOf('layer');
const { manifest: image, config } = imageOf('{"os":"linux"}', [layer.descriptor]);
const index = indexOf([image.descriptor]);

let registry: RegistryUnderTest;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
  await registry.push('team/app', layer, config, image, index);
  await registry.tag('team/app', 'latest', image);
});

afterAll(() => registry.close());

interface Expected {
  readonly status: number;
  readonly codes?: readonly string[];
}

async function expectCase(call: Call, { status, codes = [] }: Expected): Promise<Reply> {
  const reply = await registry.call(call);
  expect({ status: reply.status, codes: reply.codes }).toEqual({ status, codes });
  return reply;
}

function manifestPath(tagOrDigest: string, repository = 'team/app'): string {
  return `/v2/${repository}/manifests/${tagOrDigest}`;
}

function put(tagOrDigest: string, { descriptor, bytes }: Content, repository?: string): Call {
  const headers = { 'content-type': descriptor.mediaType };
  return { method: 'PUT', path: manifestPath(tagOrDigest, repository), headers, body: bytes };
}

/** A manifest whose bytes are exactly this text. */
function written(text: string, mediaType: string = mediaTypes.ociManifest): Content {
  return contentOf(mediaType, Buffer.from(text));
}

describe('pulling', () => {
  test.each([
    ['a tag', 'latest'],
    ['a digest', image.descriptor.digest],
  ])('by %s gives the exact bytes as the type they were pushed', async (_, tagOrDigest) => {
    const reply = await expectCase({ path: manifestPath(tagOrDigest) }, { status: 200 });
    expect(reply.text).toBe(Buffer.from(image.bytes).toString('latin1'));
    expect(reply.headers).toMatchObject({
      'content-type': mediaTypes.ociManifest,
      'content-length': String(image.bytes.length),
      'docker-content-digest': image.descriptor.digest,
    });
  });

  test.each(['latest', index.descriptor.digest])('HEAD of %s gives the headers alone', async (tagOrDigest) => {
    const whole = await expectCase({ path: manifestPath(tagOrDigest) }, { status: 200 });
    const head = await expectCase({ method: 'HEAD', path: manifestPath(tagOrDigest) }, { status: 200 });
    expect(head.text).toBe('');
    for (const name of ['content-type', 'content-length', 'docker-content-digest']) {
      expect(head.headers[name]).toBe(whole.headers[name]);
    }
  });

  test.each(['missing', absentDigest, '.leading-dot', `a${'b'.repeat(128)}`])(
    'what is not there is unknown: %s',
    async (tagOrDigest) => {
      await expectCase({ path: manifestPath(tagOrDigest) }, { status: 404, codes: ['MANIFEST_UNKNOWN'] });
      const head = await expectCase({ method: 'HEAD', path: manifestPath(tagOrDigest) }, { status: 404 });
      expect(head.text).toBe('');
    },
  );

  test('spaces and the order of keys survive', async () => {
    const odd = written(
      `{ "layers":[],\n\t"config":${JSON.stringify(config.descriptor)} , "schemaVersion":2, "extra": 1.0 ,"mediaType":"${mediaTypes.ociManifest}"}\n`,
    );
    await expectCase(put('odd', odd), { status: 201 });
    const reply = await expectCase({ path: manifestPath('odd') }, { status: 200 });
    expect(reply.text).toBe(Buffer.from(odd.bytes).toString('utf8'));
  });

  test('a manifest that names no type keeps the one it was pushed as', async () => {
    const untyped = written(JSON.stringify({ schemaVersion: 2, config: config.descriptor, layers: [] }));
    await expectCase(put('untyped', untyped), { status: 201 });
    const reply = await expectCase({ path: manifestPath('untyped') }, { status: 200 });
    expect(reply.headers['content-type']).toBe(mediaTypes.ociManifest);
  });
});

describe('pushing', () => {
  test('tells where the manifest is, by digest', async () => {
    const reply = await expectCase(put('1.0.0', image), { status: 201 });
    expect(reply.headers.location).toBe(manifestPath(image.descriptor.digest));
    expect(reply.headers['docker-content-digest']).toBe(image.descriptor.digest);
    expect(reply.headers['oci-tag']).toBe('1.0.0');
  });

  test('by sha512 digest answers with that digest', async () => {
    const long = contentOf(image.descriptor.mediaType, Buffer.from(`${Buffer.from(image.bytes)} `), 'sha512');
    const { digest } = long.descriptor;
    const reply = await expectCase(put(digest, long), { status: 201 });
    expect(reply.headers['docker-content-digest']).toBe(digest);
    const pulled = await expectCase({ path: manifestPath(digest) }, { status: 200 });
    expect(pulled.headers['docker-content-digest']).toBe(digest);
  });

  test('by digest may write tags as well', async () => {
    const { digest } = image.descriptor;
    const reply = await expectCase(put(`${digest}?tag=one&tag=two`, image), { status: 201 });
    expect(reply.headers['oci-tag']).toBe('one, two');
    for (const tag of ['one', 'two']) {
      const pulled = await expectCase({ method: 'HEAD', path: manifestPath(tag) }, { status: 200 });
      expect(pulled.headers['docker-content-digest']).toBe(digest);
    }
    const many = Array.from({ length: 101 }, (_, at) => `tag=t${at}`).join('&');
    await expectCase(put(`${digest}?${many}`, image), { status: 414, codes: ['TAG_INVALID'] });
    await expectCase(put(`${digest}?tag=fine&tag=.bad`, image), { status: 400, codes: ['TAG_INVALID'] });
    await expectCase({ path: manifestPath('fine') }, { status: 404, codes: ['MANIFEST_UNKNOWN'] });
  });

  test('a subject that is not there yet is accepted and confirmed', async () => {
    const subject = { mediaType: mediaTypes.ociManifest, digest: absentDigest, size: 7 };
    const signature = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [], subject });
    const reply = await expectCase(put(signature.descriptor.digest, signature), { status: 201 });
    expect(reply.headers['oci-subject']).toBe(absentDigest);
  });

  const other = layerOf('never pushed').descriptor;
  const pushable: [string, Content][] = [
    ['no layers', manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [] })],
    ['no manifests', indexOf([])],
    ['an index of an index', indexOf([index.descriptor])],
    [
      'fields nobody knows',
      manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [], later: { a: [1] } }),
    ],
    [
      'a layer that may not be distributed, at its URL',
      manifestOf(mediaTypes.ociManifest, {
        config: config.descriptor,
        layers: [
          {
            ...other,
            mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
            urls: ['https://example.com/layer'],
          },
        ],
      }),
    ],
    [
      'Docker’s types',
      manifestOf(mediaTypes.dockerManifest, { config: config.descriptor, layers: [layer.descriptor] }),
    ],
    ['a layer listed by an index, as build caches have', indexOf([layer.descriptor])],
  ];

  test.each(pushable)('is possible with %s', async (_, content) => {
    await expectCase(put(content.descriptor.digest, content), { status: 201 });
    await expectCase({ path: manifestPath(content.descriptor.digest) }, { status: 200 });
  });

  const unknown = { status: 404, codes: ['MANIFEST_BLOB_UNKNOWN'] };
  const invalid = { status: 400, codes: ['MANIFEST_INVALID'] };
  const typed = `"schemaVersion":2,"mediaType":"${mediaTypes.ociManifest}"`;
  const written2 = (rest: string) => written(`{${typed},"config":${JSON.stringify(config.descriptor)},${rest}}`);
  const spaced = Buffer.from(` ${Buffer.from(image.bytes)}`);
  const refused: [string, Content, Expected][] = [
    ['a layer that is not here', imageOf('{"os":"linux"}', [other]).manifest, unknown],
    ['a config that is not here', imageOf('absent', [layer.descriptor]).manifest, unknown],
    [
      'a manifest that is not here',
      indexOf([manifestOf(mediaTypes.ociManifest, { config: other, layers: [] }).descriptor]),
      unknown,
    ],
    [
      'a layer that may not be distributed but has no URL',
      manifestOf(mediaTypes.ociManifest, {
        config: config.descriptor,
        layers: [{ ...other, mediaType: mediaTypes.dockerForeignLayer }],
      }),
      unknown,
    ],
    [
      'a layer of another size',
      imageOf('{"os":"linux"}', [{ ...layer.descriptor, size: 4 }]).manifest,
      { status: 400, codes: ['SIZE_INVALID'] },
    ],
    ['a negative size', imageOf('{"os":"linux"}', [{ ...layer.descriptor, size: -1 }]).manifest, invalid],
    [
      'a size nobody can count',
      written2(`"layers":[{"mediaType":"a/b","digest":"${layer.descriptor.digest}","size":1e300}]`),
      invalid,
    ],
    ['layers twice', written2('"layers":[],"layers":[]'), invalid],
    ['layers and manifests', written2('"layers":[],"manifests":[]'), invalid],
    ['depth', written2(`"layers":[],"deep":${'['.repeat(100_000)}${']'.repeat(100_000)}`), invalid],
    ['no JSON', written('not json'), invalid],
    ['nothing', written(''), invalid],
    ['bytes that are no UTF-8', contentOf(mediaTypes.ociManifest, Buffer.from([0x7b, 0xff, 0x7d])), invalid],
    [
      'a byte order mark',
      contentOf(mediaTypes.ociManifest, Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), image.bytes])),
      invalid,
    ],
    ['another type than it was sent as', contentOf(mediaTypes.dockerManifest, spaced), invalid],
    ['schema 1', contentOf(mediaTypes.dockerSchema1, Buffer.from('{"schemaVersion":1,"fsLayers":[]}')), invalid],
    ['a type that is no manifest’s', contentOf('application/json', spaced), invalid],
    ['a digest with a path', written2('"layers":[{"mediaType":"a/b","digest":"sha256:../../x","size":1}]'), invalid],
    ['the prototype', written('{"__proto__":{"schemaVersion":2},"layers":[]}'), invalid],
  ];

  test.each(refused)('is refused with %s', async (_, content, expected) => {
    await expectCase(put('refused', content), expected);
    await expectCase({ path: manifestPath('refused') }, { status: 404, codes: ['MANIFEST_UNKNOWN'] });
    await expectCase({ path: manifestPath(content.descriptor.digest) }, { status: 404, codes: ['MANIFEST_UNKNOWN'] });
  });

  test('under the digest of other bytes is refused', async () => {
    await expectCase(put(absentDigest, image), { status: 400, codes: ['DIGEST_INVALID'] });
    await expectCase(put('sha256:baddigeststring', image), { status: 400, codes: ['DIGEST_INVALID'] });
  });

  test.each(['.dot', '-dash', `a${'b'.repeat(128)}`, 'sp%20ace'])(
    'under %s, which is no tag, is refused',
    async (tag) => {
      const codes = [tag === 'sp%20ace' ? 'NAME_INVALID' : 'TAG_INVALID'];
      await expectCase(put(tag, image), { status: 400, codes });
    },
  );

  test('children of another repository do not count', async () => {
    await expectCase(put('latest', image, 'team/empty'), { status: 404, codes: ['MANIFEST_BLOB_UNKNOWN'] });
  });
});

describe('the size of a manifest', () => {
  function padded(bytes: number): Content {
    const fields = { config: config.descriptor, layers: [], padding: '' };
    const bare = manifestOf(mediaTypes.ociManifest, fields).bytes.length;
    return manifestOf(mediaTypes.ociManifest, { ...fields, padding: 'x'.repeat(bytes - bare) });
  }

  test('may be 4 MiB', async () => {
    await expectCase(put('large', padded(manifestSizeBytesMax)), { status: 201 });
    const reply = await expectCase({ path: manifestPath('large') }, { status: 200 });
    expect(reply.text.length).toBe(manifestSizeBytesMax);
  });

  test('of one byte more is refused before a byte is read', async () => {
    await expectCase(put('larger', padded(manifestSizeBytesMax + 1)), { status: 413, codes: ['SIZE_INVALID'] });
  });

  test('of one byte more is refused when the length was not declared', async () => {
    const call = put('larger', padded(manifestSizeBytesMax + 1));
    const headers = { ...call.headers, 'transfer-encoding': 'chunked' };
    await expectCase({ ...call, headers }, { status: 413, codes: ['SIZE_INVALID'] });
  });
});

describe('deleting', () => {
  const repository = 'team/deleted';
  const spare = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [], spare: true });

  beforeAll(() => registry.push(repository, layer, config));

  test('a tag removes the tag alone', async () => {
    await registry.tag(repository, 'one', image);
    await registry.tag(repository, 'two', image);
    await expectCase({ method: 'DELETE', path: manifestPath('one', repository) }, { status: 202 });
    await expectCase({ path: manifestPath('one', repository) }, { status: 404, codes: ['MANIFEST_UNKNOWN'] });
    await expectCase({ path: manifestPath('two', repository) }, { status: 200 });
    await expectCase({ path: manifestPath(image.descriptor.digest, repository) }, { status: 200 });
  });

  test('a manifest removes every tag that points at it, and no other', async () => {
    await registry.tag(repository, 'three', image);
    await registry.tag(repository, 'other', spare);
    await expectCase({ method: 'DELETE', path: manifestPath(image.descriptor.digest, repository) }, { status: 202 });
    for (const gone of ['two', 'three', image.descriptor.digest]) {
      await expectCase({ path: manifestPath(gone, repository) }, { status: 404, codes: ['MANIFEST_UNKNOWN'] });
    }
    const tags = await registry.call({ path: `/v2/${repository}/tags/list` });
    expect(tags.text).toBe(`{"name":"${repository}","tags":["other"]}`);
  });

  test.each(['missing', absentDigest])('what is not there is refused: %s', async (tagOrDigest) => {
    await expectCase(
      { method: 'DELETE', path: manifestPath(tagOrDigest, repository) },
      { status: 404, codes: ['MANIFEST_UNKNOWN'] },
    );
  });

  test('the last manifest takes the repository out of the catalog', async () => {
    await expectCase({ method: 'DELETE', path: manifestPath(spare.descriptor.digest, repository) }, { status: 202 });
    expect((await registry.call({ path: '/v2/_catalog' })).text).not.toContain(repository);
    await registry.push(repository, image);
    expect((await registry.call({ path: '/v2/_catalog' })).text).toContain(repository);
  });
});
