/** Manifests over the wire. */
import { describe, expect, it } from 'vitest';
import { ConflictError, IntegrityError, RegistryError, TransportError } from '../../../errors/errors.ts';
import { digestOf } from '../../../oci/hash.ts';
import { manifestSizeBytesMax } from '../../../oci/spec/manifest.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { app, errorOf, manifestOf, openTestClient, testTiming } from './fixture.ts';
import { openTranscript } from './transcript.ts';

const tag = parseTag('1.2.3');
const manifest = manifestOf('one');
const { digest, size, mediaType } = manifest.descriptor;
const served = { 'content-type': mediaType, 'docker-content-digest': digest };
const byTag = '/v2/team/app/manifests/1.2.3';
const byDigest = `/v2/team/app/manifests/${digest}`;

describe('resolve', () => {
  it('asks with one HEAD that lists every type of manifest', async () => {
    const server = await openTranscript([
      { request: `HEAD ${byTag}`, headers: { ...served, 'content-length': String(size) } },
    ]);
    const resolved = await openTestClient({ url: server.url }).repository(app).resolve(tag);
    expect(resolved).toEqual({ mediaType, digest, size });
    expect(server.seen[0]?.headers.accept).toContain(mediaTypes.ociIndex);
    expect(server.seen[0]?.headers.accept).toContain(mediaTypes.dockerManifest);
  });

  it('ignores parameters of the content type', async () => {
    const headers = { ...served, 'content-type': `${mediaType}; charset=utf-8`, 'content-length': '7' };
    const server = await openTranscript([{ request: `HEAD ${byTag}`, headers }]);
    expect(await openTestClient({ url: server.url }).repository(app).resolve(tag)).toMatchObject({ mediaType });
  });

  it('is undefined for what is absent', async () => {
    const server = await openTranscript([{ request: `HEAD ${byTag}`, status: 404 }]);
    expect(await openTestClient({ url: server.url }).repository(app).resolve(tag)).toBeUndefined();
  });

  it.each([
    ['without a digest', { status: 200, headers: { 'content-type': mediaType, 'content-length': String(size) } }],
    ['without a type', { status: 200, headers: { 'docker-content-digest': digest } }],
    ['with a digest that is none', { status: 200, headers: { ...served, 'docker-content-digest': 'sha256:bad' } }],
    ['with a length of nothing', { status: 200, headers: { ...served, 'content-length': '0' } }],
    ['with 405', { status: 405 }],
  ])('hashes a GET where the HEAD is answered %s', async (_, head) => {
    const server = await openTranscript([
      { request: `HEAD ${byTag}`, ...head },
      { request: `GET ${byTag}`, headers: { 'content-type': mediaType }, answer: manifest.bytes },
    ]);
    const resolved = await openTestClient({ url: server.url }).repository(app).resolve(tag);
    expect(resolved).toEqual({ mediaType, digest, size });
  });

  it('keeps the digest asked for when the registry tells one of another algorithm', async () => {
    const { descriptor } = manifestOf('two', 'sha512');
    const server = await openTranscript([
      { request: `HEAD /v2/team/app/manifests/${descriptor.digest}`, headers: { ...served, 'content-length': '9' } },
    ]);
    const resolved = await openTestClient({ url: server.url }).repository(app).resolve(descriptor.digest);
    expect(resolved?.digest).toBe(descriptor.digest);
  });

  it('tells the fence of a tag where the registry keeps one', async () => {
    const headers = { ...served, 'content-length': String(size), 'registry-action-fence': '41' };
    const server = await openTranscript([{ request: `HEAD ${byTag}`, headers }]);
    expect(await openTestClient({ url: server.url }).repository(app).resolve(tag)).toMatchObject({ fence: 41 });
  });
});

describe('fetchManifest', () => {
  it('gives out the exact bytes', async () => {
    const server = await openTranscript([{ request: `GET ${byDigest}`, headers: served, answer: manifest.bytes }]);
    const fetched = await openTestClient({ url: server.url }).repository(app).fetchManifest(digest);
    expect(fetched).toEqual(manifest);
  });

  it('refuses bytes that do not match the digest asked for', async () => {
    const server = await openTranscript([
      { request: `GET ${byDigest}`, headers: served, answer: manifestOf('other').bytes },
    ]);
    const error = await errorOf(openTestClient({ url: server.url }).repository(app).fetchManifest(digest));
    expect(error).toBeInstanceOf(IntegrityError);
    expect(error).toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('refuses bytes of a tag that do not match the digest told with them', async () => {
    const server = await openTranscript([
      { request: `GET ${byTag}`, headers: served, answer: manifestOf('other').bytes },
    ]);
    const error = await errorOf(openTestClient({ url: server.url }).repository(app).fetchManifest(tag));
    expect(error).toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('does not compare with a digest of another algorithm', async () => {
    const wide = manifestOf('wide', 'sha512');
    const headers = { ...served, 'docker-content-digest': digestOf(wide.bytes) };
    const server = await openTranscript([
      { request: `GET /v2/team/app/manifests/${wide.descriptor.digest}`, headers, answer: wide.bytes },
    ]);
    const fetched = await openTestClient({ url: server.url }).repository(app).fetchManifest(wide.descriptor.digest);
    expect(fetched.descriptor.digest).toBe(wide.descriptor.digest);
  });

  it('hashes with sha512 where a tag is told to be one', async () => {
    const wide = manifestOf('wide', 'sha512');
    const headers = { ...served, 'docker-content-digest': wide.descriptor.digest };
    const server = await openTranscript([{ request: `GET ${byTag}`, headers, answer: wide.bytes }]);
    const fetched = await openTestClient({ url: server.url }).repository(app).fetchManifest(tag);
    expect(fetched.descriptor.digest).toBe(wide.descriptor.digest);
  });

  it('reads the type from the document where the server has none to tell', async () => {
    const server = await openTranscript([
      { request: `GET ${byTag}`, headers: { 'content-type': 'application/json' }, answer: manifest.bytes },
    ]);
    const fetched = await openTestClient({ url: server.url }).repository(app).fetchManifest(tag);
    expect(fetched.descriptor.mediaType).toBe(mediaType);
  });

  it('refuses a signed manifest of schema 1 by its name, though its digest is not that of its bytes', async () => {
    const headers = {
      'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws',
      'docker-content-digest': digest,
    };
    const answer = '{"schemaVersion":1,"signatures":[{}]}';
    const server = await openTranscript([{ request: `GET ${byTag}`, headers, answer }]);
    const error = await errorOf(openTestClient({ url: server.url }).repository(app).fetchManifest(tag));
    expect(error).toMatchObject({ code: 'MANIFEST_OUTDATED' });
  });

  it('says MANIFEST_UNKNOWN for what is absent', async () => {
    const server = await openTranscript([
      { request: `GET ${byTag}`, status: 404, answer: '{"errors":[{"code":"NAME_UNKNOWN"}]}' },
    ]);
    const error = await errorOf(openTestClient({ url: server.url }).repository(app).fetchManifest(tag));
    expect(error).toMatchObject({ code: 'MANIFEST_UNKNOWN' });
  });

  it('stops reading above 4 MiB, whatever length was announced', async () => {
    const server = await openTranscript([
      { request: `GET ${byTag}`, headers: served, answer: Buffer.alloc(manifestSizeBytesMax + 1, ' ') },
    ]);
    const error = await errorOf(openTestClient({ url: server.url }).repository(app).fetchManifest(tag));
    expect(error).toMatchObject({ code: 'MANIFEST_TOO_LARGE' });
  });

  it('asks again when the body breaks off', async () => {
    const server = await openTranscript([
      { request: `GET ${byDigest}`, headers: served, answer: manifest.bytes, breaks: 20 },
      { request: `GET ${byDigest}`, headers: served, answer: manifest.bytes },
    ]);
    const fetched = await openTestClient({ url: server.url }).repository(app).fetchManifest(digest);
    expect(fetched.descriptor.digest).toBe(digest);
  });
});

describe('pushManifest', () => {
  it('puts the bytes by digest, with type and length', async () => {
    const server = await openTranscript([
      {
        request: `PUT ${byDigest}`,
        with: { 'content-type': mediaType, 'content-length': String(size), 'registry-action-fence': undefined },
        body: Buffer.from(manifest.bytes).toString('latin1'),
        status: 201,
        headers: { 'docker-content-digest': digest },
      },
    ]);
    await openTestClient({ url: server.url }).repository(app).pushManifest(manifest);
  });

  it('is repeated when the answer is lost or the registry is unwell', async () => {
    const server = await openTranscript([
      { request: `PUT ${byDigest}`, breaks: 'before' },
      { request: `PUT ${byDigest}`, status: 503 },
      { request: `PUT ${byDigest}`, status: 201 },
    ]);
    await openTestClient({ url: server.url }).repository(app).pushManifest(manifest);
  });

  it('fails when the registry stored other bytes', async () => {
    const headers = { 'docker-content-digest': manifestOf('other').descriptor.digest };
    const server = await openTranscript([{ request: `PUT ${byDigest}`, status: 201, headers }]);
    const error = await errorOf(openTestClient({ url: server.url }).repository(app).pushManifest(manifest));
    expect(error).toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('sends nothing that does not match its descriptor', async () => {
    const server = await openTranscript([]);
    const wrong = { ...manifest, bytes: Buffer.from('{}') };
    const error = await errorOf(openTestClient({ url: server.url }).repository(app).pushManifest(wrong));
    expect(error).toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('tells the codes of a registry that misses a blob', async () => {
    const answer = '{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry"}]}';
    const server = await openTranscript([{ request: `PUT ${byDigest}`, status: 400, answer }]);
    const error = await errorOf(openTestClient({ url: server.url }).repository(app).pushManifest(manifest));
    expect(error).toBeInstanceOf(RegistryError);
    expect(error).toMatchObject({ specCodes: ['MANIFEST_BLOB_UNKNOWN'], status: 400, retryable: false });
  });
});

describe('pushTag', () => {
  it('puts the bytes by tag, with the fence of the lane', async () => {
    const server = await openTranscript([
      { request: `PUT ${byTag}`, with: { 'registry-action-fence': '42' }, status: 201 },
    ]);
    await openTestClient({ url: server.url }).repository(app).pushTag(tag, manifest, { fence: 42 });
  });

  it('is one attempt: a lost answer is for the caller to judge', async () => {
    const server = await openTranscript([{ request: `PUT ${byTag}`, breaks: 'before' }]);
    const timing = testTiming();
    const error = await errorOf(openTestClient({ url: server.url }, timing).repository(app).pushTag(tag, manifest));
    expect(error).toBeInstanceOf(TransportError);
    expect(error.message).toContain(server.host);
    expect(timing.delays).toEqual([]);
  });

  it.each([500, 503])('is one attempt at %i, which may pass', async (status) => {
    const server = await openTranscript([{ request: `PUT ${byTag}`, status }]);
    const error = await errorOf(openTestClient({ url: server.url }).repository(app).pushTag(tag, manifest));
    expect(error).toBeInstanceOf(RegistryError);
    expect(error).toMatchObject({ status, retryable: true });
  });

  it('puts again after a 429, since nothing was written', async () => {
    const server = await openTranscript([
      { request: `PUT ${byTag}`, status: 429, headers: { 'retry-after': '7' } },
      { request: `PUT ${byTag}`, status: 201 },
    ]);
    const timing = testTiming();
    await openTestClient({ url: server.url }, timing).repository(app).pushTag(tag, manifest);
    expect(timing.delays).toEqual([7000]);
  });

  it('signs in and puts again after a 401, since nothing was written', async () => {
    const headers = { 'www-authenticate': 'Basic realm="here"' };
    const server = await openTranscript([
      { request: `PUT ${byTag}`, status: 401, headers },
      { request: `PUT ${byTag}`, with: { authorization: 'Basic YTpi' }, status: 201 },
    ]);
    const credentials = async () => ({ username: 'a', password: 'b' });
    await openTestClient({ url: server.url, credentials }).repository(app).pushTag(tag, manifest);
  });

  it('is a conflict when a newer lane token wrote the tag', async () => {
    const answer = '{"errors":[{"code":"TAG_FENCED","message":"fence 41 is below 42"}]}';
    const server = await openTranscript([{ request: `PUT ${byTag}`, status: 412, answer }]);
    const pushed = openTestClient({ url: server.url }).repository(app).pushTag(tag, manifest, { fence: 41 });
    const error = await errorOf(pushed);
    expect(error).toBeInstanceOf(ConflictError);
    expect(error).toMatchObject({ code: 'TAG_FENCED' });
  });

  it('is refused by a 412 for other reasons', async () => {
    const answer = '{"errors":[{"code":"PRECONDITION","message":"tag is immutable"}]}';
    const server = await openTranscript([{ request: `PUT ${byTag}`, status: 412, answer }]);
    const error = await errorOf(openTestClient({ url: server.url }).repository(app).pushTag(tag, manifest));
    expect(error).toMatchObject({ code: 'REGISTRY_REFUSED', status: 412, specCodes: ['PRECONDITION'] });
  });
});

describe('deleting', () => {
  it('removes a tag by its name and a manifest by its digest', async () => {
    const server = await openTranscript([
      { request: `DELETE ${byTag}`, status: 202 },
      { request: `DELETE ${byDigest}`, status: 202 },
    ]);
    const repository = openTestClient({ url: server.url }).repository(app);
    await repository.deleteTag?.(tag);
    await repository.deleteManifest?.(digest);
  });

  it('takes what is absent for deleted', async () => {
    const server = await openTranscript([{ request: `DELETE ${byTag}`, status: 404 }]);
    await openTestClient({ url: server.url }).repository(app).deleteTag?.(tag);
  });

  it('is one attempt', async () => {
    const server = await openTranscript([{ request: `DELETE ${byTag}`, status: 503 }]);
    const error = await errorOf(Promise.resolve(openTestClient({ url: server.url }).repository(app).deleteTag?.(tag)));
    expect(error).toMatchObject({ status: 503 });
  });

  it('tells when the registry does not delete tags', async () => {
    const answer = '{"errors":[{"code":"UNSUPPORTED"}]}';
    const server = await openTranscript([{ request: `DELETE ${byTag}`, status: 405, answer }]);
    const error = await errorOf(Promise.resolve(openTestClient({ url: server.url }).repository(app).deleteTag?.(tag)));
    expect(error).toMatchObject({ code: 'REGISTRY_REFUSED', specCodes: ['UNSUPPORTED'] });
  });
});
