/** `copy` and `tags` between directories and a real registry. */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTag } from '../../oci/spec/tag.ts';
import { openLayout } from '../../oci/store/layout.ts';
import { type Content, imageOf, layerOf, pushAll } from '../oci/content.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from '../registry/registry-under-test.ts';
import { runWords } from './test-shell.ts';

let directory = '';
let registry: RegistryUnderTest;
let host = '';
let env: Readonly<Record<string, string>> = {};
let images: readonly [TestImage, TestImage];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cli-copy-'));
  registry = await openRegistryUnderTest();
  host = `127.0.0.1:${registry.port}`;
  const auth = Buffer.from(`pusher:${registry.tokens.admin}`).toString('base64');
  await writeFile(join(directory, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
  env = { DOCKER_CONFIG: directory };
  images = [imageWith('1'), imageWith('2')];
  const layout = await openLayout(join(directory, 'layout'));
  for (const { contents } of images) await pushAll(layout, contents);
  await layout.pushTag(parseTag('1.0.0'), images[0].manifest);
  for (const tag of ['1.1.0', '1.10.0', '1.2.0-rc.1', 'latest'])
    await layout.pushTag(parseTag(tag), images[1].manifest);
});

afterAll(async () => {
  await registry.close();
  await rm(directory, { recursive: true, force: true });
});

interface TestImage {
  readonly manifest: Content;
  readonly contents: readonly Content[];
}

function imageWith(content: string): TestImage {
  const layer = layerOf(content.repeat(500));
  const { manifest, config } = imageOf(JSON.stringify({ os: 'linux', architecture: 'amd64' }), [layer.descriptor]);
  return { manifest, contents: [layer, config, manifest] };
}

function run(words: readonly string[], answers?: readonly string[]) {
  return runWords(words, { cwd: directory, env, ...(answers === undefined ? {} : { answers }) });
}

describe('copy', () => {
  it('pushes a directory to a registry, mounts within it, and writes a directory from it', async () => {
    const digest = images[0].manifest.descriptor.digest;
    const pushed = await run(['copy', 'oci:layout:1.0.0', `${host}/dev/web`]);
    expect(pushed.exitCode).toBe(0);
    expect(pushed.stdout).toMatch(/^\S+ {2}2 blobs copied \(\d+ B\), in \d+ ms\n$/);
    expect(pushed.stdout.split(' ')[0]).toBe(`${host}/dev/web:1.0.0@${digest}`);

    const mounted = await run(['copy', `${host}/dev/web:1.0.0`, `${host}/staging/web:1.0.0`]);
    expect(mounted.stdout).toContain('  2 blobs mounted, in ');

    const written = await run(['copy', `${host}/staging/web@${digest}`, 'oci:written:back']);
    expect(written.exitCode).toBe(0);
    expect((await run(['tags', 'oci:written'])).stdout).toBe(`back  ${digest}  manifest\n`);
  });

  it('tells the counts as JSON', async () => {
    const ran = await run(['copy', 'oci:layout:1.0.0', 'oci:counted', '--json', '--no-referrers']);
    const { tookMs, ...document } = JSON.parse(ran.stdout);
    expect(tookMs).toBeGreaterThanOrEqual(0);
    expect(document).toEqual({
      source: `oci:${join(directory, 'layout')}`,
      target: `oci:${join(directory, 'counted')}`,
      digest: images[0].manifest.descriptor.digest,
      tags: ['1.0.0'],
      moved: [],
      changed: true,
      manifestsCopied: 1,
      manifestsPresent: 0,
      blobsCopied: 2,
      blobsMounted: 0,
      blobsPresent: 0,
      foreignLayersLeftOut: [],
      bytesCopied: images[0].contents.reduce((sum, { bytes }) => sum + bytes.length, 0),
    });
  });

  it('of what is there already copies nothing and asks nobody', async () => {
    await run(['copy', 'oci:layout:1.0.0', 'oci:twice']);
    const ran = await run(['copy', 'oci:layout:1.0.0', 'oci:twice'], []);
    expect(ran).toMatchObject({ exitCode: 0, questions: [], stderr: '' });
    expect(ran.stdout).toMatch(/@sha256:[0-9a-f]{64} {2}already so\n$/);
  });

  it('with --dry-run shows what would happen and makes nothing', async () => {
    const ran = await run(['copy', 'oci:layout:1.0.0', 'oci:never', '--dry-run']);
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toContain('content  will be copied');
    await expect(stat(join(directory, 'never'))).rejects.toThrow('ENOENT');
  });

  it('of a tag that is not there exits 4', async () => {
    const ran = await run(['copy', 'oci:layout:3.0.0', 'oci:never']);
    expect(ran.exitCode).toBe(4);
    expect(ran.stderr).toMatch(/^error MANIFEST_UNKNOWN: manifest not found: .*layout:3\.0\.0\n/);
  });

  it('draws its bar on the terminal, and takes it away before it tells the outcome', async () => {
    const words = ['copy', 'oci:layout:1.0.0', 'oci:drawn'];
    const ran = await runWords(words, { cwd: directory, env, tty: true });
    const { digest } = images[0].manifest.descriptor;
    expect(ran.stderr).toContain(`\r\x1b[Kcopying ${digest.slice(7, 19)} `);
    expect(ran.stderr).toContain('100 %');
    expect(ran.stderr).not.toContain('\n');
    expect(ran.stderr.endsWith('\r\x1b[K')).toBe(true);
    expect(ran.stdout).toContain(`:1.0.0  ${digest.slice(7, 19)}  2 blobs copied`);
  });

  it('with --quiet prints the reference alone', async () => {
    const ran = await run(['copy', 'oci:layout:1.0.0', 'oci:quiet', '--quiet']);
    const { digest } = images[0].manifest.descriptor;
    expect(ran).toMatchObject({ stdout: `oci:${join(directory, 'quiet')}:1.0.0@${digest}\n`, stderr: '' });
  });

  it('of a digest to a target without a tag leaves it untagged', async () => {
    const { digest } = images[0].manifest.descriptor;
    const ran = await run(['copy', `oci:layout@${digest}`, `${host}/dev/untagged`]);
    expect(ran.stdout).toContain(`${host}/dev/untagged@${digest}  `);
    expect((await run(['tags', `${host}/dev/untagged`])).exitCode).toBe(4);
    expect((await run(['copy', `${host}/dev/untagged@${digest}`, `${host}/dev/untagged:now`])).exitCode).toBe(0);
  });

  it('without credentials exits 3', async () => {
    const ran = await runWords(['copy', 'oci:layout:1.0.0', `${host}/dev/other`], { cwd: directory });
    expect(ran.exitCode).toBe(3);
    expect(ran.stderr).toMatch(/^error [A-Z_]+: /);
  });
});

describe('copy onto a tag that names something else', () => {
  const cases = [
    { name: 'asks, and moves it after a yes', words: [], answers: ['y'], exitCode: 0, moved: true },
    { name: 'asks, and leaves it after a no', words: [], answers: ['n'], exitCode: 13, moved: false },
    { name: 'does not ask with --yes', words: ['--yes'], answers: undefined, exitCode: 0, moved: true },
    { name: 'exits 2 where there is nobody to ask', words: [], answers: undefined, exitCode: 2, moved: false },
  ];
  for (const { name, words, answers, exitCode, moved } of cases) {
    it(name, async () => {
      const target = `oci:displaced-${exitCode}-${words.length}`;
      await run(['copy', 'oci:layout:1.0.0', `${target}:latest`]);
      const ran = await run(['copy', 'oci:layout:latest', target, ...words], answers);
      expect(ran.exitCode).toBe(exitCode);
      expect(ran.questions).toHaveLength(answers === undefined ? 0 : 1);
      const wanted = images[moved ? 1 : 0].manifest.descriptor.digest;
      expect((await run(['tags', target])).stdout).toContain(`latest  ${wanted}`);
    });
  }
});

describe('tags', () => {
  it('lists versions first and newest first, then all others', async () => {
    const ran = await run(['tags', 'oci:layout']);
    expect(
      ran.stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['1.10.0', '1.2.0-rc.1', '1.1.0', '1.0.0', 'latest']);
  });

  it('lists digests and sizes as JSON', async () => {
    const ran = await run(['tags', 'oci:layout', '--json']);
    const { digest, mediaType, size } = images[1].manifest.descriptor;
    expect(JSON.parse(ran.stdout)).toMatchObject({
      repository: `oci:${join(directory, 'layout')}`,
      tags: [{ tag: '1.10.0', digest, mediaType, sizeBytes: size }, {}, {}, {}, {}],
    });
  });

  it('of an unknown repository exits 4', async () => {
    const ran = await run(['tags', `${host}/dev/nothing`]);
    expect(ran.exitCode).toBe(4);
  });

  it('signs in to the registry of serve with the token that serve left, and to no other', async () => {
    const data = await mkdtemp(join(directory, 'data-'));
    await writeFile(join(data, 'admin.token'), registry.tokens.admin, { mode: 0o600 });
    await run(['copy', 'oci:layout:1.0.0', `${host}/dev/web`]);
    const words = ['tags', `${host}/dev/web`, '--data', data];
    expect((await runWords(words, { cwd: directory })).exitCode).toBe(3);
    await writeFile(join(data, 'serve.json'), JSON.stringify({ registryUrl: registry.url }));
    expect((await runWords(words, { cwd: directory })).exitCode).toBe(0);
  });
});
