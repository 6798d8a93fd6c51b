/** Tags and repositories, page by page: complete, or an error. */
import { describe, expect, it } from 'vitest';
import { RegistryError } from '../../../errors/errors.ts';
import { app, errorOf, listOf, openTestClient, testTiming } from './fixture.ts';
import { type Line, openTranscript } from './transcript.ts';

const list = '/v2/team/app/tags/list';
const first = `GET ${list}?n=1000`;

function page(request: string, tags: readonly string[], link?: string): Line {
  const headers = { 'content-type': 'application/json', ...(link === undefined ? {} : { link }) };
  return { request, headers, answer: JSON.stringify({ name: 'team/app', tags }) };
}

async function listTags(lines: readonly Line[]): Promise<string[]> {
  const server = await openTranscript(lines);
  return await listOf<string>(openTestClient({ url: server.url }).repository(app).listTags());
}

describe('listTags', () => {
  it('takes the one page there is', async () => {
    expect(await listTags([page(first, ['1.0.0', 'latest'])])).toEqual(['1.0.0', 'latest']);
  });

  it.each([
    ['relative', `<${list}?n=1000&last=b>; rel="next"`],
    ['absolute', `<{origin}${list}?n=1000&last=b>; rel="next"`],
    ['beside others', `</docs>; rel="help", <${list}?n=1000&last=b>;rel=next`],
  ])('follows a link that is %s, and gives each tag once', async (_, link) => {
    const tags = await listTags([page(first, ['a', 'b'], link), page(`GET ${list}?n=1000&last=b`, ['b', 'c'])]);
    expect(tags).toEqual(['a', 'b', 'c']);
  });

  it('goes on after an empty page that has a next one', async () => {
    const tags = await listTags([page(first, [], `<${list}?page=2>; rel="next"`), page(`GET ${list}?page=2`, ['a'])]);
    expect(tags).toEqual(['a']);
  });

  it.each([
    ['null', '{"name":"team/app","tags":null}'],
    ['an empty list', '{"name":"team/app","tags":[]}'],
  ])('takes %s for no tags', async (_, answer) => {
    expect(await listTags([{ request: first, answer }])).toEqual([]);
  });

  it.each(['NAME_UNKNOWN', 'NOT_FOUND'])('takes a 404 that says %s for no tags', async (code) => {
    expect(await listTags([{ request: first, status: 404, answer: `{"errors":[{"code":"${code}"}]}` }])).toEqual([]);
  });

  it.each([
    [413, 'TOO_MANY_TAGS_REQUESTED'],
    [400, 'PAGINATION_NUMBER_INVALID'],
  ])('asks without a number where a thousand is refused with %i', async (status, code) => {
    const tags = await listTags([
      { request: first, status, answer: `{"errors":[{"code":"${code}"}]}` },
      page(`GET ${list}`, ['a']),
    ]);
    expect(tags).toEqual(['a']);
  });

  const thousand = Array.from({ length: 1000 }, (_, at) => `t${String(at).padStart(4, '0')}`);

  it('asks on after a full page without a link, as registries older than links want', async () => {
    const tags = await listTags([page(first, thousand), page(`${first}&last=t0999`, ['t1000', 't1001'])]);
    expect(tags).toHaveLength(1002);
  });

  it('is done when the registry has nothing new after a full page', async () => {
    expect(await listTags([page(first, thousand), page(`${first}&last=t0999`, [])])).toEqual(thousand);
    expect(await listTags([page(first, thousand), page(`${first}&last=t0999`, thousand)])).toEqual(thousand);
  });

  it('does not take a page of a thousand for a full one when no number was asked for', async () => {
    expect(await listTags([{ request: first, status: 413 }, page(`GET ${list}`, thousand)])).toEqual(thousand);
  });

  it('takes a page with more than was asked for as all there is', async () => {
    expect(await listTags([page(first, [...thousand, 'z'])])).toHaveLength(1001);
  });

  it('asks for a page again when it breaks off', async () => {
    const line = page(first, ['a', 'b']);
    expect(await listTags([{ ...line, breaks: 12 }, line])).toEqual(['a', 'b']);
  });
});

describe('listTags fails rather than end early', () => {
  const next = `<${list}?last=a>; rel="next"`;
  const cases: readonly (readonly [string, readonly Line[], string])[] = [
    ['when a page is no JSON', [{ request: first, answer: '<html>' }], 'REGISTRY_ANSWER_INVALID'],
    ['when a page has no list', [{ request: first, answer: '{"name":"x"}' }], 'REGISTRY_ANSWER_INVALID'],
    ['when a tag is none', [page(first, ['a', '-b'])], 'REGISTRY_ANSWER_INVALID'],
    ['when a tag is no text', [{ request: first, answer: '{"tags":["a",1]}' }], 'REGISTRY_ANSWER_INVALID'],
    ['when a link cannot be read', [page(first, ['a'], `${list}?last=a; rel="next"`)], 'REGISTRY_ANSWER_INVALID'],
    [
      'when a link leads elsewhere',
      [page(first, ['a'], '<http://127.0.0.1:1/x>; rel="next"')],
      'REGISTRY_ANSWER_INVALID',
    ],
    ['when a page leads to itself', [page(first, ['a'], `<${list}?n=1000>; rel="next"`)], 'REGISTRY_ANSWER_INVALID'],
    [
      'when pages lead in a circle',
      [page(first, ['a'], next), page(`GET ${list}?last=a`, ['b'], next)],
      'REGISTRY_ANSWER_INVALID',
    ],
    [
      'when a 404 does not say of what',
      [{ request: first, status: 404, answer: '404 page not found' }],
      'REGISTRY_REFUSED',
    ],
    [
      'when a later page is not found',
      [
        page(first, ['a'], next),
        { request: `GET ${list}?last=a`, status: 404, answer: '{"errors":[{"code":"NAME_UNKNOWN"}]}' },
      ],
      'REPOSITORY_UNKNOWN',
    ],
    ['when it is refused', [{ request: first, status: 403 }], 'REGISTRY_DENIED'],
    [
      'when a later page is refused',
      [page(first, ['a'], next), { request: `GET ${list}?last=a`, status: 400 }],
      'REGISTRY_REFUSED',
    ],
  ];
  it.each(cases)('%s', async (_, lines, code) => {
    expect(await errorOf(listTags(lines))).toMatchObject({ code });
  });

  it('when there is no end to the pages', async () => {
    const pages = Array.from({ length: 2_000 }, (_, at) =>
      page(at === 0 ? first : `GET ${list}?last=${at}`, [`t${at}`], `<${list}?last=${at + 1}>; rel="next"`),
    );
    const error = await errorOf(listTags(pages));
    expect(error).toBeInstanceOf(RegistryError);
    expect(error).toMatchObject({ code: 'REGISTRY_ANSWER_INVALID' });
  });

  it('when a page is larger than we allow', async () => {
    const answer = `{"tags":["${'a'.repeat(8 * 1024 * 1024)}"]}`;
    expect(await errorOf(listTags([{ request: first, answer }]))).toMatchObject({ code: 'REGISTRY_ANSWER_INVALID' });
  });

  it('when a page stays away', async () => {
    const server = await openTranscript(Array.from({ length: 5 }, () => ({ request: first, status: 503 })));
    const timing = testTiming();
    const listing = listOf(openTestClient({ url: server.url }, timing).repository(app).listTags());
    expect(await errorOf(listing)).toMatchObject({ code: 'REGISTRY_REFUSED', status: 503 });
    expect(timing.delays).toHaveLength(4);
  });
});

describe('listRepositories', () => {
  it('goes through all pages of the catalog', async () => {
    const server = await openTranscript([
      {
        request: 'GET /v2/_catalog?n=1000',
        headers: { link: '</v2/_catalog?last=b&n=1000>; rel="next"' },
        answer: '{"repositories":["a","b"]}',
      },
      { request: 'GET /v2/_catalog?last=b&n=1000', answer: '{"repositories":["team/app"]}' },
    ]);
    expect(await listOf(openTestClient({ url: server.url }).listRepositories())).toEqual(['a', 'b', 'team/app']);
  });

  it('asks for the scope of the catalog', async () => {
    const server = await openTranscript([
      {
        request: 'GET /v2/_catalog?n=1000',
        status: 401,
        headers: { 'www-authenticate': 'Bearer realm="{origin}/token",scope="registry:catalog:*"' },
      },
      { request: 'GET /token?scope=registry%3Acatalog%3A*', answer: '{"token":"t"}' },
      { request: 'GET /v2/_catalog?n=1000', with: { authorization: 'Bearer t' }, answer: '{"repositories":[]}' },
    ]);
    expect(await listOf(openTestClient({ url: server.url }).listRepositories())).toEqual([]);
  });

  it('fails where there is none', async () => {
    const server = await openTranscript([{ request: 'GET /v2/_catalog?n=1000', status: 404 }]);
    const error = await errorOf(listOf(openTestClient({ url: server.url }).listRepositories()));
    expect(error).toMatchObject({ code: 'REGISTRY_REFUSED', status: 404 });
  });
});
