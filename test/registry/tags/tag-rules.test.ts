/** The rules about tags, over the wire: who moves what, what nobody moves, and what a refusal leaves as it was. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { manifestOf } from '../../oci/content.ts';
import {
  jsonOf,
  movableTags,
  openRegistryUnderTest,
  type RegistryUnderTest,
  type Reply,
} from '../registry-under-test.ts';
import { config, imageNumber, reasonsIn, tagCalls } from './tag-calls.ts';

const [one, two] = [imageNumber(1), imageNumber(2)];
const named = (image: typeof one) => image.descriptor.digest;

let registry: RegistryUnderTest;
const opened = () => registry;
const plain = tagCalls(opened, 'team/app');
const staging = tagCalls(opened, 'staging/web');

beforeAll(async () => {
  registry = await openRegistryUnderTest();
  for (const repository of ['team/app', 'staging/web', 'loose/app']) await registry.push(repository, config, one, two);
});

afterAll(() => registry.close());

function expectRefusal(reply: Reply, status: number, code: string, ...reasons: readonly string[]): void {
  expect([reply.status, reply.codes, reasonsIn(reply)]).toEqual([status, [code], reasons]);
}

describe('a tag', () => {
  test('is made by who may push, moved by who may overwrite and deleted by who may delete', async () => {
    expect((await plain.put('edge', one, { as: 'pusher' })).status).toBe(201);
    expect((await plain.put('edge', two, { as: 'pusher' })).status).toBe(201);
    expect((await plain.remove('edge', { as: 'pusher' })).status).toBe(403);
    expect(await plain.named('edge')).toBe(named(two));
    expect((await plain.remove('edge')).status).toBe(202);
    expect((await plain.put('viewed', one, { as: 'viewer' })).status).toBe(403);
  });

  test('that two make at once is made by one of them, and the other has to overwrite', async () => {
    for (let n = 0; n < 20; n += 1) {
      const tag = `2.0.${n}`;
      const replies = await Promise.all([plain.put(tag, one, { as: 'pusher' }), plain.put(tag, two, { as: 'pusher' })]);
      expect(replies.map(({ status }) => status).sort()).toEqual([201, 409]);
      const winner = replies[0]?.status === 201 ? one : two;
      expect(await plain.named(tag)).toBe(named(winner));
    }
  });
});

describe('an exact tag', () => {
  test('is pushed again as it stands, and never as something else, not by an administrator', async () => {
    expect((await plain.put('1.0.0', one, { as: 'pusher' })).status).toBe(201);
    expect((await plain.put('1.0.0', one, { as: 'pusher' })).status).toBe(201);
    for (const as of ['pusher', 'service', 'admin'] as const) {
      expectRefusal(await plain.put('1.0.0', two, { as }), 409, 'DENIED', 'TAG_IMMUTABLE');
    }
    expect(await plain.named('1.0.0')).toBe(named(one));
  });

  test('refuses in a way that container tools know and print, with the way out', async () => {
    await plain.put('1.4.0', one);
    const version = await plain.put('1.4.0', two);
    expect([version.codes, version.text]).toEqual([['DENIED'], expect.stringMatching(/"message":"[^"]* new version;/)]);
    const reserved = await staging.put('staging', two, { as: 'pusher' });
    expect([reserved.codes, reserved.text]).toEqual([['DENIED'], expect.stringMatching(/"message":"[^"]* roll back/)]);
  });

  test('is not moved among several tags either, and none of them is', async () => {
    await plain.put('1.1.0', one);
    const path = `${named(two)}?tag=floats&tag=1.1.0`;
    expectRefusal(await plain.put(path, two), 409, 'DENIED', 'TAG_IMMUTABLE');
    expect(await plain.named('floats')).toBeUndefined();
  });

  test('is deleted with break-glass alone, and then names nothing else', async () => {
    await plain.put('1.2.0', one);
    expectRefusal(await plain.remove('1.2.0'), 409, 'DENIED', 'TAG_IMMUTABLE');
    expect((await plain.remove('1.2.0', { breakGlass: 'leaked a secret' })).status).toBe(202);
    expectRefusal(await plain.put('1.2.0', two), 409, 'DENIED', 'TAG_IMMUTABLE');
    expect((await plain.put('1.2.0', one, { as: 'pusher' })).status).toBe(201);
  });

  test('keeps its manifest from being deleted, with every other tag of it', async () => {
    const kept = imageNumber(3);
    await plain.put('1.3.0', kept);
    await plain.put('also-this', kept);
    expectRefusal(await plain.remove(named(kept)), 409, 'DENIED', 'TAG_IMMUTABLE');
    expect([await plain.named('1.3.0'), await plain.named('also-this')]).toEqual([named(kept), named(kept)]);
    expect((await registry.call({ path: `/v2/team/app/manifests/${named(kept)}` })).status).toBe(200);
    expect((await plain.remove(named(kept), { breakGlass: 'licence' })).status).toBe(202);
    expect([await plain.named('1.3.0'), await plain.named('also-this')]).toEqual([undefined, undefined]);
  });

  test('of a repository where the operator wants it so is moved like any other', async () => {
    const settings = { ...movableTags };
    const loose = await openRegistryUnderTest({ settings });
    await loose.push('loose/app', config, one, two);
    await loose.tag('loose/app', '1.0.0', one);
    await loose.tag('loose/app', '1.0.0', two);
    await loose.close();
  });
});

describe('an environment’s tag', () => {
  const history = 'staging-r000001-0123456789ab';

  test.each(['staging', history, `${history}.receipt`, 'staging-staged-0123456789ab'])(
    '%s is written by the service, and by nobody else',
    async (tag) => {
      for (const as of ['pusher', 'operator', 'admin'] as const) {
        expectRefusal(await staging.put(tag, one, { as }), 403, 'DENIED', 'TAG_RESERVED');
      }
      expect(await staging.named(tag)).toBeUndefined();
      expect((await staging.put(tag, one, { as: 'service' })).status).toBe(201);
      expect((await staging.put(tag, two, { as: 'service' })).status).toBe(201);
      expectRefusal(await staging.put(tag, one), 403, 'DENIED', 'TAG_RESERVED');
      expectRefusal(await staging.remove(tag), 403, 'DENIED', 'TAG_RESERVED');
      expectRefusal(await staging.remove(named(two)), 403, 'DENIED', 'TAG_RESERVED');
      expect((await staging.remove(tag, { as: 'service' })).status).toBe(202);
    },
  );

  test('elsewhere is a tag like any other', async () => {
    expect((await plain.put('staging', one, { as: 'pusher' })).status).toBe(201);
  });

  test('is moved with break-glass, but under no older lane token of the service', async () => {
    const fence = { headers: { 'registry-action-fence': '5' } };
    await staging.put('staging', one, { as: 'service', ...fence });
    expect((await staging.put('staging', two, { breakGlass: 'service is down' })).status).toBe(201);
    const late = await staging.put('staging', one, { as: 'service', headers: { 'registry-action-fence': '4' } });
    expectRefusal(late, 412, 'TAG_FENCED', 'TAG_FENCED');
    expect(await staging.named('staging')).toBe(named(two));
  });

  test('is kept from the service by no lane token of a pusher', async () => {
    await staging.put('staging', two, { as: 'service' });
    const poison = { as: 'pusher', headers: { 'registry-action-fence': '9007199254740991' } } as const;
    expectRefusal(await staging.put('staging', two, poison), 403, 'DENIED', 'TAG_RESERVED');
  });
});

describe('break-glass', () => {
  test('is refused to who may not, whatever they ask for', async () => {
    await plain.put('3.0.0', one);
    for (const as of ['pusher', 'operator', 'service'] as const) {
      const reply = await plain.put('3.0.0', two, { as, breakGlass: 'please' });
      expect([reply.status, await plain.named('3.0.0')]).toEqual([409, named(one)]);
      expect((await plain.put('unbroken', one, { as, breakGlass: 'please' })).status).toBe(403);
    }
  });

  test.each([
    ['nothing', ''],
    ['blanks', '   '],
    ['201 characters', 'x'.repeat(201)],
    ['a tab', 'a\tb'],
    ['bytes that are no UTF-8', '\xff'],
  ])('for %s is refused, and changes nothing', async (_, reason) => {
    const reply = await plain.put('broken', one, { breakGlass: reason });
    expect([reply.status, reply.codes]).toEqual([400, ['BREAK_GLASS_INVALID']]);
    expect((await plain.remove('3.0.0', { breakGlass: reason })).codes).toEqual(['BREAK_GLASS_INVALID']);
    expect(await plain.named('broken')).toBeUndefined();
  });

  test('is told in an event of its own with the reason, and the tag keeps it', async () => {
    await plain.put('3.1.0', one);
    const before = registry.events.length;
    const reason = Buffer.from('für den Prüfer', 'utf8').toString('latin1');
    expect((await plain.put('3.1.0', two, { breakGlass: reason })).status).toBe(201);
    const told = registry.events.slice(before);
    expect(told.filter(({ kind }) => kind === 'glass-broken')).toEqual([
      {
        ...{ kind: 'glass-broken', repository: 'team/app', tag: '3.1.0', actor: 'admin-token' },
        ...{ reason: 'für den Prüfer', codes: ['TAG_IMMUTABLE'], from: named(one), to: named(two) },
      },
    ]);
    expect(told.find(({ kind }) => kind === 'tag-moved')).toMatchObject({
      tag: '3.1.0',
      move: { from: named(one), to: named(two) },
    });
    const moves = JSON.parse((await plain.ask('GET', '3.1.0', 'history')).text.replace(/Ã¼/g, 'ü')) as {
      moves: object[];
    };
    expect(moves.moves[0]).toMatchObject({ by: 'admin-token', reason: 'für den Prüfer', overrode: ['TAG_IMMUTABLE'] });
  });

  test('that overrides nothing is no such event', async () => {
    const before = registry.events.length;
    await plain.put('needless', one, { breakGlass: 'just in case' });
    expect(registry.events.slice(before).filter(({ kind }) => kind === 'glass-broken')).toEqual([]);
  });
});

describe('what points at an image that is written once', () => {
  const signature = manifestOf(mediaTypes.ociManifest, {
    ...{ artifactType: 'application/vnd.example.signature', config: config.descriptor, layers: [] },
    subject: one.descriptor,
  });

  test('is deleted by who may delete, and by no pusher', async () => {
    await plain.put('4.0.0', one);
    await registry.push('team/app', signature);
    expect((await plain.remove(named(signature), { as: 'pusher' })).status).toBe(403);
    expect((await plain.remove(named(signature), { as: 'service' })).status).toBe(403);
    const path = `/v2/team/app/referrers/${named(one)}`;
    const listed = async () => (jsonOf(await registry.call({ path })) as { manifests: unknown[] }).manifests.length;
    expect(await listed()).toBe(1);
    expect((await plain.remove(named(signature))).status).toBe(202);
    expect(await listed()).toBe(0);
  });
});
