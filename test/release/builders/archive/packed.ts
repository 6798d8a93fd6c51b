/** Tar files for tests, and archives of images as container tools write them. */
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';

/** What is packed under a name: bytes or text, or what a symbolic link leads to. */
export type Packed = string | Uint8Array | { readonly link: string };

/** The tar file with the entries in their order. */
export async function tarOf(entries: readonly (readonly [name: string, content: Packed])[]): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of entries) {
    const header = { name, mtime: new Date(0) };
    if (typeof content === 'object' && 'link' in content) {
      tar.entry({ ...header, type: 'symlink', linkname: content.link }, Buffer.alloc(0));
    } else tar.entry(header, Buffer.from(content));
  }
  tar.finalize();
  return buffer(tar);
}

/** The digits of the bytes' digest. */
export function hexOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A layer with one file in it. */
export function layerTarOf(name: string, text: string): Promise<Buffer> {
  return tarOf([[name, text]]);
}

/** A configuration of layers whose unpacked bytes are these. */
export function configOf(layers: readonly Uint8Array[], more: Readonly<Record<string, unknown>> = {}): string {
  const diffIds = layers.map((layer) => `sha256:${hexOf(layer)}`);
  return JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: diffIds }, ...more });
}

/** An archive as docker wrote it before it kept images in containerd: a directory for each layer, one list for all. */
export async function savedByOldDocker(
  layers: readonly Uint8Array[],
  { tags = ['app:1'], config = configOf(layers) }: { tags?: readonly string[] | null; config?: string } = {},
): Promise<Buffer> {
  const names = layers.map((_, at) => `${String(at).repeat(8)}/layer.tar`);
  const first = layers.findIndex((layer, at) => layers.indexOf(layer) < at);
  const entries = layers.map((layer, at) => {
    // It writes a layer that comes twice once, and a link to it.
    const content = at === first ? { link: `../${names[layers.indexOf(layer)]}` } : layer;
    return [names[at] ?? '', content] as const;
  });
  const configName = `${hexOf(Buffer.from(config))}.json`;
  const list = JSON.stringify([{ Config: configName, RepoTags: tags, Layers: names }]);
  return await tarOf([...entries, [configName, config], ['manifest.json', list]]);
}
