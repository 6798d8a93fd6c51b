/** Referrers over the wire: the API where there is one, and the lists that clients keep where there is none. */
import { describe, expect, it } from 'vitest';
import type { Target } from '../../../oci/copy/target.ts';
import type { Descriptor } from '../../../oci/spec/descriptor.ts';
import { parseDigest } from '../../../oci/spec/digest.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { referrersTag } from '../../../oci/spec/referrer.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { bytesOf, type Content, contentOf, manifestOf } from '../content.ts';
import { app, errorOf, openTestClient } from './fixture.ts';
import { type Line, openTranscript } from './transcript.ts';

const subject = contentOf(mediaTypes.ociManifest, bytesOf('the subject')).descriptor;
const api = `/v2/team/app/referrers/${subject.digest}`;
const fallbackTag = referrersTag(subject.digest);
const fallback = `/v2/team/app/manifests/${fallbackTag}`;
const empty = contentOf(mediaTypes.ociEmpty, bytesOf('{}')).descriptor;

const referrer = referrerOf('one');
const other = referrerOf('other');

function referrerOf(mark: string): Content {
  const fields = { config: empty, layers: [empty], subject, annotations: { mark } };
  return manifestOf(mediaTypes.ociManifest, { artifactType: 'application/vnd.example.report', ...fields });
}

function entryOf({ descriptor }: Content, mark: string): Descriptor {
  return { ...descriptor, artifactType: 'application/vnd.example.report', annotations: { mark } };
}

function indexText(entries: readonly unknown[], more: object = {}): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: entries, ...more });
}

const asIndex = { 'content-type': mediaTypes.ociIndex };

async function open(lines: readonly Line[]): Promise<Target> {
  const server = await openTranscript(lines);
  return openTestClient({ url: server.url }).repository(app);
}

describe('listing by the API', () => {
  it('follows every page, and names each referrer once', async () => {
    const [a, b] = [entryOf(referrer, 'one'), entryOf(other, 'other')];
    const target = await open([
      { request: `GET ${api}`, headers: { ...asIndex, link: `<${api}?last=a>; rel="next"` }, answer: indexText([a]) },
      {
        request: `GET ${api}?last=a`,
        headers: { ...asIndex, link: '</v2/team/app/referrers/x?last=b>; rel="next"' },
        answer: indexText([a, b]),
      },
      { request: 'GET /v2/team/app/referrers/x?last=b', headers: asIndex, answer: indexText([]) },
    ]);
    expect(await target.listReferrers?.(subject.digest)).toEqual({ door: 'api', referrers: [a, b] });
  });

  it('follows a redirect within the registry', async () => {
    const target = await open([
      { request: `GET ${api}`, status: 307, headers: { location: `${api}/` } },
      { request: `GET ${api}/`, headers: asIndex, answer: indexText([]) },
    ]);
    expect(await target.listReferrers?.(subject.digest)).toEqual({ door: 'api', referrers: [] });
  });

  it.each([
    ['a page that leads back', { ...asIndex, link: `<${api}?last=a>; rel="next"` }, indexText([])],
    ['a page at another host', { ...asIndex, link: '<https://elsewhere.example/>; rel="next"' }, indexText([])],
    ['a link that cannot be read', { ...asIndex, link: 'next page' }, indexText([])],
    ['a second page that is no index', asIndex, '<html>'],
  ])('fails at %s rather than end early', async (_, headers, answer) => {
    const target = await open([
      { request: `GET ${api}`, headers: { ...asIndex, link: `<${api}?last=a>; rel="next"` }, answer: indexText([]) },
      { request: `GET ${api}?last=a`, headers, answer },
    ]);
    const error = await errorOf(target.listReferrers?.(subject.digest) ?? Promise.resolve());
    expect(error).toMatchObject({ code: 'REGISTRY_ANSWER_INVALID' });
  });

  it.each([
    ['an entry that is no descriptor', 200, indexText([{ digest: 'sha256:bad' }]), 'MANIFEST_INVALID'],
    ['a refusal to this caller', 403, '{"errors":[{"code":"DENIED"}]}', 'REGISTRY_DENIED'],
    ['more than we read', 200, ' '.repeat(5 * 1024 * 1024), 'REGISTRY_ANSWER_INVALID'],
  ])('fails at %s', async (_, status, answer, code) => {
    const target = await open([{ request: `GET ${api}`, status, headers: asIndex, answer }]);
    const error = await errorOf(target.listReferrers?.(subject.digest) ?? Promise.resolve());
    expect(error).toMatchObject({ code });
  });
});

describe('listing by the fallback tag', () => {
  const listed: Line = { request: `GET ${fallback}`, headers: asIndex, answer: indexText([entryOf(other, 'other')]) };
  const found = { door: 'fallback-tag', referrers: [entryOf(other, 'other')] };

  it.each<[string, Omit<Line, 'request'>]>([
    ['404 in plain text', { status: 404, answer: '404 page not found' }],
    ['405', { status: 405 }],
    ['200 and a web page', { answer: '<html>Sign in</html>' }],
    ['200 and JSON that is no index', { answer: '{"message":"welcome"}' }],
    ['303 to another host', { status: 303, headers: { location: 'https://github.example/login' } }],
    ['302 to nowhere', { status: 302 }],
  ])('follows an API that answers %s, which is not asked again', async (_, line) => {
    const target = await open([{ request: `GET ${api}`, ...line }, listed, listed]);
    expect(await target.listReferrers?.(subject.digest)).toEqual(found);
    expect(await target.listReferrers?.(subject.digest)).toEqual(found);
  });

  it.each<[string, Omit<Line, 'request'>]>([
    ['400, which may mean this digest', { status: 400 }],
    ['404, which means the repository', { status: 404, answer: '{"errors":[{"code":"NAME_UNKNOWN"}]}' }],
    ['401 without a challenge', { status: 401 }],
  ])('follows an API that answers %s, which is asked again', async (_, line) => {
    const target = await open([{ request: `GET ${api}`, ...line }, listed, { request: `GET ${api}`, ...line }, listed]);
    expect(await target.listReferrers?.(subject.digest)).toEqual(found);
    expect(await target.listReferrers?.(subject.digest)).toEqual(found);
  });

  it('is remembered for the repository, whichever object stands for it, and not for its neighbour', async () => {
    const missing = { status: 404, answer: '404 page not found' };
    const server = await openTranscript([
      { request: `GET ${api}`, ...missing },
      listed,
      listed,
      { request: `GET ${api.replace('app', 'neighbour')}`, headers: asIndex, answer: indexText([]) },
    ]);
    const client = openTestClient({ url: server.url });
    await client.repository(app).listReferrers?.(subject.digest);
    expect(await client.repository(app).listReferrers?.(subject.digest)).toEqual(found);
    const neighbour = client.repository('team/neighbour' as typeof app);
    expect(await neighbour.listReferrers?.(subject.digest)).toEqual({ door: 'api', referrers: [] });
  });

  it.each<[string, Omit<Line, 'request'>]>([
    ['is absent', { status: 404 }],
    ['names an image', { headers: { 'content-type': mediaTypes.ociManifest }, answer: referrer.bytes }],
    ['names an index that cannot be understood', { headers: asIndex, answer: indexText([{}]) }],
  ])('finds none where the tag %s', async (_, line) => {
    const target = await open([
      { request: `GET ${api}`, status: 404 },
      { request: `GET ${fallback}`, ...line },
    ]);
    expect(await target.listReferrers?.(subject.digest)).toEqual({ door: 'fallback-tag', referrers: [] });
  });

  it('fails where the tag may not be read', async () => {
    const target = await open([
      { request: `GET ${api}`, status: 401 },
      { request: `GET ${fallback}`, status: 401 },
    ]);
    const error = await errorOf(target.listReferrers?.(subject.digest) ?? Promise.resolve());
    expect(error).toMatchObject({ code: 'REGISTRY_DENIED' });
  });

  it('cuts the digits of a sha512', async () => {
    const long = parseDigest(`sha512:${'ab'.repeat(64)}`);
    const target = await open([
      { request: `GET /v2/team/app/referrers/${long}`, status: 404 },
      { request: `GET /v2/team/app/manifests/sha512-${'ab'.repeat(32)}`, headers: asIndex, answer: indexText([]) },
    ]);
    expect(await target.listReferrers?.(long)).toEqual({ door: 'fallback-tag', referrers: [] });
  });
});

describe('pushing a manifest with a subject', () => {
  const put = `PUT /v2/team/app/manifests/${referrer.descriptor.digest}`;
  const written = indexText([entryOf(referrer, 'one')]);

  it('writes no list where the registry says that it keeps one', async () => {
    const target = await open([{ request: put, status: 201, headers: { 'oci-subject': subject.digest } }]);
    await target.pushManifest(referrer);
  });

  it.each([
    ['says nothing', {}],
    ['names another subject', { 'oci-subject': empty.digest }],
  ])('writes the list where the registry %s', async (_, headers) => {
    const target = await open([
      { request: put, status: 201, headers },
      { request: `GET ${fallback}`, status: 404 },
      { request: `PUT ${fallback}`, body: written, with: { 'content-type': mediaTypes.ociIndex }, status: 201 },
      { request: `HEAD ${fallback}`, headers: headOf(written) },
    ]);
    await target.pushManifest(referrer);
  });

  it('writes the list where the API was found missing, whatever the registry says', async () => {
    const target = await open([
      { request: `GET ${api}`, status: 404 },
      { request: `GET ${fallback}`, status: 404 },
      { request: put, status: 201, headers: { 'oci-subject': subject.digest } },
      { request: `GET ${fallback}`, headers: asIndex, answer: written },
    ]);
    await target.listReferrers?.(subject.digest);
    await target.pushManifest(referrer);
  });

  it('keeps what others wrote, also what it does not know, and enters nothing twice', async () => {
    const foreign = { ...entryOf(other, 'other'), artifactType: 'application/vnd.oci.empty.v1+json', extra: { x: 1 } };
    const before = indexText([foreign], { annotations: { by: 'cosign' }, unknown: [1, null] });
    const after = JSON.stringify({ ...JSON.parse(before), manifests: [foreign, entryOf(referrer, 'one')] });
    const target = await open([
      { request: put, status: 201 },
      { request: `GET ${fallback}`, headers: asIndex, answer: before },
      { request: `PUT ${fallback}`, body: after, status: 201 },
      { request: `HEAD ${fallback}`, headers: headOf(after) },
      { request: put, status: 201 },
      { request: `GET ${fallback}`, headers: asIndex, answer: after },
    ]);
    await target.pushManifest(referrer);
    await target.pushManifest(referrer);
  });

  it('enters itself again when another writer overwrote the list', async () => {
    const theirs = indexText([entryOf(other, 'other')]);
    const both = indexText([entryOf(other, 'other'), entryOf(referrer, 'one')]);
    const target = await open([
      { request: put, status: 201 },
      { request: `GET ${fallback}`, status: 404 },
      { request: `PUT ${fallback}`, body: written, status: 201 },
      { request: `HEAD ${fallback}`, headers: headOf(theirs) },
      { request: `GET ${fallback}`, headers: asIndex, answer: theirs },
      { request: `PUT ${fallback}`, body: both, status: 201 },
      { request: `HEAD ${fallback}`, headers: headOf(both) },
    ]);
    await target.pushManifest(referrer);
  });

  it('looks whether the list was written when the answer is lost', async () => {
    const target = await open([
      { request: put, status: 201 },
      { request: `GET ${fallback}`, status: 404 },
      { request: `PUT ${fallback}`, breaks: 'before' },
      { request: `GET ${fallback}`, headers: asIndex, answer: written },
    ]);
    await target.pushManifest(referrer);
  });

  it('drops what was deleted where the registry would refuse the list for it', async () => {
    const dead = entryOf(referrerOf('dead'), 'dead');
    const before = indexText([dead, entryOf(other, 'other')]);
    const after = indexText([entryOf(other, 'other'), entryOf(referrer, 'one')]);
    const otherHead = { 'content-type': other.descriptor.mediaType, 'content-length': String(other.descriptor.size) };
    const target = await open([
      { request: put, status: 201 },
      { request: `GET ${fallback}`, headers: asIndex, answer: before },
      { request: `PUT ${fallback}`, status: 404, answer: '{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN"}]}' },
      { request: `GET ${fallback}`, headers: asIndex, answer: before },
      { request: `HEAD /v2/team/app/manifests/${dead.digest}`, status: 404 },
      { request: `HEAD /v2/team/app/manifests/${other.descriptor.digest}`, headers: otherHead },
      { request: `PUT ${fallback}`, body: after, status: 201 },
      { request: `HEAD ${fallback}`, headers: headOf(after) },
    ]);
    await target.pushManifest(referrer);
  });

  it('gives up when the registry refuses the list although all in it is there', async () => {
    const refusal = { status: 404, answer: '{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN"}]}' };
    const target = await open([
      { request: put, status: 201 },
      { request: `GET ${fallback}`, status: 404 },
      { request: `PUT ${fallback}`, ...refusal },
      { request: `GET ${fallback}`, status: 404 },
      { request: `PUT ${fallback}`, ...refusal },
    ]);
    expect(await errorOf(target.pushManifest(referrer))).toMatchObject({ code: 'REFERRER_UNLISTED' });
  });

  it('gives up when others overwrite the list again and again', async () => {
    const theirs = indexText([entryOf(other, 'other')]);
    const round: Line[] = [
      { request: `GET ${fallback}`, headers: asIndex, answer: theirs },
      { request: `PUT ${fallback}`, status: 201 },
      { request: `HEAD ${fallback}`, headers: headOf(theirs) },
    ];
    const target = await open([{ request: put, status: 201 }, ...Array.from({ length: 5 }, () => round).flat()]);
    expect(await errorOf(target.pushManifest(referrer))).toMatchObject({ code: 'REFERRER_UNLISTED' });
  });

  it('overwrites no tag that names something else', async () => {
    const target = await open([
      { request: put, status: 201 },
      { request: `GET ${fallback}`, headers: { 'content-type': mediaTypes.ociManifest }, answer: other.bytes },
    ]);
    expect(await errorOf(target.pushManifest(referrer))).toMatchObject({ code: 'REFERRER_UNLISTED' });
  });

  it('under a tag is one request: what can be found by its tag needs no list', async () => {
    const target = await open([{ request: 'PUT /v2/team/app/manifests/report', status: 201 }]);
    await target.pushTag(parseTag('report'), referrer);
  });

  it('without one asks for nothing else', async () => {
    const plain = manifestOf(mediaTypes.ociManifest, { config: empty, layers: [] });
    const target = await open([{ request: `PUT /v2/team/app/manifests/${plain.descriptor.digest}`, status: 201 }]);
    await target.pushManifest(plain);
  });
});

function headOf(text: string): Record<string, string> {
  const { digest, size } = contentOf(mediaTypes.ociIndex, bytesOf(text)).descriptor;
  return { ...asIndex, 'docker-content-digest': digest, 'content-length': String(size) };
}
