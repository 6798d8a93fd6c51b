/** What a hostile client may try with manifests and referrers. The rest of it: manifests.test.ts and referrers.test.ts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { manifestSizeBytesMax } from '../../oci/spec/manifest.ts';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { type Content, contentOf, indexOf, layerOf, manifestOf } from '../oci/content.ts';
import { openRawConnection } from './raw-connection.ts';
import {
  absentDigest,
  basic,
  jsonOf,
  openRegistryUnderTest,
  type RegistryUnderTest,
  type Reply,
} from './registry-under-test.ts';

const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
const layer = layerOf('layer');
const image = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [layer.descriptor] });

let registry: RegistryUnderTest;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
  await registry.push('team/app', config, layer, image);
});

afterAll(() => registry.close());

function put({ descriptor, bytes }: Content, tag = 'attack'): Promise<Reply> {
  const headers = { 'content-type': descriptor.mediaType };
  return registry.call({ method: 'PUT', path: `/v2/team/app/manifests/${tag}`, headers, body: bytes });
}

/** An image whose JSON is exactly this behind its type, config and layers. */
function imageWith(rest: string): Content {
  const start = `"schemaVersion":2,"mediaType":"${mediaTypes.ociManifest}","config":${JSON.stringify(config.descriptor)}`;
  return contentOf(mediaTypes.ociManifest, Buffer.from(`{${start},"layers":[],${rest}}`));
}

async function expectRefused(content: Content, status = 400, code = 'MANIFEST_INVALID'): Promise<Reply> {
  const reply = await put(content);
  expect([reply.status, reply.codes]).toEqual([status, [code]]);
  expect((await registry.call({ path: '/v2/team/app/manifests/attack' })).status).toBe(404);
  return reply;
}

describe('a manifest: a size that is too much, depth, 100,000 descriptors', () => {
  test('a length beyond 4 MiB is refused before a byte of it is sent', async () => {
    const connection = openRawConnection(registry.port);
    connection.write(
      `PUT /v2/team/app/manifests/attack HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic('x', registry.tokens.admin).authorization}\r\n` +
        `Content-Type: ${mediaTypes.ociManifest}\r\nContent-Length: ${manifestSizeBytesMax + 1}\r\n\r\n`,
    );
    expect(await connection.until(/SIZE_INVALID/)).toMatch(/^HTTP\/1\.1 413 /);
    connection.socket.destroy();
  });

  test.each([
    ['lists', '['],
    ['objects', '{"a":'],
  ])('4 MiB of %s within one another are refused', async (_, opening) => {
    const text = opening.repeat(Math.floor(manifestSizeBytesMax / opening.length));
    await expectRefused(contentOf(mediaTypes.ociManifest, Buffer.from(text)));
  });

  test('as many descriptors as fit are looked up no further than the refusal can name them', async () => {
    const one = { mediaType: 'a/b', digest: absentDigest, size: 1 };
    const count = Math.floor((manifestSizeBytesMax - 2_000) / (JSON.stringify(one).length + 1));
    const layers = Array.from({ length: count }, (_, at) => ({
      ...one,
      digest: `sha256:${at.toString(16).padStart(64, '0')}`,
    }));
    const reply = await expectRefused(
      manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers }),
      404,
      'MANIFEST_BLOB_UNKNOWN',
    );
    expect(reply.text.match(/sha256:/g)?.length).toBe(20);
  });

  test.each([
    ['2^53', '9007199254740992'],
    ['2^64', '18446744073709551616'],
    ['minus one', '-1'],
    ['a fraction', '5.5'],
    ['a text', '"5"'],
    ['nothing', 'null'],
  ])('a size of %s is refused', async (_, size) => {
    const { digest } = layer.descriptor;
    const descriptor = `{"mediaType":"a/b","digest":"${digest}","size":${size}}`;
    await expectRefused(contentOf(mediaTypes.ociIndex, Buffer.from(`{"schemaVersion":2,"manifests":[${descriptor}]}`)));
  });
});

describe('a manifest: a text without end', () => {
  const endless = 'a-'.repeat(512 * 1024);

  test.each([
    ['media type', `"mediaType":"${endless}!"`],
    ['digest', `"subject":{"mediaType":"a/b","size":1,"digest":"${endless}"}`],
    ['key', `"annotations":{"${endless}":1}`],
    ['key that is there twice', `"${endless}":1,"${endless}":1`],
  ])('as its %s is refused at once, and not repeated', async (_, rest) => {
    const start = `"schemaVersion":2,"config":${JSON.stringify(config.descriptor)},"layers":[]`;
    const reply = await expectRefused(contentOf(mediaTypes.ociManifest, Buffer.from(`{${start},${rest}}`)));
    expect(reply.text.length).toBeLessThan(2_000);
  });
});

describe('manifests: more at once than there is memory for', () => {
  const small = contentOf(mediaTypes.ociIndex, Buffer.from('{"schemaVersion":2,"manifests":[]}'));

  test.each([
    ['one caller', { manifestBytesPerCallerMax: 1_000 }, 201],
    ['everybody', { manifestBytesMax: 1_000 }, 429],
  ])('those of %s are bounded, until one is over', async (_, limits, ofAnother) => {
    const bounded = await openRegistryUnderTest({ limits });
    async function push(as: 'pusher' | 'operator'): Promise<Reply> {
      const headers = { 'content-type': mediaTypes.ociIndex };
      return bounded.call({ method: 'PUT', path: '/v2/team/app/manifests/small', as, headers, body: small.bytes });
    }
    const endless = openRawConnection(bounded.port);
    const head = [
      ...['PUT /v2/team/app/manifests/endless HTTP/1.1', 'Host: x', 'Content-Length: 2000', 'Expect: 100-continue'],
      `Authorization: ${basic('x', bounded.tokens.pusher).authorization}`,
    ];
    endless.write(`${head.join('\r\n')}\r\n\r\n${' '.repeat(999)}`);
    // Then what it sent with the head is being read.
    await endless.until(/^HTTP\/1\.1 100/);
    const refused = await push('pusher');
    expect([refused.status, refused.codes, refused.headers['retry-after']]).toEqual([429, ['TOOMANYREQUESTS'], '5']);
    expect((await push('operator')).status).toBe(ofAnother);
    endless.socket.destroy();
    await expect.poll(async () => (await push('pusher')).status).toBe(201);
    await bounded.close();
  });
});

describe('a manifest: keys twice, __proto__, two kinds in one', () => {
  test.each([
    ['a key twice', '"annotations":{},"annotations":{}'],
    ['a key twice, once in disguise', '"annotations":{},"\\u0061nnotations":{}'],
    ['a key twice within a descriptor', `"subject":{"mediaType":"a/b","digest":"${absentDigest}","size":1,"size":2}`],
    ['a list of manifests beside the layers', '"manifests":[{}]'],
    ['layers of an older form', '"fsLayers":[]'],
    ['an annotation that is no text', '"annotations":{"a":1}'],
    ['annotations that are a list', '"annotations":[]'],
    ['a subject that is a list', '"subject":[]'],
    ['a subject without a digest', '"subject":{"mediaType":"a/b","size":1}'],
    ['text behind its end', '"a":1} {"b":2'],
  ])('%s is refused', (_, rest) => expectRefused(imageWith(rest)).then(() => undefined));

  test.each(['__proto__', 'constructor', 'prototype', 'toString'])(
    'an annotation called %s is an annotation like any other',
    async (name) => {
      const content = imageWith(
        `"subject":${JSON.stringify(image.descriptor)},"annotations":{"${name}":"polluted"},"artifactType":"a/${name.replaceAll('_', 'x')}"`,
      );
      expect((await put(content, content.descriptor.digest)).status).toBe(201);
      const { digest } = image.descriptor;
      const listed = await registry.call({
        path: `/v2/team/app/referrers/${digest}?artifactType=a/${name.replaceAll('_', 'x')}`,
      });
      expect(listed.text).toContain(`"annotations":{"${name}":"polluted"}`);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      expect(Object.prototype.toString.call({})).toBe('[object Object]');
    },
  );

  test('one that was pushed as one type cannot be pushed again as another', async () => {
    const untyped = contentOf(mediaTypes.ociIndex, Buffer.from('{"schemaVersion":2,"manifests":[]}'));
    expect((await put(untyped, untyped.descriptor.digest)).status).toBe(201);
    const asImage = contentOf(mediaTypes.ociManifest, untyped.bytes);
    expect((await put(asImage, asImage.descriptor.digest)).codes).toEqual(['MANIFEST_INVALID']);
    const pulled = await registry.call({ path: `/v2/team/app/manifests/${untyped.descriptor.digest}` });
    expect(pulled.headers['content-type']).toBe(mediaTypes.ociIndex);
  });
});

describe('a manifest: pointing at itself, at what has another size, at another repository', () => {
  test('an index cannot list what is not there yet, so it cannot list itself', async () => {
    const itself = { mediaType: mediaTypes.ociIndex, digest: absentDigest, size: 1 };
    await expectRefused(indexOf([itself]), 404, 'MANIFEST_BLOB_UNKNOWN');
  });

  test('a long chain of subjects is listed one step at a time', async () => {
    let subject = image.descriptor;
    const chain = [];
    for (let at = 0; at < 30; at += 1) {
      const link = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [], subject });
      expect((await put(link, link.descriptor.digest)).headers['oci-subject']).toBe(subject.digest);
      chain.push(link);
      subject = link.descriptor;
    }
    const [first, second] = chain;
    const listed = await registry.call({ path: `/v2/team/app/referrers/${first?.descriptor.digest}` });
    expect(jsonOf(listed)).toMatchObject({ manifests: [{ digest: second?.descriptor.digest }] });
    expect(listed.text.match(/"digest"/g)?.length).toBe(1);
  });

  test('a child of another size is refused, be it a manifest or a layer', async () => {
    await expectRefused(indexOf([{ ...image.descriptor, size: 1 }]), 400, 'SIZE_INVALID');
    const wrong = { ...layer.descriptor, size: layer.descriptor.size + 1 };
    const content = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [wrong] });
    await expectRefused(content, 400, 'SIZE_INVALID');
  });

  test('a child of another repository is not there, whoever may read it', async () => {
    const headers = { 'content-type': mediaTypes.ociManifest };
    const path = '/v2/team/thief/manifests/stolen';
    const reply = await registry.call({ method: 'PUT', path, headers, body: image.bytes });
    expect([reply.status, reply.codes]).toEqual([404, ['MANIFEST_BLOB_UNKNOWN']]);
    expect((await registry.call({ path: `/v2/team/thief/manifests/${image.descriptor.digest}` })).status).toBe(404);
  });
});

describe('referrers: forged, deleted by who may not', () => {
  const signature = manifestOf(mediaTypes.ociManifest, {
    config: config.descriptor,
    layers: [],
    subject: image.descriptor,
    artifactType: 'application/vnd.example.signature',
  });

  test.each(['pusher', 'operator', 'viewer'] as const)('a %s deletes none', async (as) => {
    await registry.push('team/app', signature);
    const path = `/v2/team/app/manifests/${signature.descriptor.digest}`;
    expect((await registry.call({ method: 'DELETE', path, as })).codes).toEqual(['DENIED']);
    const listed = await registry.call({ path: `/v2/team/app/referrers/${image.descriptor.digest}` });
    expect(listed.text).toContain(signature.descriptor.digest);
  });

  test('one of another repository is not listed here', async () => {
    await registry.push('team/other', config, signature);
    const listed = await registry.call({ path: `/v2/team/none/referrers/${image.descriptor.digest}` });
    expect(jsonOf(listed)).toMatchObject({ manifests: [] });
  });

  test('what a descriptor says of itself is not believed: the list tells what the manifest says', async () => {
    const subject = { ...image.descriptor, artifactType: 'a/forged', annotations: { forged: 'yes' } };
    const plain = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [], subject });
    await registry.push('team/forged', config, plain);
    const listed = await registry.call({
      path: `/v2/team/forged/referrers/${image.descriptor.digest}?artifactType=${config.descriptor.mediaType}`,
    });
    expect(jsonOf(listed)).toMatchObject({
      manifests: [{ ...plain.descriptor, artifactType: config.descriptor.mediaType }],
    });
    expect(listed.text).not.toContain('forged');
  });
});
