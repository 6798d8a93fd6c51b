/**
 * What a hostile registry may try on a client, second part: to have it fetch, keep, trust or repeat what it should not.
 * One group for each line of the checklist, in its order.
 */
import { readFileSync } from 'node:fs';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Credentials } from '../../../oci/client/sign-in/credentials.ts';
import { dockerConfigCredentials } from '../../../oci/client/sign-in/docker-config.ts';
import { copy } from '../../../oci/copy/copy.ts';
import { copyGraph } from '../../../oci/copy/copy-graph.ts';
import { graphDepthMax, graphNodesMax } from '../../../oci/copy/graph-walk.ts';
import { proveGraph } from '../../../oci/copy/prove-graph.ts';
import type { Descriptor } from '../../../oci/spec/descriptor.ts';
import { manifestSizeBytesMax } from '../../../oci/spec/manifest.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { openMemoryStore } from '../../../oci/store/memory.ts';
import { isCode, listFiles, readText } from '../../repository-files.ts';
import { type Content, contentOf, imageOf, indexOf, layerOf, pushAll } from '../content.ts';
import { closeWorlds, openTrap, openWorld, type Reply, type World } from './attack-world.ts';
import { app, errorOf, openTestClient, textOf } from './fixture.ts';
import { listen } from './transcript.ts';

afterAll(closeWorlds);

const registry = 'https://registry.test';
const tag = parseTag('1.2.3');
const layer = layerOf('a layer');

function pathOf({ descriptor }: Content): string {
  const kind =
    descriptor.mediaType.includes('manifest') || descriptor.mediaType.includes('index') ? 'manifests' : 'blobs';
  return `${registry}/v2/team/app/${kind}/${descriptor.digest}`;
}

function served({ descriptor, bytes }: Content): Reply {
  return { headers: { 'content-type': descriptor.mediaType, 'docker-content-digest': descriptor.digest }, body: bytes };
}

/** Replies to GET and HEAD for all of them. */
function repliesOf(...contents: readonly Content[]): Record<string, Reply> {
  const entries = contents.flatMap((content) => [
    [`GET ${pathOf(content)}`, served(content)],
    [`HEAD ${pathOf(content)}`, served(content)],
  ]);
  return Object.fromEntries(entries);
}

async function openRepository(replies: Readonly<Record<string, Reply | readonly Reply[]>>) {
  const world = await openWorld(replies);
  return { world, repository: world.open({ url: registry }).repository(app) };
}

/** A registry that answers everything with a body that has no end; `sentBytes` is how much of it was taken. */
async function openEndless(status = 200): Promise<{ readonly url: string; sentBytes(): number }> {
  let sent = 0;
  const chunk = Buffer.alloc(64 * 1024, ' ');
  const pour = (response: ServerResponse) => {
    if (response.destroyed) return;
    response.write(chunk, (error) => {
      if (error) return;
      sent += chunk.length;
      setImmediate(pour, response);
    });
  };
  const server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': mediaTypes.ociManifest });
    pour(response);
  });
  const { port } = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${port}`, sentBytes: () => sent };
}

/** What the system buffers on the way to somebody who has stopped reading, and then some. */
const slackBytes = 12 * 1024 * 1024;

describe('a layer with urls of its own', () => {
  const elsewhere = ['https://evil.test/layer', 'https://10.0.0.8/layer'];

  it.each([mediaTypes.dockerForeignLayer, 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip'])(
    'of type %s is not fetched from them, nor copied',
    async (mediaType) => {
      const trap = await openTrap();
      const foreign = { ...layer.descriptor, mediaType, urls: [...elsewhere, `http://127.0.0.1:${trap.port}/`] };
      const { manifest, config } = imageOf('{}', [foreign]);
      const { world, repository } = await openRepository(repliesOf(manifest, config));
      await copyGraph(repository, openMemoryStore('target'), manifest.descriptor);
      expect(world.requests().filter((request) => !request.startsWith('HEAD'))).toEqual([
        `GET ${pathOf(manifest)}`,
        `GET ${pathOf(config)}`,
      ]);
      expect({ knocks: world.knocks, trapped: trap.visits() }).toEqual({ knocks: [], trapped: 0 });
    },
  );

  it('of an ordinary type is fetched from the registry, whatever they say', async () => {
    const { manifest, config } = imageOf('{}', [{ ...layer.descriptor, urls: elsewhere }]);
    const { world, repository } = await openRepository(repliesOf(manifest, config, layer));
    await copyGraph(repository, openMemoryStore('target'), manifest.descriptor);
    expect(world.requests()).toContain(`GET ${pathOf(layer)}`);
    expect(world.requests().filter((request) => request.includes('evil.test'))).toEqual([]);
    expect(world.knocks).toEqual([]);
  });
});

describe('content', () => {
  it.each([
    ['other bytes of the same size', 'A layer'],
    ['one byte more', 'a layer!'],
    ['one byte less', 'a laye'],
    ['nothing', ''],
  ])('of a blob that is %s is refused', async (_, body) => {
    const { repository } = await openRepository({ [`GET ${pathOf(layer)}`]: { body } });
    const reading = repository.fetchBlob(layer.descriptor).then(textOf);
    expect(await errorOf(reading)).toMatchObject({ code: expect.stringMatching(/DIGEST_MISMATCH|REGISTRY_/) });
  });

  it('of a manifest that is other bytes is refused, whatever digest the registry tells', async () => {
    const { manifest } = imageOf('{}', []);
    const other = imageOf('{"other":1}', []).manifest;
    const headers = { 'content-type': mediaTypes.ociManifest, 'docker-content-digest': manifest.descriptor.digest };
    const { repository } = await openRepository({
      [`GET ${pathOf(manifest)}`]: { headers, body: other.bytes },
      [`GET ${registry}/v2/team/app/manifests/${tag}`]: { headers, body: other.bytes },
    });
    expect(await errorOf(repository.fetchManifest(manifest.descriptor.digest))).toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
    expect(await errorOf(repository.fetchManifest(tag))).toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('of a child that is not of the size its index says is refused', async () => {
    const { manifest, config } = imageOf('{}', []);
    const index = indexOf([{ ...manifest.descriptor, size: manifest.descriptor.size + 1 }]);
    const { repository } = await openRepository(repliesOf(index, manifest, config));
    const error = await errorOf(copyGraph(repository, openMemoryStore('target'), index.descriptor));
    expect(error).toMatchObject({ code: expect.stringMatching(/MANIFEST_INVALID|DIGEST_MISMATCH/) });
  });

  it('of a blob without end is read no further than its size', async () => {
    const endless = await openEndless();
    const repository = openTestClient({ url: endless.url }).repository(app);
    expect(await errorOf(repository.fetchBlob(layer.descriptor).then(textOf))).toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
    expect(endless.sentBytes()).toBeLessThan(slackBytes);
  });

  it('of a manifest without end is read no further than 4 MiB', async () => {
    const endless = await openEndless();
    const repository = openTestClient({ url: endless.url }).repository(app);
    expect(await errorOf(repository.fetchManifest(tag))).toMatchObject({ code: 'MANIFEST_TOO_LARGE' });
    expect(endless.sentBytes()).toBeLessThan(manifestSizeBytesMax + slackBytes);
  });

  it('of an error without end is not waited for', async () => {
    const endless = await openEndless(403);
    const repository = openTestClient({ url: endless.url }).repository(app);
    expect(await errorOf(repository.fetchManifest(tag))).toMatchObject({ code: 'REGISTRY_DENIED' });
    expect(endless.sentBytes()).toBeLessThan(slackBytes);
  });

  it.each([
    [64 * 1024, undefined],
    [64 * 1024 + 1, 'REGISTRY_ANSWER_INVALID'],
  ])('of a token answer of %i bytes: %s', async (sizeBytes, code) => {
    const realm = `Bearer realm="${registry}/token"`;
    const world = await openWorld({
      [`GET ${registry}/v2/`]: [{ status: 401, headers: { 'www-authenticate': realm } }, {}],
      [`GET ${registry}/token`]: { body: '{"token":"t1"}'.padEnd(sizeBytes) },
    });
    const outcome = await world
      .open({ url: registry })
      .ping()
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    if (code === undefined) expect(outcome).toBeUndefined();
    else expect(outcome).toMatchObject({ code });
  });

  it('of indexes nested too deep is refused', async () => {
    const { manifest, config } = imageOf('{}', []);
    const tower: Content[] = [manifest];
    for (let level = 0; level <= graphDepthMax; level += 1) tower.unshift(indexOf([(tower[0] ?? manifest).descriptor]));
    const root = tower[0] ?? manifest;
    const { repository } = await openRepository(repliesOf(...tower, config));
    expect(await errorOf(copyGraph(repository, openMemoryStore('target'), root.descriptor))).toMatchObject({
      code: 'MANIFEST_INVALID',
    });
  });

  it('of an index that names more than can be meant is refused', async () => {
    const half = Math.ceil(graphNodesMax / 2) + 1;
    const wide = [0, 1].map((part) => indexOf(Array.from({ length: half }, (_, at) => imaginary(part * half + at))));
    const root = indexOf(wide.map(({ descriptor }) => descriptor));
    const source = openMemoryStore('source');
    await pushAll(source, [...wide, root]);
    const shallow = new Set([root, ...wide].map(({ descriptor }) => descriptor.digest));
    // It claims to have all the rest, so that the number of them is all that can be wrong.
    const target = {
      ...openMemoryStore('target'),
      resolve: async (digest: Descriptor['digest']) =>
        shallow.has(digest) ? undefined : { mediaType: mediaTypes.ociManifest, digest, size: 1 },
    };
    const error = await errorOf(copyGraph(source, target, root.descriptor));
    expect(error).toMatchObject({ code: 'MANIFEST_INVALID' });
    expect(error.message).toContain(String(graphNodesMax));
  }, 120_000);

  it('that is compressed is copied as it is, bomb or not', async () => {
    const bomb = contentOf(mediaTypes.ociLayerGzip, gzipSync(Buffer.alloc(64 * 1024 * 1024)));
    const { manifest, config } = imageOf('{}', [bomb.descriptor]);
    const { repository } = await openRepository(repliesOf(manifest, config, bomb));
    const result = await copyGraph(repository, openMemoryStore('target'), manifest.descriptor);
    expect(result.bytesCopied).toBeLessThan(1024 * 1024);
  });

  it.each(['blob', 'manifest'])('of a %s that the registry compresses on the way is not unpacked', async (kind) => {
    const content = kind === 'blob' ? layer : imageOf('{}', []).manifest;
    const { repository } = await openRepository({
      [`GET ${pathOf(content)}`]: { headers: { 'content-encoding': 'gzip' }, body: gzipSync(content.bytes) },
    });
    const { digest } = content.descriptor;
    const reading =
      kind === 'blob' ? repository.fetchBlob(content.descriptor).then(textOf) : repository.fetchManifest(digest);
    expect(await errorOf(reading)).toMatchObject({ code: 'DIGEST_MISMATCH' });
  });
});

/** A child that nobody has. */
function imaginary(number: number): Descriptor {
  return contentOf(mediaTypes.ociManifest, Buffer.from(`${number}`)).descriptor;
}

describe('a tag', () => {
  const before = imageOf('{"was":1}', [layer.descriptor]);
  const after = imageOf('{"is":2}', [layer.descriptor]);
  const byTag = `${registry}/v2/team/app/manifests/${tag}`;
  const graphs = repliesOf(before.manifest, before.config, after.manifest, after.config, layer);

  it('that moves during a copy is looked at once: one digest is copied, whole', async () => {
    const { world, repository } = await openRepository({
      ...graphs,
      [`HEAD ${byTag}`]: [served(before.manifest), served(after.manifest)],
      [`GET ${byTag}`]: [served(before.manifest), served(after.manifest)],
    });
    const target = openMemoryStore('target');
    await copy(repository, tag, target, [tag]);
    expect((await target.resolve(tag))?.digest).toBe(before.manifest.descriptor.digest);
    expect(await proveGraph(target, before.manifest.descriptor)).toMatchObject({ complete: true });
    expect(world.requests().filter((request) => request.endsWith(`/manifests/${tag}`))).toHaveLength(1);
  });

  it('whose digest the registry misstates is not copied', async () => {
    const lie = { ...served(after.manifest).headers, 'docker-content-digest': before.manifest.descriptor.digest };
    const lying: Reply = { headers: lie, body: after.manifest.bytes };
    const { repository } = await openRepository({
      ...graphs,
      [`HEAD ${byTag}`]: lying,
      [`GET ${byTag}`]: lying,
      [`GET ${pathOf(before.manifest)}`]: lying,
    });
    const target = openMemoryStore('target');
    expect(await errorOf(copy(repository, tag, target, [tag]))).toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(await target.resolve(tag)).toBeUndefined();
  });

  it('whose digest a HEAD does not tell gets that of the bytes', async () => {
    const { body = '' } = served(before.manifest);
    const silent: Reply = { headers: { 'content-type': mediaTypes.ociManifest }, body };
    const { repository } = await openRepository({ [`HEAD ${byTag}`]: silent, [`GET ${byTag}`]: silent });
    expect((await repository.resolve(tag))?.digest).toBe(before.manifest.descriptor.digest);
  });
});

describe('a proof', () => {
  const { manifest, config } = imageOf('{}', [layer.descriptor]);

  it.each([401, 403, 408, 429, 500, 502, 503, 504])('that meets a %i proves nothing', async (status) => {
    for (const troubled of [manifest, layer]) {
      const trouble = { [`GET ${pathOf(troubled)}`]: { status }, [`HEAD ${pathOf(troubled)}`]: { status } };
      const { repository } = await openRepository({ ...repliesOf(manifest, config, layer), ...trouble });
      const error = await errorOf(proveGraph(repository, manifest.descriptor));
      expect(error).toMatchObject({ code: expect.stringMatching(/^REGISTRY_(?:DENIED|REFUSED)$/) });
    }
  });

  it('that finds a tag behind a 429 does not take it to be absent', async () => {
    const { repository } = await openRepository({ [`HEAD ${registry}/v2/team/app/manifests/${tag}`]: { status: 429 } });
    expect(await errorOf(repository.resolve(tag))).toMatchObject({ code: 'REGISTRY_REFUSED', status: 429 });
  });
});

describe('a secret', () => {
  const password: Credentials = { username: 'ann', password: 'hunter22-hunter22' };
  const basic = Buffer.from('ann:hunter22-hunter22').toString('base64');
  const bearer = { 'www-authenticate': `Bearer realm="${registry}/token"` };
  const ping = `GET ${registry}/v2/`;

  async function failing(world: World, credentials: Credentials): Promise<string> {
    const error = await errorOf(world.open({ url: registry, credentials: async () => credentials }).ping());
    return written(error);
  }

  it('that a token service repeats in its refusal is not in the error', async () => {
    const errors = [{ code: 'DENIED', message: `no such user: Authorization: Basic ${basic}` }];
    const world = await openWorld({
      [ping]: { status: 401, headers: bearer },
      [`GET ${registry}/token`]: { status: 403, body: JSON.stringify({ errors }) },
    });
    expect(await failing(world, password)).not.toMatch(new RegExp(`${basic}|hunter22`));
  });

  it.each([
    'Bearer token-of-ours-1234',
    'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.token-of-ours-1234',
    'ghp_token-of-ours-1234',
  ])('in a token is not in the error of a registry that refuses it by repeating %s', async (repeated) => {
    const errors = [{ code: 'UNAUTHORIZED', message: `not good: ${repeated}` }];
    const world = await openWorld({
      [ping]: { status: 401, headers: bearer, body: JSON.stringify({ errors }) },
      [`GET ${registry}/token`]: { body: '{"token":"token-of-ours-1234"}' },
    });
    expect(await failing(world, password)).not.toContain('token-of-ours-1234');
  });

  it.each([{ status: 403 }, { status: 307 }])(
    'in the URL of a storage that answers %j is not in the error',
    async (reply) => {
      const location =
        'https://storage.test/blob?X-Amz-Credential=AKIA-ours&X-Amz-Signature=signed-by-us&sig=and-by-us';
      const { repository } = await openRepository({
        [`GET ${pathOf(layer)}`]: { status: 307, headers: { location } },
        [`GET ${location}`]: reply,
      });
      const text = written(await errorOf(repository.fetchBlob(layer.descriptor)));
      expect(text).not.toMatch(/signed-by-us|and-by-us|AKIA-ours/);
    },
  );

  it('is in no command line: a helper is told the registry on its standard input', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'attacks-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const told = join(directory, 'told');
    const script = `#!/bin/sh\necho "$# $*" > ${told}; cat >> ${told}; echo '{"Username":"a","Secret":"b"}'\n`;
    await writeFile(join(directory, 'docker-credential-spy'), script, { mode: 0o755 });
    await writeFile(join(directory, 'config.json'), '{"credsStore":"spy"}');
    await dockerConfigCredentials({ configPath: join(directory, 'config.json'), helperPath: directory })('ghcr.io');
    expect(readFileSync(told, 'utf8')).toBe('1 get\nghcr.io');
  });

  it('and all other text meets no shell: no source starts one but the set-up, with words of its own', () => {
    const sources = listFiles().filter((file) => isCode(file) && !file.startsWith('test/'));
    const shell = /shell: true|\bexec(?:Sync)?\(|['"](?:ba|da)?sh['"], *\[?['"]-c/;
    const shells = sources.filter((file) => shell.test(withoutRegExps(readText(file))));
    expect(sources.length).toBeGreaterThan(100);
    expect(shells).toEqual(['scripts/tool-plan.mjs']);
  });
});

/** Everything an error says, causes included. */
function written(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.message} ${JSON.stringify(error)} ${error.stack} ${error.cause === undefined ? '' : written(error.cause)}`;
}

/** A method of regular expressions has the name of a function that starts shells. */
function withoutRegExps(text: string): string {
  return text.replace(/\.exec\(/g, '.');
}

describe('the name of a credential helper', () => {
  it.each(['../evil', '..', 'a/../../evil', 'evil;id', '$(id)', 'EVIL', 'ev il', '-evil', 'evil\n', 'évil', ''])(
    'that is %j runs nothing, though a program of that name is there',
    async (name) => {
      const directory = await mkdtemp(join(tmpdir(), 'attacks-'));
      onTestFinished(() => rm(directory, { recursive: true }));
      const ran = join(directory, 'ran');
      const script = `#!/bin/sh\ntouch ${ran}\necho '{"Username":"a","Secret":"b"}'\n`;
      // As a shell or a file system would find it: where a path leads on from a directory, that is there too.
      const bin = join(directory, 'bin');
      const directories = name.includes('/') ? `docker-credential-${name.slice(0, name.indexOf('/'))}` : '';
      await mkdir(join(bin, directories), { recursive: true });
      for (const path of [`${bin}/docker-credential-${name}`, join(directory, 'evil'), join(bin, 'evil')]) {
        await writeFile(path, script, { mode: 0o755 });
      }
      const configPath = join(directory, 'config.json');
      await writeFile(configPath, JSON.stringify({ credHelpers: { 'ghcr.io': name } }));
      const source = dockerConfigCredentials({ configPath, helperPath: join(directory, 'bin') });
      const outcome = await source('ghcr.io').then(
        (found) => ({ found }),
        (error: unknown) => ({ error }),
      );
      // An empty name is as good as none; all others are a mistake worth telling.
      expect(outcome).toMatchObject(name === '' ? { found: undefined } : { error: { code: 'CREDENTIALS_INVALID' } });
      await expect(access(ran)).rejects.toThrow();
    },
  );
});
