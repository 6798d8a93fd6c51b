/** One copy between two registries in this process, so that what is measured next is not the first thing it ever does. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openRegistryClient } from '../../../../oci/client/registry-client.ts';
import { copy } from '../../../../oci/copy/copy.ts';
import { mediaTypes } from '../../../../oci/spec/media-type.ts';
import { parseRepositoryName } from '../../../../oci/spec/repository-name.ts';
import { parseTag } from '../../../../oci/spec/tag.ts';
import { type Content, contentOf, imageOf, indexOf } from '../../../oci/content.ts';

/** As many blobs as the case of many small ones has, and one that is read as large ones are. */
const platforms = 4;
const layersPerPlatform = 10;
const layerBytes = 20 * 1024;
const largeLayerBytes = 2 * 1024 * 1024;

const name = parseRepositoryName('warm/up');
const tag = parseTag('once');

/** Copies an image that nobody measures; whatever it opened is closed. */
export async function warmUp(): Promise<void> {
  const { contents, root } = imageToCopy();
  const [source, target] = [await openThrowaway(), await openThrowaway()];
  const clients = [source, target].map(({ url }) => openRegistryClient({ url }));
  try {
    for (const { descriptor, bytes } of [...contents, root]) source.stored.set(descriptor.digest, bytes);
    source.stored.set(tag, root.bytes);
    const [from, to] = clients.map((client) => client.repository(name));
    if (from !== undefined && to !== undefined) await copy(from, tag, to, [tag]);
  } finally {
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all([source.close(), target.close()]);
  }
}

function imageToCopy(): { readonly contents: readonly Content[]; readonly root: Content } {
  const images = Array.from({ length: platforms }, (_, platform) => {
    const layers = Array.from({ length: layersPerPlatform }, (_, layer) => {
      const isLarge = platform === 0 && layer === 0;
      const bytes = new Uint8Array(isLarge ? largeLayerBytes : layerBytes).fill(platform * layersPerPlatform + layer);
      return contentOf(mediaTypes.ociLayer, bytes);
    });
    return {
      layers,
      ...imageOf(
        `{"platform":${platform}}`,
        layers.map(({ descriptor }) => descriptor),
      ),
    };
  });
  const contents = images.flatMap(({ layers, config, manifest }) => [...layers, config, manifest]);
  return { contents, root: indexOf(images.map(({ manifest }) => manifest.descriptor)) };
}

/** A registry of one repository that answers what a copy asks, and believes everything. */
async function openThrowaway() {
  /** By digest, and manifests by their tags as well. */
  const stored = new Map<string, Uint8Array>();
  const server = createServer((request, response) => {
    readAll(request)
      .then((body) => answer(stored, request, body, response))
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stored,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(
  stored: Map<string, Uint8Array>,
  { method, url = '' }: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): void {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const what = decodeURIComponent(pathname.split('/').at(-1) ?? '');
  if (method === 'POST') {
    response.writeHead(202, { location: `${pathname}session`, 'content-length': '0' }).end();
    return;
  }
  if (method === 'PUT') {
    stored.set(searchParams.get('digest') ?? what, body);
    response.writeHead(201, { location: pathname, 'content-length': '0' }).end();
    return;
  }
  const found = stored.get(what);
  if (found === undefined) {
    const code = pathname.endsWith('/tags/list') ? 'NAME_UNKNOWN' : 'MANIFEST_UNKNOWN';
    response.writeHead(404).end(method === 'HEAD' ? undefined : JSON.stringify({ errors: [{ code }] }));
    return;
  }
  const isManifest = pathname.includes('/manifests/');
  const type = isManifest ? String(JSON.parse(Buffer.from(found).toString())['mediaType']) : 'application/octet-stream';
  response.writeHead(200, { 'content-type': type, 'content-length': String(found.length) });
  response.end(method === 'HEAD' ? undefined : found);
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
