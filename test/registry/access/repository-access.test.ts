/** Permissions in repositories, over the wire: who may pull, push, move tags and delete where, and what they learn. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../../api/config.ts';
import { parseRepositoryPattern } from '../../../core/repository-pattern.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { contentOf, manifestOf } from '../../oci/content.ts';
import {
  basic,
  blobOf,
  type Call,
  type Caller,
  jsonOf,
  openRegistryUnderTest,
  type RegistryUnderTest,
} from '../registry-under-test.ts';

const rules = parseConfig(
  `
access:
  - { who: { user: puller }, may: [pull], repositories: ["team/**"] }
  - { who: { user: pusher }, may: [pull, push], repositories: ["team/**"] }
  - { who: { user: mover }, may: [pull, push, overwrite], repositories: ["team/**"] }
  - { who: { user: remover }, may: [delete], repositories: ["team/**"] }
  - { who: { user: breaker }, may: [pull, push, overwrite, delete, break-glass], repositories: ["team/app"] }
  - { who: { token: ci }, may: [push], repositories: ["other/*"] }
  - { who: everyone, may: [pull], repositories: ["common/**"] }
  - { who: anonymous, may: [pull], repositories: ["public/**"] }
`,
  'rules.yaml',
).access;

const users = ['puller', 'pusher', 'mover', 'remover', 'breaker', 'nothing'] as const;
type User = (typeof users)[number];

const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
const imageOf = (layer: string) => {
  const content = blobOf(layer);
  return {
    layer: content,
    manifest: manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [content.descriptor] }),
  };
};
const [one, two] = [imageOf('one'), imageOf('two')];
const repositories = ['common/base', 'other/app', 'public/app', 'team/app', 'team/app/debug'];

let registry: RegistryUnderTest;

beforeAll(async () => {
  registry = await openRegistryUnderTest({ settings: { rules } });
  for (const name of users) await registry.access.createUser({ name, password: passwordOf(name), role: 'member' });
  for (const repository of repositories) {
    for (const { layer, manifest } of [one, two]) await registry.push(repository, config, layer, manifest);
    await registry.tag(repository, 'stable', one.manifest);
  }
});

afterAll(() => registry.close());

function passwordOf(name: string): string {
  return `the password of ${name}`;
}

const as = (name: User): Caller => basic(name, passwordOf(name));

async function statusOf(call: Call): Promise<number> {
  return (await registry.call(call)).status;
}

const pull = (repository: string): Call => ({ path: `/v2/${repository}/manifests/${one.manifest.descriptor.digest}` });
const upload = (repository: string): Call => ({ method: 'POST', path: `/v2/${repository}/blobs/uploads/` });
const put = (repository: string, tag: string, { descriptor, bytes } = two.manifest): Call => ({
  method: 'PUT',
  path: `/v2/${repository}/manifests/${tag}`,
  headers: { 'content-type': descriptor.mediaType },
  body: bytes,
});
const remove = (repository: string, tag: string): Call => ({
  method: 'DELETE',
  path: `/v2/${repository}/manifests/${tag}`,
});

describe('permissions by rules are kept apart:', () => {
  const table: readonly (readonly [user: User, can: Record<'pull' | 'push' | 'overwrite' | 'delete', boolean>])[] = [
    ['nothing', { pull: false, push: false, overwrite: false, delete: false }],
    ['puller', { pull: true, push: false, overwrite: false, delete: false }],
    ['pusher', { pull: true, push: true, overwrite: false, delete: false }],
    ['mover', { pull: true, push: true, overwrite: true, delete: false }],
    ['remover', { pull: false, push: false, overwrite: false, delete: true }],
    ['breaker', { pull: true, push: true, overwrite: true, delete: true }],
  ];

  test.each(table)('%s may %j', async (user, can) => {
    const allowed = async (call: Call) => (await statusOf({ ...call, as: as(user) })) !== 403;
    await registry.call(put('team/app', `${user}-moved`, one.manifest));
    await registry.call(put('team/app', `${user}-removed`, one.manifest));
    expect({
      pull: await allowed(pull('team/app')),
      push: (await allowed(upload('team/app'))) && (await allowed(put('team/app', `${user}-new`))),
      overwrite: await allowed(put('team/app', `${user}-moved`)),
      delete: await allowed(remove('team/app', `${user}-removed`)),
    }).toEqual(can);
  });

  test('none holds in another repository', async () => {
    for (const user of users) {
      for (const call of [pull('other/app'), upload('other/app'), put('other/app', 'new'), remove('other/app', 'x')]) {
        expect([user, call.path, await statusOf({ ...call, as: as(user) })]).toEqual([user, call.path, 403]);
      }
    }
  });

  test('a pattern of one name is for that name alone', async () => {
    expect(await statusOf({ ...pull('team/app'), as: as('breaker') })).toBe(200);
    expect(await statusOf({ ...pull('team/app/debug'), as: as('breaker') })).toBe(403);
  });

  test('a rule for a token is for no user of that name, and adds to the role', async () => {
    await registry.access.createUser({ name: 'ci', password: passwordOf('ci'), role: 'member' });
    const { secret } = await registry.access.createToken({ name: 'ci', role: 'viewer' }, Date.now());
    expect(await statusOf({ ...upload('other/app'), as: basic('x', secret) })).toBe(202);
    expect(await statusOf({ ...upload('team/app'), as: basic('x', secret) })).toBe(403);
    expect(await statusOf({ ...pull('team/app'), as: basic('x', secret) })).toBe(200);
    expect(await statusOf({ ...upload('other/app'), as: basic('ci', passwordOf('ci')) })).toBe(403);
  });
});

describe('a refusal', () => {
  test('has a reason for the role and for every rule, and a way out', async () => {
    const reply = await registry.call({ ...upload('other/app'), as: as('pusher') });
    expect([reply.status, reply.codes]).toEqual([403, ['DENIED']]);
    const { errors } = jsonOf(reply) as { errors: [{ message: string; detail: Record<string, unknown> }] };
    const { reasons, wayOut, verb, repository } = errors[0].detail;
    expect({ verb, repository }).toEqual({ verb: 'push', repository: 'other/app' });
    expect(reasons).toEqual([
      'the role is member',
      'rule 2 is for team/**, not for other/app',
      'rule 7 gives pull, not push and is for common/**, not for other/app',
      'rule 8 gives pull, not push and is for public/**, not for other/app',
    ]);
    expect(wayOut).toMatch(/\S/);
    expect(errors[0].message).toContain('rule 2');
  });

  test('is the same whether the repository is there or not', async () => {
    const bodyOf = async (repository: string) => {
      const reply = await registry.call({ ...pull(repository), as: as('nothing') });
      return [reply.status, reply.text.replaceAll(repository, 'X')];
    };
    expect(await bodyOf('other/app')).toEqual(await bodyOf('other/gone'));
  });
});

describe('whoever has not signed in', () => {
  test('pulls where a rule lets anybody, and is asked to sign in everywhere else', async () => {
    expect(await statusOf({ ...pull('public/app'), as: 'nobody' })).toBe(200);
    expect(await statusOf({ path: '/v2/public/app/tags/list', as: 'nobody' })).toBe(200);
    for (const call of [
      pull('team/app'),
      upload('public/app'),
      put('public/app', 'x'),
      remove('public/app', 'stable'),
    ]) {
      const reply = await registry.call({ ...call, as: 'nobody' });
      expect([call.path, reply.status, reply.codes]).toEqual([call.path, 401, ['UNAUTHORIZED']]);
      expect(reply.headers['www-authenticate']).toMatch(/^(Basic|Bearer) /);
    }
  });

  test('has none of the registry’s own resources', async () => {
    for (const path of ['/admin/v1/users', '/admin/v1/tokens']) {
      expect(await statusOf({ path, as: 'nobody' })).toBe(401);
    }
  });

  test('is let in nowhere with wrong credentials', async () => {
    expect(await statusOf({ ...pull('public/app'), as: basic('puller', 'a wrong password') })).toBe(401);
  });

  test('has what whoever signs in has as well', async () => {
    expect(await statusOf({ ...pull('public/app'), as: as('nothing') })).toBe(200);
    expect(await statusOf({ ...pull('common/base'), as: as('nothing') })).toBe(200);
    expect(await statusOf({ ...pull('common/base'), as: 'nobody' })).toBe(401);
  });
});

describe('a listing shows what the caller may pull:', () => {
  const listed = async (caller: Caller) =>
    (jsonOf(await registry.call({ path: '/v2/_catalog', as: caller })) as { repositories: string[] }).repositories;

  test('the repositories', async () => {
    expect(await listed('viewer')).toEqual(repositories);
    expect(await listed(as('puller'))).toEqual(['common/base', 'public/app', 'team/app', 'team/app/debug']);
    expect(await listed(as('breaker'))).toEqual(['common/base', 'public/app', 'team/app']);
    expect(await listed(as('remover'))).toEqual(['common/base', 'public/app']);
    const { token } = jsonOf(await registry.call({ path: '/token?scope=registry:catalog:*', as: 'nobody' })) as {
      token: string;
    };
    expect(await listed({ authorization: `Bearer ${token}` })).toEqual(['public/app']);
  });

  test('page by page', async () => {
    const found: string[] = [];
    let path: string | undefined = '/v2/_catalog?n=1';
    while (path !== undefined) {
      const reply: Awaited<ReturnType<typeof registry.call>> = await registry.call({ path, as: as('breaker') });
      found.push(...(jsonOf(reply) as { repositories: string[] }).repositories);
      path = /^<([^>]+)>/.exec(String(reply.headers['link'] ?? ''))?.[1];
    }
    expect(found).toEqual(['common/base', 'public/app', 'team/app']);
  });

  test('a limited token’s, too', async () => {
    const limit = { role: 'admin', repositories: [parseRepositoryPattern('team/*')] } as const;
    const { secret } = await registry.access.createToken({ name: 'limited', ...limit }, Date.now());
    expect(await listed(basic('x', secret))).toEqual(['common/base', 'public/app', 'team/app']);
  });

  test('the tags, and what points at an image', async () => {
    for (const path of ['tags/list', `referrers/${one.manifest.descriptor.digest}`]) {
      expect(await statusOf({ path: `/v2/team/app/${path}`, as: as('puller') })).toBe(200);
      expect(await statusOf({ path: `/v2/other/app/${path}`, as: as('puller') })).toBe(403);
    }
  });
});

describe('a mount', () => {
  const mount = (digest: string, from?: string): Call => ({
    method: 'POST',
    path: `/v2/team/fresh/blobs/uploads/?mount=${digest}${from === undefined ? '' : `&from=${from}`}`,
    as: as('pusher'),
  });

  test('takes from what the caller may pull, and nothing from elsewhere', async () => {
    const secret = blobOf('only in other');
    await registry.push('other/secret', secret);
    const { digest } = secret.descriptor;
    expect(await statusOf(mount(digest, 'other/secret'))).toBe(202);
    expect(await statusOf(mount(digest))).toBe(202);
    expect(await statusOf(mount(one.layer.descriptor.digest, 'team/app'))).toBe(201);
    expect(await statusOf(mount(two.layer.descriptor.digest))).toBe(201);
  });
});
