/** Listing tags and repositories. Spec: distribution-spec v1.1.1, "Listing Tags". */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { contentOf, manifestOf } from '../../oci/content.ts';
import { blobOf, jsonOf, openRegistryUnderTest, type RegistryUnderTest } from '../registry-under-test.ts';

const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
const manifest = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [] });
const tags = ['A', '_', 'a', 'b', 'c10', 'c9'];
const repositories = ['a', 'a/b', 'a/tags/list', 'library/blobs/uploads', 'library/referrers', 'team/app'];

let registry: RegistryUnderTest;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
  for (const repository of [...repositories].reverse()) await registry.push(repository, config, manifest);
  for (const tag of [...tags].reverse()) await registry.tag('team/app', tag, manifest);
  await registry.push('team/blobs-only', blobOf('alone'));
});

afterAll(() => registry.close());

interface Expected {
  readonly status: number;
  readonly body?: unknown;
  readonly link?: string | undefined;
}

async function expectCase(path: string, { status, body, link }: Expected): Promise<void> {
  const reply = await registry.call({ path });
  expect([reply.status, reply.headers['link']]).toEqual([status, link]);
  if (body !== undefined) expect(jsonOf(reply)).toEqual(body);
}

function page(entries: readonly string[], last?: string, n = 2): Expected {
  const link = last === undefined ? undefined : `</v2/team/app/tags/list?n=${n}&last=${last}>; rel="next"`;
  return { status: 200, body: { name: 'team/app', tags: entries }, link };
}

describe('tags', () => {
  const cases: [string, string, Expected][] = [
    ['come sorted, all at once', '', page(tags)],
    ['come in pages', '?n=2', page(['A', '_'], '_')],
    ['go on after the last', '?n=2&last=_', page(['a', 'b'], 'b')],
    ['end without a link', '?n=2&last=b', page(['c10', 'c9'])],
    ['go on after one that does not exist', '?n=2&last=aa', page(['b', 'c10'], 'c10')],
    ['go on without n', '?last=b', page(['c10', 'c9'])],
    ['after the end are none', '?last=z', page([])],
    ['are none when none are wanted', '?n=0', page([])],
    ['are no more than there are', '?n=99999999999999999999', page(tags)],
  ];

  test.each(cases)('%s', (_, query, expected) => expectCase(`/v2/team/app/tags/list${query}`, expected));

  test.each(['-1', 'x', '1e3', ''])('n=%s is refused', async (n) => {
    const reply = await registry.call({ path: `/v2/team/app/tags/list?n=${n}` });
    expect([reply.status, reply.codes]).toEqual([400, ['PAGINATION_NUMBER_INVALID']]);
  });

  test('of a repository without tags are none', () =>
    expectCase('/v2/team/blobs-only/tags/list', { status: 200, body: { name: 'team/blobs-only', tags: [] } }));

  test.each(['team/nobody', 'team'])('of %s, which does not exist, are refused', async (repository) => {
    const reply = await registry.call({ path: `/v2/${repository}/tags/list` });
    expect([reply.status, reply.codes]).toEqual([404, ['NAME_UNKNOWN']]);
  });

  test('the listing follows what is pushed and deleted', async () => {
    await registry.tag('a/b', 'new', manifest);
    await expectCase('/v2/a/b/tags/list', { status: 200, body: { name: 'a/b', tags: ['new'] } });
    await registry.call({ method: 'DELETE', path: '/v2/a/b/manifests/new' });
    await expectCase('/v2/a/b/tags/list', { status: 200, body: { name: 'a/b', tags: [] } });
  });
});

describe('more tags than a page has room for', () => {
  test('are listed completely by following the links', async () => {
    const many = Array.from({ length: 1_001 }, (_, at) => `t${String(at).padStart(4, '0')}`);
    for (let at = 0; at < many.length; at += 100) {
      const query = many.slice(at, at + 100).map((tag) => `tag=${tag}`);
      const path = `/v2/a/manifests/${manifest.descriptor.digest}?${query.join('&')}`;
      const headers = { 'content-type': manifest.descriptor.mediaType };
      expect((await registry.call({ method: 'PUT', path, headers, body: manifest.bytes })).status).toBe(201);
    }
    const first = await registry.call({ path: '/v2/a/tags/list' });
    expect(jsonOf(first)).toEqual({ name: 'a', tags: many.slice(0, 1_000) });
    const [, next = ''] = /^<(.*)>; rel="next"$/.exec(first.headers['link']?.toString() ?? '') ?? [];
    await expectCase(next, { status: 200, body: { name: 'a', tags: ['t1000'] } });
  });
});

describe('repositories', () => {
  const link = (last: string) => `</v2/_catalog?n=2&last=${encodeURIComponent(last)}>; rel="next"`;
  const cases: [string, string, Expected][] = [
    ['come sorted', '', { status: 200, body: { repositories } }],
    ['come in pages', '?n=2', { status: 200, body: { repositories: ['a', 'a/b'] }, link: link('a/b') }],
    [
      'go on after the last',
      '?n=2&last=a%2Ftags%2Flist',
      { status: 200, body: { repositories: repositories.slice(3, 5) }, link: link('library/referrers') },
    ],
    ['are none when none are wanted', '?n=0', { status: 200, body: { repositories: [] } }],
  ];

  test.each(cases)('%s', (_, query, expected) => expectCase(`/v2/_catalog${query}`, expected));

  test('are found again after a restart', async () => {
    const again = await openRegistryUnderTest();
    await again.push('x/y/z', config, manifest);
    await again.push('x', config, manifest);
    await again.push('x/without', blobOf('alone'));
    expect(jsonOf(await again.call({ path: '/v2/_catalog' }))).toEqual({ repositories: ['x', 'x/y/z'] });
    await again.close();
  });
});

describe('a repository whose name contains a keyword', () => {
  test.each(repositories)('%s is reached in every way', async (repository) => {
    const { digest } = manifest.descriptor;
    for (const path of [
      `manifests/${digest}`,
      `blobs/${config.descriptor.digest}`,
      'tags/list',
      `referrers/${digest}`,
    ]) {
      expect([path, (await registry.call({ path: `/v2/${repository}/${path}` })).status]).toEqual([path, 200]);
    }
    const begun = await registry.call({ method: 'POST', path: `/v2/${repository}/blobs/uploads/` });
    expect(begun.status).toBe(202);
    const location = begun.headers.location ?? '';
    expect((await registry.call({ method: 'DELETE', path: location })).status).toBe(204);
  });
});
