/** `copy` to several targets, of many tags, and of some platforms, over real registries. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { parsePlatformText } from '../../oci/spec/platform.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { openLayout } from '../../oci/store/layout.ts';
import { type Content, contentOf, imageOf, indexOf, layerOf, manifestOf, pushAll } from '../oci/content.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from '../registry/registry-under-test.ts';
import { runWords } from './test-shell.ts';

let directory = '';
let registries: readonly [RegistryUnderTest, RegistryUnderTest];
let hosts: readonly [string, string];
const amd64 = platformImage('linux/amd64');
const arm64 = platformImage('linux/arm64/v8');
const attestation = imageOf('{"attests":true}', []);
const index = indexOf([amd64.listed, arm64.listed, attestationOf(amd64.manifest)]);
const plain = platformImage('linux/s390x');

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cli-copy-many-'));
  registries = [await openRegistryUnderTest(), await openRegistryUnderTest()];
  hosts = [`127.0.0.1:${registries[0].port}`, `127.0.0.1:${registries[1].port}`];
  const auths = Object.fromEntries(
    registries.map(({ port, tokens }) => [`127.0.0.1:${port}`, { auth: btoa(`pusher:${tokens.admin}`) }]),
  );
  await writeFile(join(directory, 'config.json'), JSON.stringify({ auths }));
  const layout = await openLayout(join(directory, 'source'));
  const contents = [amd64, arm64, plain].flatMap(({ layer, config, manifest }) => [layer, config, manifest]);
  await pushAll(layout, [...contents, attestation.config, attestation.manifest]);
  for (const tag of ['1.0', '1.0.0', '1.1.0-rc.1', 'latest']) await layout.pushTag(parseTag(tag), index);
  await layout.pushTag(parseTag('2.0.0'), plain.manifest);
});

afterAll(async () => {
  for (const registry of registries) await registry.close();
  await rm(directory, { recursive: true, force: true });
});

function platformImage(text: string) {
  const layer = layerOf(`for ${text}`);
  const platform = parsePlatformText(text);
  const image = imageOf(JSON.stringify(platform), [layer.descriptor]);
  return { layer, ...image, listed: { ...image.manifest.descriptor, platform } };
}

function attestationOf({ descriptor }: Content) {
  return {
    ...attestation.manifest.descriptor,
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: { 'vnd.docker.reference.digest': descriptor.digest },
  };
}

function run(words: readonly string[], answers?: readonly string[]) {
  const env = { DOCKER_CONFIG: directory };
  return runWords(words, { cwd: directory, env, ...(answers === undefined ? {} : { answers }) });
}

function linesOf(stdout: string): readonly string[] {
  return stdout.trimEnd().split('\n');
}

async function tagsOf(repository: string): Promise<readonly (readonly string[])[]> {
  const { stdout } = await run(['tags', repository]);
  return stdout === '' ? [] : linesOf(stdout).map((line) => line.split(/ +/).slice(0, 2));
}

describe('copy to several targets', () => {
  it('tells each on a line of its own, and writes every tag to each', async () => {
    const [one, other] = [`${hosts[0]}/dev/several`, `${hosts[1]}/dev/several`];
    const ran = await run(['copy', 'oci:source:1.0', one, other, '--tag', '1.0.0', '-t', '1']);
    expect(ran.exitCode).toBe(0);
    const { digest } = index.descriptor;
    expect(linesOf(ran.stdout).map((line) => line.split(' ')[0])).toEqual([
      `${one}:1.0.0@${digest}`,
      `${other}:1.0.0@${digest}`,
    ]);
    for (const repository of [one, other]) {
      expect(await tagsOf(repository)).toEqual([
        ['1.0.0', digest],
        ['1', digest],
      ]);
    }
  });

  it('of one repository is one copy with several tags', async () => {
    const ran = await run(['copy', 'oci:source:1.0', 'oci:same:a', 'oci:same:b', '--json']);
    expect(linesOf(ran.stdout)).toHaveLength(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({ tags: ['a', 'b'], blobsCopied: 5 });
  });

  it('of which one does not answer copies to the others, lists it and exits 11', async () => {
    const words = ['copy', 'oci:source:1.0', '127.0.0.1:1/gone', `${hosts[0]}/dev/partial`, 'oci:partial', '--json'];
    const ran = await run(words);
    expect(ran.exitCode).toBe(11);
    const documents = linesOf(ran.stdout).map((line) => JSON.parse(line));
    expect(documents).toMatchObject([
      { target: '127.0.0.1:1/gone', changed: false, error: { code: 'REGISTRY_UNREACHABLE' } },
      { target: `${hosts[0]}/dev/partial`, changed: true },
      { target: `oci:${join(directory, 'partial')}`, changed: true },
    ]);
    expect(ran.stderr).toContain('not copied: 127.0.0.1:1/gone:1.0\nerror REGISTRY_UNREACHABLE: ');
    expect(ran.stderr).toMatch(/\n2 copied, 1 not copied\n$/);
  });

  it('of which none answers exits with what the first failed with', async () => {
    const ran = await run(['copy', 'oci:source:1.0', '127.0.0.1:1/gone', '127.0.0.1:1/away']);
    expect(ran).toMatchObject({ exitCode: 7, stdout: '' });
  });

  it('of something that is not there tells it once and exits 4', async () => {
    const ran = await run(['copy', 'oci:source:9', 'oci:none', 'oci:neither']);
    expect(ran).toMatchObject({ exitCode: 4, stdout: '' });
    expect(ran.stderr.match(/MANIFEST_UNKNOWN/g)).toHaveLength(1);
  });

  it('has an object for each failure, also for one alone', async () => {
    for (const targets of [['oci:none'], ['oci:none', 'oci:neither']]) {
      const ran = await run(['copy', 'oci:source:9', ...targets, '--json']);
      expect(ran.exitCode).toBe(4);
      const documents = linesOf(ran.stdout).map((line) => JSON.parse(line));
      expect(documents.map(({ error }) => error.code)).toEqual(targets.map(() => 'MANIFEST_UNKNOWN'));
      expect(documents).toMatchObject(targets.map(() => ({ changed: false, wanted: '9' })));
    }
  });

  it('fails in good order when both sides do', async () => {
    const target = `${hosts[0]}/dev/none`;
    expect((await run(['copy', 'oci:missing:1.0', target])).exitCode).toBe(4);
    expect((await run(['copy', 'oci:missing:1.0', target, '127.0.0.1:1/gone'])).exitCode).toBe(4);
    expect((await run(['copy', 'oci:missing:1.0', target, '--ca-file', 'missing.pem'])).exitCode).toBe(2);
    expect((await run(['copy', '127.0.0.1:1/away:1.0', 'oci:config.json/x'])).exitCode).toBe(7);
  });

  it('asks once for all tags it would move', async () => {
    await run(['copy', 'oci:source:2.0.0', 'oci:moving:a', 'oci:moving:b', 'oci:moved:a']);
    const ran = await run(['copy', 'oci:source:1.0', 'oci:moving:a', 'oci:moving:b', 'oci:moved:a'], ['y']);
    expect(ran.questions).toEqual(['move 3 tags? [y/N] ']);
    expect(ran.stdout).toContain(`moved from ${plain.manifest.descriptor.digest.slice(7, 19)}`);
    expect(ran.exitCode).toBe(0);
  });
});

describe('copy of many tags', () => {
  it('copies every tag, each to its like, and content that several name once', async () => {
    const ran = await run(['copy', 'oci:source', `${hosts[0]}/dev/all`, '--all-tags', '--json']);
    expect(ran.exitCode).toBe(0);
    const documents = linesOf(ran.stdout).map((line) => JSON.parse(line));
    expect(documents.map(({ tags }) => tags).toSorted()).toEqual([['1.0', '1.0.0', '1.1.0-rc.1', 'latest'], ['2.0.0']]);
    expect(await tagsOf(`${hosts[0]}/dev/all`)).toEqual(await tagsOf('oci:source'));
  });

  it('copies those that suit, and of these not the exceptions', async () => {
    await run(['copy', 'oci:source', 'oci:some', '--match', '1.*', '--match', '2.?.0', '--except', '*-rc*']);
    expect((await tagsOf('oci:some')).map(([tag]) => tag)).toEqual(['2.0.0', '1.0.0', '1.0']);
  });

  it('with --dry-run says what would become of each, and changes nothing', async () => {
    const target = `${hosts[0]}/dev/looked-at`;
    await run(['copy', 'oci:source:2.0.0', `${target}:1.0`, `${target}:2.0.0`]);
    const ran = await run(['copy', 'oci:source', target, '--all-tags', '--dry-run']);
    const rows = linesOf(ran.stdout).map((line) => line.split(/ {2,}/));
    expect(rows.map(([, , intent]) => intent)).toEqual([
      `moved from ${plain.manifest.descriptor.digest.slice(7, 19)}`,
      'new',
      'new',
      'already so',
      'new',
    ]);
    expect((await tagsOf(target)).map(([tag]) => tag)).toEqual(['2.0.0', '1.0']);
  });

  it('with --no-clobber leaves tags as they are that name something else', async () => {
    const target = `${hosts[0]}/dev/kept`;
    await run(['copy', 'oci:source:2.0.0', `${target}:1.0`]);
    const ran = await run(['copy', 'oci:source', target, '--match', '1.0*', '--no-clobber', '--json']);
    expect(ran.exitCode).toBe(0);
    expect(JSON.parse(ran.stdout)).toMatchObject({ tags: ['1.0.0'], kept: ['1.0'], moved: [] });
    expect(await tagsOf(target)).toEqual([
      ['1.0.0', index.descriptor.digest],
      ['1.0', plain.manifest.descriptor.digest],
    ]);
    const some = await run(['copy', 'oci:source:1.1.0-rc.1', target, '-t', '1.0', '-t', 'rc', '--no-clobber']);
    expect(some.stdout).toContain(`${target}:rc@`);
    expect(some.stderr).toContain(`${target}:1.0  left as it is (--no-clobber)`);
    const single = await run(['copy', 'oci:source:1.0', target, '--no-clobber']);
    expect(single).toMatchObject({ exitCode: 0, stdout: '' });
    expect(single.stderr).toContain('left as it is (--no-clobber)');
  });

  const nonsense = [
    { words: ['oci:source:1.0', 'oci:x', '-a'], exitCode: 2, code: 'REFERENCE_INVALID' },
    { words: ['oci:source', 'oci:x:1', '-a'], exitCode: 2, code: 'REFERENCE_INVALID' },
    { words: ['oci:source', 'oci:x', '-a', '-t', '1'], exitCode: 2, code: 'REQUEST_INVALID' },
    { words: ['oci:source', 'oci:x', '--match', '^1[.]'], exitCode: 2, code: 'REQUEST_INVALID' },
    { words: ['oci:source', 'oci:x', '--match', '7.*'], exitCode: 4, code: 'MANIFEST_UNKNOWN' },
    { words: ['oci:source:1.0', 'oci:x', '--platform', 'linux'], exitCode: 2, code: 'PLATFORM_INVALID' },
    { words: ['oci:source:1.0', 'oci:x', '--platform', 'linux/mips'], exitCode: 4, code: 'PLATFORM_UNKNOWN' },
    { words: ['oci:source:2.0.0', 'oci:x', '--platform', 'linux/mips'], exitCode: 4, code: 'PLATFORM_UNKNOWN' },
    { words: ['oci:source:1.0', 'oci:x', '--jobs', '0'], exitCode: 2, code: 'REQUEST_INVALID' },
    { words: ['oci:source:1.0', 'oci:x', '-t', 'a:b'], exitCode: 2, code: 'TAG_INVALID' },
  ];
  for (const { words, exitCode, code } of nonsense) {
    it(`exits ${exitCode} with ${code}: ${words.join(' ')}`, async () => {
      const ran = await run(['copy', ...words]);
      expect(ran.exitCode).toBe(exitCode);
      expect(ran.stderr).toMatch(new RegExp(`^error ${code}: .*\\nway out: .`));
    });
  }
});

describe('copy of an image that is signed', () => {
  const signature = manifestOf(mediaTypes.ociManifest, {
    artifactType: 'application/vnd.example.signature',
    config: attestation.config.descriptor,
    layers: [],
    subject: amd64.manifest.descriptor,
  });

  async function signedSource(name: string): Promise<string> {
    await run(['copy', 'oci:source:1.0', `oci:${name}`]);
    const layout = await openLayout(join(directory, name));
    await pushAll(layout, [attestation.config, signature]);
    return `oci:${name}:1.0`;
  }

  async function isSigned(repository: string): Promise<boolean> {
    const ran = await run(['copy', `${repository}@${signature.descriptor.digest}`, 'oci:thrown-away', '-q']);
    return ran.exitCode === 0;
  }

  it('takes the signatures of its platforms along, and says so', async () => {
    const target = `${hosts[0]}/dev/signed`;
    const ran = await run(['copy', await signedSource('signed'), target]);
    expect(ran.stdout).toContain(', 1 referrer with it, in ');
    expect(await isSigned(target)).toBe(true);
  });

  it('brings signatures later that were made later, when they are demanded', async () => {
    const source = await signedSource('late');
    const target = `${hosts[1]}/dev/late`;
    await run(['copy', source, target, '--no-referrers']);
    expect(await isSigned(target)).toBe(false);
    const ran = await run(['copy', source, target, '--referrers', '--json']);
    expect(ran.exitCode).toBe(0);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      changed: false,
      referrers: { carried: [{ digest: signature.descriptor.digest, subject: amd64.manifest.descriptor.digest }] },
    });
    expect(await isSigned(target)).toBe(true);
  });

  it('exits 11 when those that were waited for did not come', async () => {
    const ran = await run(['copy', 'oci:source:2.0.0', 'oci:awaited', '--wait-referrers', '1s']);
    expect(ran.exitCode).toBe(11);
    expect(ran.stdout).toContain(plain.manifest.descriptor.digest);
    expect(ran.stderr).toContain('no referrers came within 1.0 s');
  });
});

describe('copy of an image that is named by sha512', () => {
  it('is already so when the tag names its bytes by sha256', async () => {
    const { bytes } = plain.manifest;
    const wide = contentOf(mediaTypes.ociManifest, bytes, 'sha512');
    await (await openLayout(join(directory, 'source'))).pushTag(parseTag('wide'), wide);
    const words = ['copy', 'oci:source:wide', `${hosts[0]}/dev/wide`];
    const first = await run(words);
    expect(first.stdout).toContain(`${hosts[0]}/dev/wide:wide@${wide.descriptor.digest}  `);
    const again = await run(words);
    expect(again).toMatchObject({ exitCode: 0, stderr: '' });
    expect(again.stdout).toContain('  already so');
    await (await openLayout(join(directory, 'source'))).deleteTag?.(parseTag('wide'));
  });
});

describe('copy of some platforms', () => {
  it('says both digests, and keeps the attestations of what it keeps', async () => {
    const ran = await run(['copy', 'oci:source:1.0', `${hosts[0]}/dev/one`, '--platform', 'linux/arm64']);
    expect(ran.stdout).toContain(`${hosts[0]}/dev/one:1.0@${arm64.manifest.descriptor.digest}  `);
    expect(ran.stderr).toContain(index.descriptor.digest);
    expect(ran.stderr).toContain(`copied  ${arm64.manifest.descriptor.digest}`);
    expect(ran.stderr).not.toContain('attestation');

    const attested = await run(['copy', 'oci:source:1.0', 'oci:attested', '--platform', 'linux/amd64']);
    expect(attested.stderr).toContain('without its attestation');
  });

  it('tells them in the JSON document', async () => {
    const platforms = ['--platform', 'linux/arm64', '--platform', 'linux/amd64'];
    const ran = await run(['copy', 'oci:source:1.0', 'oci:both', ...platforms, '--json']);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      digest: index.descriptor.digest,
      sourceDigest: index.descriptor.digest,
      digestKept: true,
      platforms: ['linux/arm64', 'linux/amd64'],
    });
    expect(ran.stderr).toContain('its digest stays');
  });

  it('of an image for that platform alone copies it as it is', async () => {
    const ran = await run(['copy', 'oci:source:2.0.0', 'oci:plain', '--platform', 'linux/s390x']);
    expect(ran.stdout).toContain(plain.manifest.descriptor.digest);
    expect(ran.stderr).toContain('its digest stays');
  });
});
