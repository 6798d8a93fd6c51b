/** What a hostile neighbour, or a bad day, may do to the data directory. The rest of it: full-disk.test.ts and disk/. */
import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { openAccessFile } from '../../registry/access/access-file.ts';
import { contentOf, manifestOf } from '../oci/content.ts';
import { enterOwnMounts } from '../own-mounts.ts';
import { mustStartRegistry } from './registry-process.ts';
import {
  basic,
  blobOf,
  type Call,
  jsonOf,
  openRegistryUnderTest,
  send,
  temporaryDirectory,
} from './registry-under-test.ts';

const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
const image = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [] });
const nobody = { viewer: '', pusher: '', operator: '', admin: '' };

let directory: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('a link planted in the data directory', () => {
  beforeEach(async () => {
    const registry = await openRegistryUnderTest({ directory });
    await registry.push('team/app', config, image);
    await registry.close();
  });

  test.each(['before the start', 'after it was read'])(
    'in the place of content hands out no other file: %s',
    async (when) => {
      const outside = join(directory, 'outside');
      await writeFile(outside, '{}');
      const [, hex = ''] = config.descriptor.digest.split(':');
      const path = join(directory, 'registry', 'content', 'sha256', hex.slice(0, 2), hex);
      const plant = async () => {
        await rm(path);
        await symlink(outside, path);
      };
      if (when === 'before the start') await plant();
      const registry = await openRegistryUnderTest({ directory });
      const blob = `/v2/team/app/blobs/${config.descriptor.digest}`;
      if (when === 'after it was read') {
        expect((await registry.call({ path: blob })).status).toBe(200);
        await plant();
      }
      const reply = await registry.call({ path: blob });
      expect([reply.status, reply.codes]).toEqual([404, ['BLOB_UNKNOWN']]);
      expect((await registry.call({ method: 'HEAD', path: blob })).status).toBe(404);
      expect(registry.events).toContainEqual(expect.objectContaining({ kind: 'record-unreadable' }));
      await registry.push('team/app', config);
      expect((await registry.call({ path: blob })).text).toBe('{}');
      await registry.close();
    },
  );

  test('in the place of the temporary files has nothing removed behind it', async () => {
    const outside = join(directory, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'precious'), 'precious');
    const temporary = join(directory, 'registry', 'temporary');
    await rm(temporary, { recursive: true });
    await symlink(outside, temporary);
    const registry = await openRegistryUnderTest({ directory });
    expect(await readdir(outside)).toEqual(['precious']);
    await registry.push('team/app', blobOf('still works'));
    expect(await readdir(outside)).toEqual(['precious']);
    await registry.close();
  });

  test('that leads round in a circle is no repository, and keeps nobody from starting', async () => {
    await symlink(join(directory, 'registry', 'repositories'), join(directory, 'registry', 'repositories', 'round'));
    const registry = await openRegistryUnderTest({ directory });
    expect(jsonOf(await registry.call({ path: '/v2/_catalog' }))).toEqual({ repositories: ['team/app'] });
    await registry.close();
  });

  test('in the place of a manifest hands out nothing but the bytes of its digest', async () => {
    const [, hex = ''] = image.descriptor.digest.split(':');
    const path = join(directory, 'registry', 'repositories', 'team', 'app', '_manifests', 'sha256', hex);
    await rename(path, `${path}.moved`);
    await symlink('/etc/hostname', path);
    const registry = await openRegistryUnderTest({ directory });
    const reply = await registry.call({ path: `/v2/team/app/manifests/${image.descriptor.digest}` });
    expect([reply.status, reply.codes]).toEqual([404, ['MANIFEST_UNKNOWN']]);
    await registry.close();
  });
});

describe('a disk: no names left, read only', () => {
  async function startOn(options: string) {
    const access = await openAccessFile(join(directory, 'access.json'));
    const as = basic('x', (await access.createToken({ name: 'ci', role: 'admin' }, Date.now())).secret);
    await mkdir(join(directory, 'registry'));
    const prepare = `mount -t tmpfs -o ${options} none '${join(directory, 'registry')}'`;
    const registry = await mustStartRegistry({ directory, prepare });
    const call = (wanted: Call) => send(registry.port, nobody, { as, ...wanted });
    return { registry, call };
  }

  const push = ({ descriptor, bytes } = config): Call => ({
    method: 'POST',
    path: `/v2/team/app/blobs/uploads/?digest=${descriptor.digest}`,
    body: bytes,
  });

  test('without a name left it says that there is no space, and goes on when there is', async () => {
    const { registry, call } = await startOn('size=4m,nr_inodes=60');
    expect((await call(push())).status).toBe(201);
    const open: string[] = [];
    const beginOne = () => call({ method: 'POST', path: '/v2/team/app/blobs/uploads/' });
    for (let reply = await beginOne(); reply.status === 202; reply = await beginOne())
      open.push(reply.headers.location ?? '');
    expect((await beginOne()).status).toBe(507);
    expect((await call(push(blobOf('refused')))).status).toBe(507);
    expect((await call({ path: `/v2/team/app/blobs/${config.descriptor.digest}` })).text).toBe('{}');
    for (const path of open) expect((await call({ method: 'DELETE', path })).status).toBe(204);
    expect((await call(push(blobOf('refused')))).status).toBe(201);
    await registry.stop();
  });

  test('that became read only is read, takes nothing, and is written again when it can be', async () => {
    const { registry, call } = await startOn('size=4m');
    const remount = (how: string) =>
      enterOwnMounts(registry.child.pid ?? 0, ['mount', '-o', `remount,${how}`, join(directory, 'registry')]);
    expect((await call(push())).status).toBe(201);
    await remount('ro');
    const headers = { 'content-type': image.descriptor.mediaType };
    const tag: Call = { method: 'PUT', path: '/v2/team/app/manifests/latest', headers, body: image.bytes };
    const refused = [await call(push(blobOf('refused'))), await call(tag)];
    expect(refused.map(({ status, codes }) => [status, codes])).toEqual([
      [503, ['UNKNOWN']],
      [503, ['UNKNOWN']],
    ]);
    for (const { text } of refused) {
      expect(text).toContain('read-only');
      expect(text).not.toContain(directory);
    }
    const readiness = await call({ path: '/readyz' });
    expect([readiness.status, jsonOf(readiness)]).toMatchObject([503, { ok: false }]);
    expect(readiness.text).toContain('EROFS');
    expect(registry.stderr()).toContain('EROFS');
    expect((await call({ path: `/v2/team/app/blobs/${config.descriptor.digest}` })).text).toBe('{}');
    expect((await call({ path: tag.path })).status).toBe(404);
    await remount('rw');
    expect((await call(tag)).status).toBe(201);
    await registry.stop();
  });
});

describe('a clock that goes backwards', () => {
  test('brings back no password and no token, and takes none away', async () => {
    let now = 1_800_000_000_000;
    const access = await openAccessFile(join(directory, 'access.json'), { now: () => now });
    await access.createUser({ name: 'ada', password: 'correct horse', role: 'viewer' });
    const { secret } = await access.createToken({ name: 'ci', role: 'viewer', expiresAt: now + 1_000 }, now);
    expect(await access.authenticate('ada', 'correct horse')).toBeDefined();
    now -= 86_400_000;
    expect(await access.authenticate('ada', 'correct horse')).toBeDefined();
    expect(await access.authenticate('ada', 'wrong horse!')).toBeUndefined();
    expect(await access.authenticate('x', secret)).toBeDefined();
    await access.removeUser('ada');
    expect(await access.authenticate('ada', 'correct horse')).toBeUndefined();
    now += 2 * 86_400_000;
    expect(await access.authenticate('x', secret)).toBeUndefined();
  });
});
