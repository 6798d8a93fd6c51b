/** The journal of the registry over HTTP: what is told, to whom, and what a follower is told that fell behind. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseRepositoryPattern } from '../../../core/repository-pattern.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { contentOf, manifestOf } from '../../oci/content.ts';
import { type Caller, jsonOf, openRegistryUnderTest, type RegistryUnderTest } from '../registry-under-test.ts';

const eventually = <Value>(read: () => Value) => expect.poll(read, { timeout: 30_000 });

const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
const manifest = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [] });
const { digest } = manifest.descriptor;

let registry: RegistryUnderTest;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
});

afterAll(() => registry.close());

interface Page {
  readonly next: string;
  readonly reset: boolean;
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

async function read(query: string, as: Caller = 'service'): Promise<Page> {
  const reply = await registry.call({ path: `/admin/v1/events${query}`, as });
  expect([reply.status, reply.headers['content-type']]).toEqual([200, 'application/json']);
  return jsonOf(reply) as Page;
}

/** What is told without numbers and times. */
function told({ events }: Page): readonly unknown[] {
  return events.map(({ sequence, at, ...rest }) => {
    expect([typeof sequence, new Date(String(at)).toISOString()]).toEqual(['number', at]);
    return rest;
  });
}

describe('the journal', () => {
  test('tells of pushes, pulls and deletions, in their order', async () => {
    const { next } = await read('');
    await registry.push('team/app', config, manifest);
    await registry.tag('team/app', 'latest', manifest);
    await registry.call({ method: 'DELETE', path: '/v2/team/app/manifests/latest' });
    await registry.call({ method: 'DELETE', path: `/v2/team/app/manifests/${digest}` });
    const kinds = 'push,tag,delete';
    const page = await read(`?after=${next}&kinds=${kinds}`);
    expect(page.reset).toBe(false);
    expect(told(page)).toEqual([
      { kind: 'push', repository: 'team/app', digest, tags: [], actor: 'admin-token' },
      { kind: 'push', repository: 'team/app', digest, tags: ['latest'], actor: 'admin-token' },
      { kind: 'tag', repository: 'team/app', tag: 'latest', to: digest, how: 'push', actor: 'admin-token' },
      { kind: 'delete', repository: 'team/app', tags: ['latest'], from: digest, actor: 'admin-token' },
      { kind: 'delete', repository: 'team/app', digest, tags: [], actor: 'admin-token' },
    ]);
    expect(told(await read(`?after=${page.next}&kinds=${kinds}`))).toEqual([]);
  });

  test('tells who waits at the moment it happens', async () => {
    await registry.push('team/wait', config, manifest);
    const { next } = await read('');
    const waiting = read(`?after=${next}&wait=60&kinds=push`);
    await registry.tag('team/wait', 'now', manifest);
    expect(told(await waiting)).toMatchObject([{ kind: 'push', tags: ['now'] }]);
  });

  test('tells from where to where a tag was moved, and why somebody broke the glass for it', async () => {
    const other = manifestOf(mediaTypes.ociManifest, {
      config: config.descriptor,
      layers: [],
      annotations: { a: 'b' },
    });
    await registry.push('team/moved', config, manifest, other);
    await registry.tag('team/moved', '1.0.0', manifest);
    const { next } = await read('');
    const reply = await registry.call({
      method: 'PUT',
      path: '/v2/team/moved/manifests/1.0.0',
      headers: {
        'content-type': other.descriptor.mediaType,
        'registry-action-break-glass': 'the first build was broken',
      },
      body: other.bytes,
    });
    expect([reply.status, reply.text]).toEqual([201, '']);
    const at = { repository: 'team/moved', tag: '1.0.0', from: digest, to: other.descriptor.digest };
    const said = { actor: 'admin-token', reason: 'the first build was broken' };
    expect(told(await read(`?after=${next}&kinds=tag,break-glass`))).toEqual([
      { kind: 'tag', ...at, ...said, how: 'push' },
      { kind: 'break-glass', ...at, ...said, codes: ['TAG_IMMUTABLE'] },
    ]);
  });

  test('adds up the pulls of one image, but not those of the promotion service', async () => {
    await registry.push('team/pulled', config, manifest);
    const { next } = await read('');
    const pull = { path: `/v2/team/pulled/manifests/${digest}` };
    for (const as of ['viewer', 'viewer', 'service', 'admin'] as const) await registry.call({ ...pull, as });
    await registry.call({ ...pull, method: 'HEAD', as: 'viewer' });
    const pulls: unknown[] = [];
    let place = next;
    for (let counted = 0; counted < 3; ) {
      const page = await read(`?after=${place}&wait=60&kinds=pull`);
      pulls.push(...told(page));
      counted = pulls.reduce<number>((sum, one) => sum + (one as { count: number }).count, 0);
      place = page.next;
    }
    expect(pulls[0]).toMatchObject({ kind: 'pull', repository: 'team/pulled', digest });
    expect(told(await read(`?after=${place}&wait=2&kinds=pull`))).toEqual([]);
  });

  test('is for those who run releases', async () => {
    const status = async (as: Caller) => (await registry.call({ path: '/admin/v1/events', as })).status;
    const callers = ['nobody', 'member', 'viewer', 'pusher', 'operator', 'service', 'admin'] as const;
    expect(await Promise.all(callers.map(status))).toEqual([401, 403, 403, 403, 200, 200, 200]);
  });

  test('is not for a token that is limited to some repositories: it would tell of the others', async () => {
    const repositories = [parseRepositoryPattern('team/**')];
    const token = await registry.access.createToken({ name: 'team', role: 'operator', repositories }, Date.now());
    const as = { authorization: `Bearer ${token.secret}` };
    expect((await registry.call({ path: '/admin/v1/events', as })).status).toBe(403);
  });
});

describe('a follower', () => {
  test.each([
    ['of another process', 'elsewhere:3'],
    ['of a place that is not there yet', 'HERE:99999'],
  ])('%s is told so, and where to go on', async (_, after) => {
    const here = (await read('')).next;
    const page = await read(`?after=${after.replace('HERE', here.split(':')[0] ?? '')}&wait=60`);
    expect(page).toEqual({ next: here, reset: true, events: [] });
  });

  test.each(['after=x', 'after=a:b', 'after=A:1', 'wait=soon', 'wait=-1', 'kinds=everything', 'kinds='])(
    'who asks for %s is refused',
    async (query) => {
      const reply = await registry.call({ path: `/admin/v1/events?${query}` });
      expect([reply.status, reply.codes]).toEqual([422, ['REQUEST_INVALID']]);
    },
  );

  test('may read again all that is kept', async () => {
    await registry.push('team/kept', config, manifest);
    expect(told(await read('?after=0&kinds=push'))).toContainEqual({
      ...{ kind: 'push', repository: 'team/kept', digest, tags: [], actor: 'admin-token' },
    });
  });

  test('holds no more than a few places, and one that leaves gives its place back', async () => {
    const { next } = await read('', 'operator');
    const leaving = Array.from({ length: 16 }, () => {
      const end = new AbortController();
      const headers = { authorization: `Bearer ${registry.tokens.operator}` };
      const url = `${registry.url}/admin/v1/events?after=${next}&wait=60&kinds=upkeep`;
      const gone = fetch(url, { headers, signal: end.signal }).catch(() => undefined);
      return { end, gone };
    });
    const another = () => registry.call({ path: '/admin/v1/events?wait=0', as: 'operator' });
    await eventually(async () => (await another()).status).toBe(429);
    expect((await registry.call({ path: '/admin/v1/events?wait=0', as: 'admin' })).status).toBe(200);
    for (const { end } of leaving) end.abort();
    await Promise.all(leaving.map(({ gone }) => gone));
    await eventually(async () => (await another()).status).toBe(200);
  });

  test('is let go when the registry closes', async () => {
    const closing = await openRegistryUnderTest();
    const waiting = closing.call({ path: '/admin/v1/events?wait=60' });
    await eventually(async () => (await closing.call({ path: '/metrics' })).text).toContain('registry_followers 1');
    await closing.close();
    expect(jsonOf(await waiting)).toMatchObject({ reset: false, events: [] });
  });
});
