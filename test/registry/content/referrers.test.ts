/** Listing what points at a manifest. Spec: distribution-spec v1.1.1, "Listing Referrers". */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { type Content, contentOf, manifestOf } from '../../oci/content.ts';
import { absentDigest, jsonOf, openRegistryUnderTest, type RegistryUnderTest } from '../registry-under-test.ts';

const empty = contentOf(mediaTypes.ociEmpty, Buffer.from('{}'));
const config = contentOf('application/vnd.example.config+json', Buffer.from('{"a":1}'));
const subject = manifestOf(mediaTypes.ociManifest, { config: empty.descriptor, layers: [] });

const signature = referrer({
  artifactType: 'application/vnd.example.signature+json',
  annotations: { by: 'ada', at: 'noon' },
});
const contents = referrer({ config: config.descriptor, artifactType: '' });
const listing = manifestOf(mediaTypes.ociIndex, {
  manifests: [],
  subject: subject.descriptor,
  artifactType: 'application/vnd.example.index',
});
const plainIndex = manifestOf(mediaTypes.ociIndex, { manifests: [], subject: subject.descriptor });

let registry: RegistryUnderTest;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
  await registry.push('team/app', empty, config, signature, contents, listing, plainIndex, subject);
});

afterAll(() => registry.close());

function referrer(fields: Readonly<Record<string, unknown>>): Content {
  return manifestOf(mediaTypes.ociManifest, {
    config: empty.descriptor,
    layers: [],
    subject: subject.descriptor,
    ...fields,
  });
}

function path(query = '', repository = 'team/app', digest: string = subject.descriptor.digest): string {
  return `/v2/${repository}/referrers/${digest}${query}`;
}

async function expectCase(
  target: string,
  manifests: readonly object[],
  headers: Readonly<Record<string, string | undefined>> = {},
): Promise<void> {
  const reply = await registry.call({ path: target });
  expect([reply.status, reply.headers['content-type']]).toEqual([200, mediaTypes.ociIndex]);
  expect(jsonOf(reply)).toEqual({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
  for (const [name, value] of Object.entries(headers)) expect([name, reply.headers[name]]).toEqual([name, value]);
}

const shown = {
  signature: {
    ...signature.descriptor,
    artifactType: 'application/vnd.example.signature+json',
    annotations: { by: 'ada', at: 'noon' },
  },
  contents: { ...contents.descriptor, artifactType: config.descriptor.mediaType },
  listing: { ...listing.descriptor, artifactType: 'application/vnd.example.index' },
  plainIndex: plainIndex.descriptor,
};

function byDigest<Entry extends { readonly digest: string }>(entries: readonly Entry[]): readonly Entry[] {
  return [...entries].sort((one, other) => (one.digest < other.digest ? -1 : 1));
}

describe('the referrers of a manifest', () => {
  test('are all listed, with their types and annotations', () =>
    expectCase(path(), byDigest(Object.values(shown)), { 'oci-filters-applied': undefined, link: undefined }));

  test.each(['+', '%2B'])('are filtered by type, its plus written %s', (plus) =>
    expectCase(path(`?artifactType=application/vnd.example.signature${plus}json`), [shown.signature], {
      'oci-filters-applied': 'artifactType',
    }),
  );

  test('of a type nobody has are none', () =>
    expectCase(path('?artifactType=application/none'), [], { 'oci-filters-applied': 'artifactType' }));

  test.each([
    ['a subject without any', path('', 'team/app', signature.descriptor.digest)],
    ['a subject that does not exist', path('', 'team/app', absentDigest)],
    ['a repository that does not exist', path('', 'team/nobody')],
  ])('are none for %s', (_, target) => expectCase(target, []));

  test('of a malformed digest are refused', async () => {
    const reply = await registry.call({ path: path('', 'team/app', 'sha256:short') });
    expect([reply.status, reply.codes]).toEqual([400, ['DIGEST_INVALID']]);
  });

  test('shrink when one is deleted', async () => {
    const passing = referrer({ artifactType: 'application/passing' });
    await registry.push('team/app', passing);
    await expectCase(path('?artifactType=application/passing'), [
      { ...passing.descriptor, artifactType: 'application/passing' },
    ]);
    await registry.call({ method: 'DELETE', path: `/v2/team/app/manifests/${passing.descriptor.digest}` });
    await expectCase(path('?artifactType=application/passing'), []);
  });

  test('with large annotations come in pages that clients can read', async () => {
    const large = Array.from({ length: 5 }, (_, at) =>
      referrer({ artifactType: 'application/large', annotations: { at: String(at), pad: 'x'.repeat(1024 * 1024) } }),
    );
    await registry.push('team/large', empty, ...large);
    const seen: string[] = [];
    let next = path('?artifactType=application/large', 'team/large');
    for (let pages = 0; next !== '' && pages < 5; pages += 1) {
      const reply = await registry.call({ path: next });
      expect(reply.text.length).toBeLessThan(4 * 1024 * 1024);
      const { manifests } = jsonOf(reply) as { manifests: { digest: string }[] };
      seen.push(...manifests.map(({ digest }) => digest));
      next = /^<(.*)>; rel="next"$/.exec(reply.headers['link']?.toString() ?? '')?.[1] ?? '';
    }
    expect(seen).toEqual(byDigest(large.map(({ descriptor }) => descriptor)).map(({ digest }) => digest));
  });
});
