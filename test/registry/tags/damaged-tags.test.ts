/** Tags whose records are damaged, over the wire: an error of the registry, and nobody's to take but by breaking glass. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { jsonOf, openRegistryUnderTest, type RegistryUnderTest, temporaryDirectory } from '../registry-under-test.ts';
import { config, imageNumber, reasonsIn, tagCalls } from './tag-calls.ts';

const [one, two] = [imageNumber(1), imageNumber(2)];
const named = (image: typeof one) => image.descriptor.digest;

let directory: string;
let registry: RegistryUnderTest;
const calls = tagCalls(() => registry, 'team/app');

beforeEach(async () => {
  directory = await temporaryDirectory();
  registry = await openRegistryUnderTest({ directory });
  await registry.push('team/app', config, one, two);
  await registry.tag('team/app', '1.0.0', one);
  await registry.tag('team/app', 'latest', one);
});

afterEach(async () => {
  await registry.close();
  await rm(directory, { recursive: true });
});

/** Writes over a record while the registry is stopped: what it remembers is sound. */
async function damage(records: '_tags' | '_fences', tag: string, text = ''): Promise<void> {
  await registry.close();
  await writeFile(join(directory, 'registry/repositories/team/app', records, tag), text);
  registry = await openRegistryUnderTest({ directory });
}

async function history(tag: string): Promise<Readonly<Record<string, unknown>>> {
  return jsonOf(await calls.ask('GET', tag, 'history')) as Readonly<Record<string, unknown>>;
}

describe('a tag whose record is damaged', () => {
  test.each(['', '{"digest":"sha256:', 'nonsense'])(
    '(%j) cannot be pulled, and is not said to be absent',
    async (text) => {
      await damage('_tags', '1.0.0', text);
      const pulled = await registry.call({ path: '/v2/team/app/manifests/1.0.0' });
      expect([pulled.status, pulled.codes]).toEqual([500, ['TAG_DAMAGED']]);
      expect(jsonOf(pulled)).toMatchObject({ errors: [{ message: expect.stringContaining('tags restore') }] });
      expect((await registry.call({ method: 'HEAD', path: '/v2/team/app/manifests/1.0.0' })).status).toBe(500);
      expect((await registry.call({ path: `/v2/team/app/manifests/${named(one)}` })).status).toBe(200);
      expect(jsonOf(await registry.call({ path: '/v2/team/app/tags/list' }))).toMatchObject({
        tags: ['1.0.0', 'latest'],
      });
      expect(registry.events).toContainEqual(expect.objectContaining({ kind: 'record-unreadable' }));
    },
  );

  test.each(['1.0.0', 'latest'])('(%s) is neither moved nor deleted, by whoever it is', async (tag) => {
    await damage('_tags', tag);
    for (const as of ['pusher', 'operator', 'service', 'admin'] as const) {
      const moved = await calls.put(tag, two, { as });
      expect([as, moved.status, moved.codes, reasonsIn(moved)[0]]).toEqual([as, 409, ['DENIED'], 'TAG_DAMAGED']);
    }
    const tagged = await registry.call({
      method: 'PUT',
      path: `/v2/team/app/manifests/${named(two)}?tag=new&tag=${tag}`,
      headers: { 'content-type': two.descriptor.mediaType },
      body: two.bytes,
    });
    expect([tagged.status, tagged.codes, reasonsIn(tagged)[0]]).toEqual([409, ['DENIED'], 'TAG_DAMAGED']);
    expect(await calls.named('new')).toBeUndefined();
    expect(reasonsIn(await calls.remove(tag))).toContain('TAG_DAMAGED');
    expect((await calls.ask('DELETE', tag, 'tag', {})).codes).toEqual(['TAG_DAMAGED']);
    expect((await calls.ask('POST', tag, 'restore', { to: named(one) })).codes).toEqual(['TAG_DAMAGED']);
    expect(reasonsIn(await calls.put(tag, one, { as: 'pusher', breakGlass: 'mine' }))).toContain('TAG_DAMAGED');
  });

  test('is restored by breaking glass, which its history and an event tell', async () => {
    await damage('_tags', '1.0.0');
    expect(await history('1.0.0')).toEqual({ repository: 'team/app', tag: '1.0.0', damaged: true, moves: [] });
    const dryRun = await calls.ask(
      'POST',
      '1.0.0',
      'restore',
      { to: named(one), dryRun: true },
      { breakGlass: 'bad disk' },
    );
    expect(jsonOf(dryRun)).toMatchObject({ changed: false, overrode: ['TAG_DAMAGED'] });
    const restored = await calls.ask('POST', '1.0.0', 'restore', { to: named(one) }, { breakGlass: 'bad disk' });
    expect(jsonOf(restored)).toMatchObject({ changed: true, to: named(one), overrode: ['TAG_DAMAGED'] });
    expect(await calls.named('1.0.0')).toBe(named(one));
    expect(await calls.moves('1.0.0')).toMatchObject([
      { to: named(one), reason: 'bad disk', overrode: ['TAG_DAMAGED'] },
    ]);
    const broken = expect.objectContaining({ kind: 'glass-broken', tag: '1.0.0', codes: ['TAG_DAMAGED'] });
    expect(registry.events).toContainEqual(broken);
    expect(reasonsIn(await calls.put('1.0.0', two))).toEqual(['TAG_IMMUTABLE']);
  });

  test('that is deleted by breaking glass leaves a version written once, and any other name free', async () => {
    await damage('_tags', '1.0.0');
    await damage('_tags', 'latest');
    for (const tag of ['1.0.0', 'latest'])
      expect((await calls.remove(tag, { breakGlass: 'bad disk' })).status).toBe(202);
    expect(jsonOf(await registry.call({ path: '/v2/team/app/tags/list' }))).toMatchObject({ tags: [] });
    expect((await registry.call({ path: '/v2/team/app/manifests/1.0.0' })).status).toBe(404);
    expect(reasonsIn(await calls.put('1.0.0', two))).toEqual(['TAG_IMMUTABLE']);
    expect((await calls.put('latest', two, { as: 'pusher' })).status).toBe(201);
  });

  test('keeps every manifest of its repository from being deleted, for it may name it', async () => {
    await damage('_tags', 'latest');
    const refused = await calls.remove(named(two));
    expect([refused.status, reasonsIn(refused)]).toEqual([409, ['TAG_DAMAGED']]);
    expect(refused.text).toContain('team/app:latest');
    await calls.ask('POST', 'latest', 'restore', { to: named(one) }, { breakGlass: 'bad disk' });
    expect((await calls.remove(named(two))).status).toBe(202);
  });

  test('keeps what it names when the disk gives back its record', async () => {
    await registry.tag('team/app', '2.0.0', two);
    const path = join(directory, 'registry/repositories/team/app/_tags/2.0.0');
    const record = await readFile(path);
    await damage('_tags', '2.0.0');
    expect(reasonsIn(await calls.remove(named(two)))).toEqual(['TAG_DAMAGED']);
    await writeFile(path, record);
    expect(reasonsIn(await calls.remove(named(two)))).toEqual(['TAG_IMMUTABLE']);
  });
});

describe('what is left of a removed tag', () => {
  test.each(['', '{}', '{"digest":"sha256:'])('and is damaged (%j) frees no name', async (text) => {
    await calls.remove('1.0.0', { breakGlass: 'has a secret' });
    await damage('_fences', '1.0.0', text);
    expect((await registry.call({ path: '/v2/team/app/manifests/1.0.0' })).status).toBe(404);
    expect((await calls.remove('1.0.0')).status).toBe(404);
    for (const as of ['pusher', 'service', 'admin'] as const) {
      expect(reasonsIn(await calls.put('1.0.0', two, { as }))).toContain('TAG_DAMAGED');
    }
    expect(await history('1.0.0')).toMatchObject({ damaged: true });
    expect((await calls.put('1.0.0', one, { breakGlass: 'it was this one' })).status).toBe(201);
  });
});
