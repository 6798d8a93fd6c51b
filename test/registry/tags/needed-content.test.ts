/** Deleting what a tag needs: who may not delete the tag may not take its image apart either. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { diskLayout } from '../../../registry/disk/disk-layout.ts';
import { breakGlassHeader } from '../../../registry/tags/break-glass.ts';
import { type Content, imageOf, indexOf, layerOf } from '../../oci/content.ts';
import {
  jsonOf,
  openRegistryUnderTest,
  type RegistryUnderTest,
  type Reply,
  temporaryDirectory,
} from '../registry-under-test.ts';
import { type CallOptions, tagCalls } from './tag-calls.ts';

let directory: string;
let registry: RegistryUnderTest;

beforeAll(async () => {
  directory = await temporaryDirectory();
  registry = await openRegistryUnderTest({ directory });
});

afterAll(async () => {
  await registry.close();
  await rm(directory, { recursive: true });
});

/** An index of an index of an image, all of it its own. */
interface Nested {
  readonly layer: Content;
  readonly config: Content;
  readonly manifest: Content;
  readonly inner: Content;
  readonly outer: Content;
}

async function pushNested(repository: string, text: string): Promise<Nested> {
  const layer = layerOf(`layer of ${text}`);
  const { manifest, config } = imageOf(JSON.stringify({ text }), [layer.descriptor]);
  const inner = indexOf([manifest.descriptor]);
  const outer = indexOf([inner.descriptor]);
  await registry.push(repository, layer, config, manifest, inner, outer);
  return { layer, config, manifest, inner, outer };
}

const calls = (repository: string) => tagCalls(() => registry, repository);

function blobPath(repository: string, { descriptor }: Content): string {
  return `/v2/${repository}/blobs/${descriptor.digest}`;
}

function manifestPath(repository: string, { descriptor }: Content): string {
  return `/v2/${repository}/manifests/${descriptor.digest}`;
}

function remove(path: string, { breakGlass, as }: CallOptions = {}): Promise<Reply> {
  const headers = breakGlass === undefined ? {} : { [breakGlassHeader]: breakGlass };
  return registry.call({ method: 'DELETE', path, headers, ...(as === undefined ? {} : { as }) });
}

function piecesOf(repository: string, { layer, config, manifest, inner }: Nested): readonly string[] {
  return [
    ...[layer, config].map((blob) => blobPath(repository, blob)),
    ...[manifest, inner].map((one) => manifestPath(repository, one)),
  ];
}

interface Refused {
  readonly message: string;
  readonly detail: { tag: string; needs?: string; reasons: { code: string; message: string; wayOut: string }[] };
}

function refusedIn(reply: Reply): Refused {
  const { errors } = jsonOf(reply) as { errors: [Refused] };
  return errors[0];
}

describe('content that a tag needs', () => {
  test.each([
    ['a version', 'team/app', '1.0.0', 409, 'DENIED', 'TAG_IMMUTABLE'],
    ['an environment', 'staging/web', 'staging', 403, 'DENIED', 'TAG_RESERVED'],
    ['a history', 'staging/web', 'staging-r000001-0123456789ab', 403, 'DENIED', 'TAG_RESERVED'],
  ])('is deleted by nobody who may not delete the tag: %s', async (_, repository, tag, status, code, reason) => {
    const nested = await pushNested(repository, tag);
    await calls(repository).put(tag, nested.outer, { as: 'service' });
    for (const path of piecesOf(repository, nested)) {
      const reply = await remove(path);
      const { message, detail } = refusedIn(reply);
      expect([path, reply.status, reply.codes]).toEqual([path, status, [code]]);
      expect(detail).toMatchObject({ tag, needs: path.split('/').at(-1), reasons: [{ code: reason }] });
      expect(message).toContain(`${repository}:${tag}`);
      expect(detail.reasons[0]?.wayOut).toContain('break glass');
      expect((await registry.call({ path })).status).toBe(200);
    }
    expect(await calls(repository).named(tag)).toBe(nested.outer.descriptor.digest);
  });

  test('goes when the tag may go, or is gone, or never was', async () => {
    for (const tag of ['latest', undefined]) {
      const nested = await pushNested('team/loose', `loose ${tag}`);
      if (tag !== undefined) await calls('team/loose').put(tag, nested.outer);
      for (const path of piecesOf('team/loose', nested))
        expect([path, (await remove(path)).status]).toEqual([path, 202]);
    }
    const nested = await pushNested('team/loose', 'released');
    await calls('team/loose').put('1.0.0', nested.outer);
    expect((await remove(blobPath('team/loose', nested.layer))).status).toBe(409);
    await calls('team/loose').remove('1.0.0', { breakGlass: 'never used' });
    expect((await remove(blobPath('team/loose', nested.layer))).status).toBe(202);
  });

  test('is another repository’s business there alone', async () => {
    const nested = await pushNested('team/one', 'shared');
    await pushNested('team/two', 'shared');
    await calls('team/one').put('1.0.0', nested.outer);
    expect((await remove(blobPath('team/two', nested.layer))).status).toBe(202);
    expect((await remove(blobPath('team/one', nested.layer))).status).toBe(409);
  });

  test('is found through whatever was pushed since the last deletion', async () => {
    const [first, second] = [await pushNested('team/later', 'first'), await pushNested('team/later', 'second')];
    expect((await remove(blobPath('team/later', first.layer))).status).toBe(202);
    const late = imageOf('{"late":true}', [second.layer.descriptor]);
    await registry.push('team/later', late.config, late.manifest);
    await calls('team/later').put('2.0.0', late.manifest);
    expect((await remove(blobPath('team/later', second.layer))).status).toBe(409);
    expect((await remove(manifestPath('team/later', second.manifest))).status).toBe(202);
    expect((await remove(blobPath('team/later', second.layer))).status).toBe(409);
  });

  test('is refused with the reasons of many tags, and no more than can be read', async () => {
    const nested = await pushNested('team/many', 'many');
    for (let n = 0; n < 25; n += 1) await calls('team/many').put(`1.0.${n}`, nested.outer);
    const { detail } = refusedIn(await remove(blobPath('team/many', nested.layer)));
    expect(new Set(detail.reasons.map(({ message }) => message)).size).toBe(20);
  });

  test('that is needed by no tag is not refused for want of break-glass rights', async () => {
    const nested = await pushNested('team/free', 'free');
    expect((await remove(blobPath('team/free', nested.layer), { as: 'pusher' })).status).toBe(403);
    const reply = await remove(blobPath('team/free', nested.layer), { breakGlass: 'x'.repeat(201) });
    expect([reply.status, reply.codes]).toEqual([400, ['BREAK_GLASS_INVALID']]);
    expect((await remove(blobPath('team/free', nested.layer), { breakGlass: 'just in case' })).status).toBe(202);
  });
});

describe('by break-glass', () => {
  test.each(['layer', 'manifest'] as const)(
    'a %s goes, the tag stays, and its history and an event tell of it',
    async (piece) => {
      const repository = `team/broken-${piece}`;
      const nested = await pushNested(repository, piece);
      const { put, named, moves } = calls(repository);
      for (const tag of ['1.0.0', '1.1.0', 'latest']) await put(tag, nested.outer);
      const lost = nested[piece].descriptor.digest;
      const path = piece === 'layer' ? blobPath(repository, nested.layer) : manifestPath(repository, nested.manifest);
      const before = registry.events.length;
      expect((await remove(path, { breakGlass: 'has a secret', as: 'admin' })).status).toBe(202);
      expect((await registry.call({ path })).status).toBe(404);
      const digest = nested.outer.descriptor.digest;
      for (const tag of ['1.0.0', '1.1.0']) {
        expect(await named(tag)).toBe(digest);
        expect((await moves(tag)).at(-1)).toMatchObject({
          ...{ number: 2, from: digest, to: digest, lost, how: 'content-delete', by: 'admin-token' },
          ...{ reason: 'has a secret', overrode: ['TAG_IMMUTABLE'] },
        });
      }
      expect(await moves('latest')).toHaveLength(1);
      const told = registry.events.slice(before);
      expect(told.filter(({ kind }) => kind === 'glass-broken')).toEqual(
        ['1.0.0', '1.1.0'].map((tag) => ({
          ...{ kind: 'glass-broken', repository, tag, actor: 'admin-token', codes: ['TAG_IMMUTABLE'] },
          ...{ from: digest, to: digest, lost, reason: 'has a secret' },
        })),
      );
      expect(told.filter(({ kind }) => kind === 'tag-moved' || kind === 'tag-deleted')).toEqual([]);
      expect(told.filter(({ kind }) => kind === `${piece === 'layer' ? 'blob' : 'manifest'}-deleted`)).toHaveLength(1);
    },
  );

  test('is refused to who may not, and changes nothing', async () => {
    const nested = await pushNested('staging/glass', 'glass');
    await calls('staging/glass').put('1.0.0', nested.outer);
    for (const as of ['pusher', 'operator', 'service'] as const) {
      expect((await remove(blobPath('staging/glass', nested.layer), { as, breakGlass: 'please' })).status).toBe(403);
    }
    expect((await registry.call({ path: blobPath('staging/glass', nested.layer) })).status).toBe(200);
    expect(await calls('staging/glass').moves('1.0.0')).toHaveLength(1);
  });
});

describe('where a manifest cannot be read', () => {
  const layout = () => diskLayout(join(directory, 'registry'));

  /** Damages the image’s manifest on disk, as a process that starts afterwards finds it. */
  async function damage(repository: string, { descriptor }: Content): Promise<void> {
    await registry.close();
    await writeFile(layout().manifest(parseRepositoryName(repository), descriptor.digest), 'damage');
    registry = await openRegistryUnderTest({ directory });
  }

  test('nobody can tell what its tags need, so nothing goes that a version may need', async () => {
    const [damaged, other] = [await pushNested('team/damaged', 'damaged'), await pushNested('team/damaged', 'other')];
    const { put, moves } = calls('team/damaged');
    await put('1.0.0', damaged.outer);
    await put('latest', other.outer);
    await damage('team/damaged', damaged.inner);
    const path = blobPath('team/damaged', other.layer);
    const reply = await remove(path);
    expect([reply.status, reply.codes]).toEqual([409, ['DENIED']]);
    const [reason] = refusedIn(reply).detail.reasons;
    expect([reason?.code, reason?.message]).toEqual([
      'MANIFEST_UNREADABLE',
      expect.stringContaining(damaged.inner.descriptor.digest),
    ]);
    expect((await remove(path, { breakGlass: 'it is not in there' })).status).toBe(202);
    expect((await moves('1.0.0')).at(-1)).toMatchObject({ lost: other.layer.descriptor.digest });
  });

  test('and only tags that anybody may delete lead to it, things go on', async () => {
    const [damaged, other] = [await pushNested('team/lax', 'damaged'), await pushNested('team/lax', 'other')];
    await calls('team/lax').put('latest', damaged.outer);
    await calls('team/lax').put('1.0.0', other.outer);
    await damage('team/lax', damaged.outer);
    expect((await remove(blobPath('team/lax', damaged.layer))).status).toBe(202);
    expect((await remove(blobPath('team/lax', other.layer))).status).toBe(409);
  });

  test('a push of it again lets things go on', async () => {
    const [damaged, other] = [await pushNested('team/healed', 'damaged'), await pushNested('team/healed', 'other')];
    await calls('team/healed').put('1.0.0', damaged.outer);
    await damage('team/healed', damaged.manifest);
    expect((await remove(blobPath('team/healed', other.layer))).status).toBe(409);
    await registry.push('team/healed', damaged.manifest);
    expect((await remove(blobPath('team/healed', other.layer))).status).toBe(202);
    expect((await remove(blobPath('team/healed', damaged.layer))).status).toBe(409);
  });

  test.each([
    ['scrubbed away before the first deletion', true],
    ['scrubbed away after it', false],
  ] as const)('because it was %s, nobody can tell either', async (_, before) => {
    const repository = `team/scrubbed-${before}`;
    const [damaged, other] = [await pushNested(repository, 'damaged'), await pushNested(repository, 'other')];
    await calls(repository).put('1.0.0', damaged.outer);
    if (!before) expect((await remove(blobPath(repository, other.config))).status).toBe(202);
    const path = layout().manifest(parseRepositoryName(repository), damaged.manifest.descriptor.digest);
    await writeFile(path, 'damage');
    const scrubs = () => registry.events.filter(({ kind }) => kind === 'scrubbed').length;
    const scrubbed = scrubs();
    await registry.call({ method: 'POST', path: '/admin/v1/scrubs', body: '{}' });
    await expect.poll(scrubs, { timeout: 20_000 }).toBeGreaterThan(scrubbed);
    expect((await registry.call({ path: manifestPath(repository, damaged.manifest) })).status).toBe(404);
    const { detail } = refusedIn(await remove(blobPath(repository, other.layer)));
    expect(detail.reasons.map(({ code }) => code)).toEqual(['MANIFEST_UNREADABLE', 'TAG_IMMUTABLE']);
  });

  test('because its file is gone, the tag that names it is asked', async () => {
    const [lost, other] = [await pushNested('team/lost', 'lost'), await pushNested('team/lost', 'other')];
    await calls('team/lost').put('1.0.0', lost.outer);
    await registry.close();
    await rm(layout().manifest(parseRepositoryName('team/lost'), lost.outer.descriptor.digest));
    registry = await openRegistryUnderTest({ directory });
    expect((await remove(blobPath('team/lost', other.layer))).status).toBe(409);
  });
});
