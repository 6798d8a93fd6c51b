/** kill -9 of the process in the middle of pushes: what was acknowledged is there, and nothing is half there. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openAccessFile } from '../../registry/access/access-file.ts';
import { type Content, imageOf, layerOf } from '../oci/content.ts';
import { openRawConnection } from './raw-connection.ts';
import { mustStartRegistry, type RegistryProcess } from './registry-process.ts';
import { basic, blobOf, type Call, type Caller, type Reply, send, temporaryDirectory } from './registry-under-test.ts';

const nobody = { viewer: '', pusher: '', operator: '', admin: '' };

let directory: string;
let registry: RegistryProcess;
let as: Exclude<Caller, string>;

beforeEach(async () => {
  directory = await temporaryDirectory();
  const access = await openAccessFile(join(directory, 'access.json'));
  as = basic('x', (await access.createToken({ name: 'ci', role: 'admin' }, Date.now())).secret);
  registry = await mustStartRegistry({ directory });
});

afterEach(async () => {
  await registry.kill();
  await rm(directory, { recursive: true });
});

function call(wanted: Call): Promise<Reply> {
  return send(registry.port, nobody, { as, ...wanted });
}

async function crash(): Promise<void> {
  await registry.kill();
  registry = await mustStartRegistry({ directory });
}

function put(tag: string, { descriptor, bytes }: Content): Promise<Reply> {
  return call({
    method: 'PUT',
    path: `/v2/team/app/manifests/${tag}`,
    headers: { 'content-type': descriptor.mediaType },
    body: bytes,
  });
}

function pushBlob({ descriptor, bytes }: Content): Promise<Reply> {
  return call({ method: 'POST', path: `/v2/team/app/blobs/uploads/?digest=${descriptor.digest}`, body: bytes });
}

describe('after kill -9', () => {
  test('a blob that was arriving is nowhere', async () => {
    const { headers } = await call({ method: 'POST', path: '/v2/team/app/blobs/uploads/' });
    const location = headers.location ?? '';
    const connection = openRawConnection(registry.port);
    const length = `Authorization: ${as.authorization}\r\nContent-Length: 1000\r\n`;
    connection.write(`PATCH ${location} HTTP/1.1\r\nHost: x\r\n${length}\r\nhalf`);
    await expect.poll(async () => (await call({ path: location })).headers.range).toBe('0-3');
    expect(await readdir(join(directory, 'registry', 'temporary'))).toHaveLength(1);
    await crash();
    expect(await readdir(join(directory, 'registry', 'temporary'))).toEqual([]);
    expect((await call({ path: location })).codes).toEqual(['BLOB_UPLOAD_UNKNOWN']);
    expect((await call({ path: `/v2/team/app/blobs/${blobOf('half').descriptor.digest}` })).status).toBe(404);
    connection.socket.destroy();
  });

  test('everything acknowledged is there, and every tag is complete', async () => {
    const acknowledged = new Map<string, string>();
    for (let round = 0; round < 4; round += 1) {
      const crashed = pushUntilCrash(round, acknowledged);
      await expect.poll(() => acknowledged.size, { timeout: 20_000 }).toBeGreaterThan(round * 4 + 3);
      await crash();
      await crashed;
      await expectComplete(acknowledged);
    }
  });

  test('a tag that was being moved or removed is as before or as wanted, and its history tells which', async () => {
    const images = [0, 1, 2].map((n) => imageOf(`image ${n}`, []));
    for (const { config } of images) await pushBlob(config);
    const tags = ['one', 'two', 'three'].map(
      (name): MovingTag => ({ name, now: undefined, wanted: undefined, moves: 0 }),
    );
    for (let round = 1; round <= 3; round += 1) {
      const crashed = tags.map((tag) =>
        moveUntilCrash(
          tag,
          images.map(({ manifest }) => manifest),
        ),
      );
      await expect
        .poll(() => Math.min(...tags.map(({ moves }) => moves)), { timeout: 20_000 })
        .toBeGreaterThan(round * 5);
      await crash();
      await Promise.all(crashed);
      for (const tag of tags) await expectSettled(tag);
    }
  });
});

interface MovingTag {
  readonly name: string;
  /** What it names by the last answer, and by the request that was not answered. */
  now: string | undefined;
  wanted: string | undefined;
  moves: number;
}

/** Moves the tag from image to image, and removes it each third time, until nobody answers. */
async function moveUntilCrash(tag: MovingTag, images: readonly Content[]): Promise<void> {
  const { port } = registry;
  while (registry.port === port) {
    const image = tag.moves % 3 === 2 ? undefined : images[tag.moves % images.length];
    tag.wanted = image?.descriptor.digest;
    try {
      const path = `/v2/team/app/manifests/${tag.name}`;
      const reply = await (image === undefined ? call({ method: 'DELETE', path }) : put(tag.name, image));
      expect(reply.status).toBe(image === undefined ? 202 : 201);
    } catch {
      return;
    }
    tag.now = tag.wanted;
    tag.moves += 1;
  }
}

async function expectSettled(tag: MovingTag): Promise<void> {
  const { headers } = await call({ method: 'HEAD', path: `/v2/team/app/manifests/${tag.name}` });
  const named = headers['docker-content-digest'];
  expect([tag.now, tag.wanted]).toContain(named);
  const { text } = await call({ path: `/admin/v1/tags/team/app/${tag.name}/history` });
  const { moves } = JSON.parse(text) as { moves: { number: number; from?: string; to?: string }[] };
  expect(moves[0]?.to).toBe(named);
  for (const [at, { number, from }] of moves.slice(0, -1).entries()) {
    expect([moves[at + 1]?.number, moves[at + 1]?.to]).toEqual([number - 1, from]);
  }
  // A removal that came through is not asked for again.
  tag.now = typeof named === 'string' ? named : undefined;
  tag.moves = moves[0]?.number ?? 0;
}

/** Pushes images under tags until nobody answers, and notes each tag whose push was answered. */
async function pushUntilCrash(round: number, acknowledged: Map<string, string>): Promise<void> {
  const { port } = registry;
  for (let at = 0; registry.port === port; at += 1) {
    const tag = `r${round}-${at}`;
    const layer = layerOf(`layer of ${tag}`);
    const { manifest, config } = imageOf(tag, [layer.descriptor]);
    try {
      await Promise.all([pushBlob(layer), pushBlob(config)]);
      if ((await put(tag, manifest)).status === 201) acknowledged.set(tag, manifest.descriptor.digest);
    } catch {
      return;
    }
  }
}

async function expectComplete(acknowledged: ReadonlyMap<string, string>): Promise<void> {
  const { tags } = JSON.parse((await call({ path: '/v2/team/app/tags/list' })).text) as { tags: string[] };
  expect(tags).toEqual(expect.arrayContaining([...acknowledged.keys()]));
  for (const tag of tags) {
    const reply = await call({ path: `/v2/team/app/manifests/${tag}` });
    expect([tag, reply.status]).toEqual([tag, 200]);
    if (acknowledged.has(tag)) expect(reply.headers['docker-content-digest']).toBe(acknowledged.get(tag));
    const { config, layers } = JSON.parse(reply.text) as { config: { digest: string }; layers: { digest: string }[] };
    for (const { digest } of [config, ...layers]) {
      expect((await call({ path: `/v2/team/app/blobs/${digest}` })).status).toBe(200);
    }
  }
}
