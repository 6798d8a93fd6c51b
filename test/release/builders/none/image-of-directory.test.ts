/** Images of plain files: the same files, the same digest. */
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import fc from 'fast-check';
import { extract, type Header } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../../oci/hash.ts';
import type { Digest } from '../../../../oci/spec/digest.ts';
import { parseManifest } from '../../../../oci/spec/manifest.ts';
import { mediaTypes } from '../../../../oci/spec/media-type.ts';
import { parsePlatformText } from '../../../../oci/spec/platform.ts';
import type { BuildRequest, RunSettings } from '../../../../release/builders/builder.ts';
import type { FoundImage } from '../../../../release/builders/image/find-root.ts';
import { imageOfDirectory } from '../../../../release/builders/none/image-of-directory.ts';
import { codeOf } from '../../../oci/code-of.ts';
import { readAll } from '../../../oci/content.ts';
import { sampleParts, sampleRequest, sampleRun } from '../sample-request.ts';
import { openTestDirectory, type TestDirectory, type TestFile, writeFiles } from '../test-directory.ts';

const opened: TestDirectory[] = [];
beforeEach(() => {
  opened.length = 0;
});
afterEach(async () => {
  for (const directory of opened) await directory.close();
});

const amd64 = parsePlatformText('linux/amd64');
const moment = 1_700_000_000_000;

interface Given extends Partial<BuildRequest> {
  readonly run?: Partial<RunSettings>;
}

/** The image of the files, in a directory of its own. */
async function make(files: Readonly<Record<string, TestFile>>, { run, ...given }: Given = {}): Promise<FoundImage> {
  const directory = await openTestDirectory();
  opened.push(directory);
  await writeFiles(directory.path, { 'files/': '' });
  await writeFiles(join(directory.path, 'files'), files);
  return await makeIn(directory, given, run);
}

async function makeIn({ path }: TestDirectory, given: Partial<BuildRequest> = {}, run: Partial<RunSettings> = {}) {
  const ready = { kind: 'directory', directory: 'files', run: sampleRun(run) } as const;
  const request = sampleRequest({ platforms: [amd64], createdAt: moment, ...given });
  return await imageOfDirectory(ready, request, sampleParts(path));
}

async function readManifest({ source }: FoundImage, digest: Digest) {
  const { bytes, descriptor } = await source.fetchManifest(digest);
  const manifest = parseManifest(bytes, descriptor.mediaType);
  if (manifest.kind !== 'image') throw new Error('an image was expected');
  const config = JSON.parse(Buffer.from(await readAll(await source.fetchBlob(manifest.config))).toString('utf8'));
  const [layer] = manifest.layers;
  if (layer === undefined) throw new Error('a layer was expected');
  const gzipped = await readAll(await source.fetchBlob(layer));
  return { manifest, config, gzipped, tar: await promisify(gunzip)(gzipped) };
}

const files = {
  'bin/app': { program: '#!/bin/sh\necho hello\n' },
  'etc/app/settings.json': '{"a":1}\n',
  'etc/empty': '',
  'bin-link': { link: 'bin/app' },
  'empty/': '',
} satisfies Record<string, TestFile>;

describe('the image of a directory', () => {
  it('has these digests, on every machine', async () => {
    const image = await make(files, { run: { entrypoint: ['/bin/app'] } });
    const { config, tar, manifest } = await readManifest(image, image.root.digest);
    expect(digestOf(tar)).toBe('sha256:c1747a45d6e7d95fc4fbe5914b4a14df4538ed1a46ecf9177156cf2eb8527d4e');
    expect(manifest.config.digest).toBe('sha256:22eae00ce383187c32efb5d476fb82c52864682e7fcd926f67a82e92fbf662e8');
    expect(config.rootfs.diff_ids).toEqual([digestOf(tar)]);
  });

  it('is an image that registries take', async () => {
    const image = await make(files);
    const { manifest, gzipped } = await readManifest(image, image.root.digest);
    expect(manifest).toMatchObject({
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociConfig },
      layers: [{ mediaType: mediaTypes.ociLayerGzip, digest: digestOf(gzipped), size: gzipped.length }],
    });
    // The header says nothing of the moment or of the machine.
    expect([...gzipped.subarray(4, 10)]).toEqual([0, 0, 0, 0, 0, 255]);
  });

  it('has every directory before what is in it, of root, of the moment of the image, with its modes and links', async () => {
    const image = await make(files);
    const entries = await listTar((await readManifest(image, image.root.digest)).tar);
    expect(entries.map(({ name }) => name)).toEqual([
      ...['bin/', 'bin/app', 'bin-link', 'empty/', 'etc/', 'etc/app/', 'etc/app/settings.json', 'etc/empty'],
    ]);
    for (const entry of entries) expect(entry).toMatchObject({ uid: 0, gid: 0, mtime: new Date(moment) });
    const modes = Object.fromEntries(entries.map(({ name, mode }) => [name, mode]));
    expect(modes).toMatchObject({ 'bin/app': 0o755, 'etc/empty': 0o644, 'bin-link': 0o777, 'bin/': 0o755 });
    expect(entries.find(({ name }) => name === 'bin-link')).toMatchObject({ type: 'symlink', linkname: 'bin/app' });
  });

  it('is the same whenever the files were written', async () => {
    const [one, other] = [await make(files), await make(files)];
    const last = opened.at(-1)?.path ?? '';
    await utimes(join(last, 'files/bin/app'), 1, 1);
    expect(other.root).toEqual(one.root);
  });

  it('is the same for the same files in whatever order they were written, and another for others', async () => {
    const name = fc.stringMatching(/^[a-zA-Zä._-]{1,12}$/).filter((text) => !/^\.+$/.test(text));
    const tree = fc.dictionary(
      fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
      fc.string(),
      { maxKeys: 6 },
    );
    await fc.assert(
      fc.asyncProperty(tree, fc.nat(), async (all, turn) => {
        const entries = Object.entries(withoutConflicts(all));
        const turned = entries.map((_, at) => entries[(at + turn) % entries.length] ?? ['', '']);
        const one = await make(Object.fromEntries(entries));
        const other = await make(Object.fromEntries(turned));
        expect(other.root.digest).toBe(one.root.digest);
        const changed = await make({ ...Object.fromEntries(entries), 'one-more': 'file' });
        expect(changed.root.digest).not.toBe(one.root.digest);
        for (const directory of opened.splice(0)) await directory.close();
      }),
      { numRuns: 25 },
    );
  });

  it('leaves out what .dockerignore names, and that file', async () => {
    const image = await make({ ...files, '.dockerignore': 'etc\n!etc/empty\n', 'x.log': 'x' });
    const entries = await listTar((await readManifest(image, image.root.digest)).tar);
    expect(entries.map(({ name }) => name)).toEqual(['bin/', 'bin/app', 'bin-link', 'empty/', 'etc/empty', 'x.log']);
  });

  it('takes long names and files of many chunks', async () => {
    const long = `${'directory-with-a-name/'.repeat(8)}${'x'.repeat(120)}ä`;
    const large = Buffer.alloc(300_000, 'abcdefg');
    const image = await make({ [long]: 'text', large });
    const { tar } = await readManifest(image, image.root.digest);
    const entries = await listTar(tar);
    expect(entries.map(({ name }) => name)).toContain(long);
    expect(tar.includes(large)).toBe(true);
  });

  it('refuses what an image cannot hold, and a directory that is not there', async () => {
    const directory = await openTestDirectory();
    opened.push(directory);
    expect(await codeOf(() => makeIn(directory))).toBe('BUILD_INPUT_INVALID');
    await writeFiles(join(directory.path, 'files'), files);
    const { createServer } = await import('node:net');
    const server = createServer().listen(join(directory.path, 'files', 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    expect(await codeOf(() => makeIn(directory))).toBe('BUILD_INPUT_INVALID');
    server.close();
  });
});

describe('the configuration', () => {
  it('says how the files are run', async () => {
    const image = await make(files, {
      labels: [{ name: 'org.opencontainers.image.revision', value: 'abc' }],
      run: {
        entrypoint: ['/bin/app'],
        cmd: ['--serve'],
        workdir: '/srv',
        user: '65532:65532',
        env: [{ name: 'A', value: 'x=y' }],
        ports: ['8080', '53/udp'],
      },
    });
    expect((await readManifest(image, image.root.digest)).config).toMatchObject({
      created: '2023-11-14T22:13:20Z',
      architecture: 'amd64',
      os: 'linux',
      config: {
        User: '65532:65532',
        ExposedPorts: { '8080/tcp': {}, '53/udp': {} },
        Env: ['A=x=y'],
        Entrypoint: ['/bin/app'],
        Cmd: ['--serve'],
        WorkingDir: '/srv',
        Labels: { 'org.opencontainers.image.revision': 'abc' },
      },
    });
  });

  it('says nothing that nobody asked for', async () => {
    const image = await make({ a: 'b' }, { createdAt: undefined });
    const { config } = await readManifest(image, image.root.digest);
    expect(config.config).toEqual({ WorkingDir: '/' });
    expect(config).not.toHaveProperty('created');
  });

  it.each(['0', '65536', 'http', '80/quic', '-1'])('refuses %s as a port', async (port) => {
    expect(await codeOf(() => make({ a: 'b' }, { run: { ports: [port] } }))).toBe('BUILD_INPUT_INVALID');
  });
});

describe('an image of a directory for several platforms', () => {
  it('is an index of images that share the layer', async () => {
    const platforms = ['linux/amd64', 'linux/arm/v7'].map(parsePlatformText);
    const annotations = [
      { name: 'index:above', value: '1' },
      { name: 'manifest:below', value: '2' },
      { name: 'both', value: '3' },
    ];
    const image = await make(files, { platforms, annotations });
    const { bytes, descriptor } = await image.source.fetchManifest(image.root.digest);
    const index = parseManifest(bytes, descriptor.mediaType);
    if (index.kind !== 'index') throw new Error('an index was expected');
    expect(index.annotations).toEqual({ above: '1', both: '3' });
    expect(index.manifests.map(({ platform }) => platform)).toEqual(platforms);
    const images = await Promise.all(index.manifests.map(({ digest }) => readManifest(image, digest)));
    expect(new Set(images.map(({ manifest }) => manifest.layers[0]?.digest)).size).toBe(1);
    expect(images.map(({ config }) => config.variant)).toEqual([undefined, 'v7']);
    expect(images[0]?.manifest.annotations).toEqual({ below: '2', both: '3' });
  });
});

/** Without a file that stands where another one needs a directory. */
function withoutConflicts(tree: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const names = Object.keys(tree);
  const isAbove = (name: string) => names.some((other) => other.startsWith(`${name}/`));
  return Object.fromEntries(Object.entries(tree).filter(([name]) => !isAbove(name)));
}

async function listTar(bytes: Uint8Array): Promise<readonly Header[]> {
  const tar = extract();
  tar.end(Buffer.from(bytes));
  const entries: Header[] = [];
  for await (const entry of tar) {
    entries.push(entry.header);
    entry.resume();
  }
  return entries;
}
