/** `copy` as a process, beside skopeo: into a distribution registry and out of it. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { parsePlatformText } from '../../oci/spec/platform.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { openLayout } from '../../oci/store/layout.ts';
import { contentOf, imageOf, indexOf, layerOf, manifestOf, pushAll } from '../oci/content.ts';
import { type ContainerTools, openContainerTools } from './container-tools.ts';
import { type Distribution, openDistribution } from './distribution.ts';
import { openScratchDirectory, type ScratchDirectory } from './scratch-directory.ts';

const program = join(import.meta.dirname, '../../cli/main.ts');
let scratch: ScratchDirectory;
let tools: ContainerTools;
let registry: Distribution;
let host = '';
const images = ['linux/amd64', 'linux/arm64', 'linux/s390x'].map(imageFor);
const index = indexOf(images.map(({ listed }) => listed));
const wide = wideImage();

beforeAll(async () => {
  scratch = await openScratchDirectory('copy');
  tools = await openContainerTools(scratch.path);
  registry = await openDistribution();
  host = new URL(registry.url).host;
  const layout = await openLayout(join(scratch.path, 'images'));
  const contents = images.flatMap(({ layer, config, manifest }) => [layer, config, manifest]);
  await pushAll(layout, [...contents, index, ...wide]);
  await layout.pushTag(parseTag('1.0'), index);
  await layout.pushTag(parseTag('wide'), wide[2]);
});

afterAll(async () => {
  await registry?.close();
  await tools?.close();
  await scratch?.close();
});

function imageFor(text: string) {
  const platform = parsePlatformText(text);
  const layer = layerOf(`of ${text}`);
  const image = imageOf(JSON.stringify({ ...platform, rootfs: { type: 'layers', diff_ids: [] } }), [layer.descriptor]);
  return { layer, ...image, listed: { ...image.manifest.descriptor, platform } };
}

/** Layer, configuration and manifest, each named by sha512. */
function wideImage() {
  const layer = contentOf(mediaTypes.ociLayer, Buffer.from('a layer'), 'sha512');
  const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'), 'sha512');
  const { bytes } = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [layer.descriptor] });
  return [layer, config, contentOf(mediaTypes.ociManifest, bytes, 'sha512')] as const;
}

function copy(...words: readonly string[]) {
  return tools.attempt(process.execPath, [program, 'copy', ...words]);
}

/** The manifest as skopeo, from outside, reads it. */
async function raw(image: string): Promise<string> {
  const { stdout } = await tools.attempt('skopeo', ['inspect', '--tls-verify=false', '--raw', `docker://${image}`]);
  return stdout;
}

describe('copy', () => {
  it('brings an index to a distribution registry as skopeo finds it, and back into a layout that skopeo reads', async () => {
    const target = `${host}/team/app`;
    const ran = await copy('oci:images:1.0', target);
    expect(ran).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${target}:1.0@${index.descriptor.digest}  `),
    });
    expect(await raw(`${target}:1.0`)).toBe(new TextDecoder().decode(index.bytes));

    expect((await copy(`${target}:1.0`, 'oci:back:there', '--quiet')).code).toBe(0);
    const words = ['copy', '--all', '--preserve-digests', '--dest-tls-verify=false', 'oci:back:there'];
    await tools.run('skopeo', [...words, `docker://${host}/team/by-skopeo:1.0`]);
    const again = await copy(`${target}:1.0`, `${host}/team/by-skopeo`);
    expect(again.stdout).toContain('  already so\n');
  });

  it('mounts within the registry, and says so', async () => {
    await copy('oci:images:1.0', `${host}/team/mounted-from`);
    const ran = await copy(`${host}/team/mounted-from:1.0`, `${host}/team/mounted`);
    expect(ran.stdout).toMatch(/ {2}6 blobs mounted, in /);
  });

  it('of two platforms makes an index that skopeo reads, under the digest that was told', async () => {
    const target = `${host}/team/two:1.0`;
    const ran = await copy('oci:images:1.0', target, '--platform', 'linux/arm64,linux/amd64');
    const [, digest = ''] = /@(\S+)/.exec(ran.stdout) ?? [];
    expect(ran.stderr).toContain(`copied  ${digest}`);
    const read = await raw(target);
    expect(JSON.parse(read).manifests).toHaveLength(2);
    expect(contentOf('', Buffer.from(read)).descriptor.digest).toBe(digest);
  });

  it('of an image named by sha512 leaves the tag where the registry knows no sha512, and is already so then', async () => {
    const target = `${host}/team/wide`;
    const ran = await copy('oci:images:wide', target);
    expect(ran).toMatchObject({ code: 0 });
    expect(await raw(`${target}:wide`)).toBe(new TextDecoder().decode(wide[2].bytes));
    expect((await copy('oci:images:wide', target)).stdout).toContain('  already so\n');
  });

  it('says what is wrong in two lines, and nothing else', async () => {
    const ran = await copy('oci:missing:1.0', `${host}/team/app`);
    expect(ran).toMatchObject({ code: 4, stdout: '' });
    expect(ran.stderr).toMatch(/^error MANIFEST_UNKNOWN: .*\nway out: .*\n$/);
  });
});
