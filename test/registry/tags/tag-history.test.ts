/** The history of tags over the wire, bringing back what a tag named, and removing one with a reason. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsonOf, openRegistryUnderTest, type RegistryUnderTest, temporaryDirectory } from '../registry-under-test.ts';
import { config, imageNumber, tagCalls } from './tag-calls.ts';

const [one, two, three] = [imageNumber(1), imageNumber(2), imageNumber(3)];
const named = (image: typeof one) => image.descriptor.digest;

let directory: string;
let registry: RegistryUnderTest;
let now = Date.parse('2026-01-01T00:00:00Z');
const opened = () => registry;
const calls = tagCalls(opened, 'team/app');

async function open(): Promise<void> {
  registry = await openRegistryUnderTest({ directory, now: () => now });
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  await open();
  for (const repository of ['team/app', 'staging/web', 'a/history']) {
    await registry.push(repository, config, one, two, three);
  }
});

afterAll(async () => {
  await registry.close();
  await rm(directory, { recursive: true });
});

describe('a history', () => {
  test('tells who moved the tag, when, from where to where, and is there after a restart', async () => {
    await calls.put('told', one, { as: 'pusher' });
    now += 1_000;
    await calls.put('told', two);
    now += 1_000;
    await calls.remove('told');
    await registry.close();
    await open();
    expect(await calls.moves('told')).toEqual([
      { number: 1, at: '2026-01-01T00:00:00.000Z', to: named(one), by: 'pusher-token', how: 'push' },
      { number: 2, at: '2026-01-01T00:00:01.000Z', from: named(one), to: named(two), by: 'admin-token', how: 'push' },
      { number: 3, at: '2026-01-01T00:00:02.000Z', from: named(two), by: 'admin-token', how: 'delete' },
    ]);
  });

  test('has the lane token and the command of a promotion, which nobody else can claim', async () => {
    const staging = tagCalls(opened, 'staging/web');
    const headers = { 'registry-action-fence': '7', 'registry-action-command': 'command-1' };
    await staging.put('staging', one, { as: 'service', headers });
    await staging.put('claimed', one, { as: 'pusher', headers });
    expect(await staging.moves('staging')).toMatchObject([
      { how: 'promotion', fence: 7, command: 'command-1', by: 'service-token' },
    ]);
    const [claimed] = await staging.moves('claimed');
    expect([claimed?.['how'], claimed?.['command']]).toEqual(['push', undefined]);
  });

  test('tells what deleted a manifest', async () => {
    const gone = imageNumber(9);
    await calls.put('with-manifest', gone);
    await calls.remove(named(gone));
    expect((await calls.moves('with-manifest')).at(-1)).toMatchObject({ from: named(gone), how: 'manifest-delete' });
  });

  test('comes in pages that hold still while the tag moves', async () => {
    for (let n = 0; n < 7; n += 1) await calls.put('paged', n % 2 === 0 ? one : two);
    const page = async (query: string) => {
      return jsonOf(await registry.call({ path: `/admin/v1/tags/team/app/paged/history?${query}` })) as {
        moves: { number: number }[];
        next?: number;
      };
    };
    const first = await page('n=3');
    expect([first.moves.map(({ number }) => number), first.next]).toEqual([[7, 6, 5], 5]);
    await calls.put('paged', three);
    const second = await page('n=3&before=5');
    expect([second.moves.map(({ number }) => number), second.next]).toEqual([[4, 3, 2], 2]);
    const last = await page('n=3&before=2');
    expect([last.moves.map(({ number }) => number), last.next]).toEqual([[1], undefined]);
  });

  test.each(['n=0', 'n=x', 'n=', 'before=0', 'before=1e3', 'before=-1'])('with %s is refused', async (query) => {
    const reply = await registry.call({ path: `/admin/v1/tags/team/app/paged/history?${query}` });
    expect([reply.status, reply.codes]).toEqual([422, ['REQUEST_INVALID']]);
  });

  test('is found whatever words the names are made of', async () => {
    const odd = tagCalls(opened, 'a/history');
    await odd.put('history', one);
    expect((await odd.moves('history')).length).toBe(1);
    expect((await tagCalls(opened, 'a').ask('GET', 'history', 'history')).status).toBe(404);
  });

  test.each([
    'team/app/never/history',
    'team/nobody/told/history',
    'told/history',
    'team/app/told/other',
    'team/app/told/',
    'TEAM/app/told/history',
  ])('at %s is none', async (rest) => {
    const reply = await registry.call({ path: `/admin/v1/tags/${rest}` });
    expect([reply.status, reply.codes]).toEqual([404, ['MANIFEST_UNKNOWN']]);
  });

  test('is for who may pull', async () => {
    expect((await calls.ask('GET', 'told', 'history', undefined, { as: 'viewer' })).status).toBe(200);
    expect((await calls.ask('GET', 'told', 'history', undefined, { as: 'member' })).status).toBe(403);
    expect((await calls.ask('GET', 'told', 'history', undefined, { as: 'nobody' })).status).toBe(401);
  });
});

describe('a tag that is brought back', () => {
  test('names what it named, and its history says why', async () => {
    await calls.put('back', one);
    await calls.put('back', two);
    const reply = await calls.ask(
      'POST',
      'back',
      'restore',
      { to: named(one), expect: named(two), reason: 'it broke' },
      { as: 'pusher' },
    );
    expect(jsonOf(reply)).toMatchObject({ changed: true, number: 3, from: named(two), to: named(one), overrode: [] });
    expect(await calls.named('back')).toBe(named(one));
    expect((await calls.moves('back')).at(-1)).toMatchObject({
      how: 'restore',
      reason: 'it broke',
      by: 'pusher-token',
    });
  });

  test('changes nothing when it names that already', async () => {
    await calls.put('same', one);
    expect(jsonOf(await calls.ask('POST', 'same', 'restore', { to: named(one) }))).toMatchObject({ changed: false });
    expect((await calls.moves('same')).length).toBe(1);
  });

  test('comes back after it was deleted', async () => {
    await calls.put('undone', one);
    await calls.remove('undone');
    expect((await calls.ask('POST', 'undone', 'restore', { to: named(one) })).status).toBe(200);
    expect(await calls.named('undone')).toBe(named(one));
  });

  test('is not brought back over what somebody else has just done', async () => {
    await calls.put('raced', one);
    await calls.put('raced', two);
    const reply = await calls.ask('POST', 'raced', 'restore', { to: named(one), expect: named(three) });
    expect([reply.status, reply.codes]).toEqual([409, ['TAG_UNEXPECTED']]);
    expect(await calls.named('raced')).toBe(named(two));
  });

  test('obeys the rules, and break-glass overrides them', async () => {
    await calls.put('1.0.0', one);
    const refused = await calls.ask('POST', '1.0.0', 'restore', { to: named(two) });
    expect([refused.status, refused.codes]).toEqual([409, ['TAG_IMMUTABLE']]);
    const reply = await calls.ask('POST', '1.0.0', 'restore', { to: named(two) }, { breakGlass: 'wrong build' });
    expect(jsonOf(reply)).toMatchObject({ changed: true, overrode: ['TAG_IMMUTABLE'] });
    expect((await calls.ask('POST', 'back', 'restore', { to: named(two) }, { as: 'viewer' })).status).toBe(403);
  });

  test('is left alone by a dry run, which says what would be refused', async () => {
    await calls.put('dry', one);
    await calls.put('dry', two);
    expect(jsonOf(await calls.ask('POST', 'dry', 'restore', { to: named(one), dryRun: true }))).toMatchObject({
      ...{ changed: false, from: named(two), to: named(one) },
    });
    expect(await calls.named('dry')).toBe(named(two));
    expect((await calls.ask('POST', '1.0.0', 'restore', { to: named(three), dryRun: true })).status).toBe(409);
  });

  test('needs what it named to be there', async () => {
    const gone = imageNumber(10);
    await calls.put('lost', gone);
    await calls.put('lost', one);
    await calls.remove(named(gone));
    const reply = await calls.ask('POST', 'lost', 'restore', { to: named(gone) });
    expect([reply.status, reply.codes]).toEqual([404, ['MANIFEST_UNKNOWN']]);
  });

  test.each([
    {},
    { to: 'latest' },
    { to: 7 },
    { to: named(one), reason: '' },
    { to: named(one), reason: 'a\nb' },
    { to: named(one), dryRun: 'yes' },
    { to: named(one), expect: 1 },
  ])('is asked for in words that are understood, not by %j', async (body) => {
    const reply = await calls.ask('POST', 'back', 'restore', body);
    expect([reply.status, reply.codes]).toEqual([422, ['REQUEST_INVALID']]);
  });
});

describe('a tag that is removed', () => {
  test('leaves its history with the reason', async () => {
    await calls.put('dropped', one);
    const reply = await calls.ask('DELETE', 'dropped', 'tag', { reason: 'nobody uses it', expect: named(one) });
    expect(jsonOf(reply)).toMatchObject({ changed: true, number: 2, from: named(one) });
    expect((await calls.moves('dropped')).at(-1)).toMatchObject({ how: 'delete', reason: 'nobody uses it' });
    expect((await calls.ask('DELETE', 'dropped', 'tag')).status).toBe(404);
  });

  test('is removed by who may delete', async () => {
    await calls.put('kept', one);
    expect((await calls.ask('DELETE', 'kept', 'tag', {}, { as: 'pusher' })).status).toBe(403);
    expect(await calls.named('kept')).toBe(named(one));
  });
});
