/** One image in a registry, pushed as anybody pushes it, and read back whole. */
import { createHash, randomBytes } from 'node:crypto';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { type Content, contentOf, imageOf } from '../../oci/content.ts';
import type { Server } from './open-server.ts';
import type { RegistrySizes } from './registry-row.ts';

/** The same for all contestants of a run. */
export interface SeededContent {
  readonly repository: string;
  readonly tag: string;
  readonly manifest: Content;
  readonly config: Content;
  readonly medium: Content;
  readonly large: Content;
}

/** Content that no other run has. */
export function makeSeededContent({ bytes }: Pick<RegistrySizes, 'bytes'>): SeededContent {
  const layer = (sizeBytes: number) => contentOf(mediaTypes.ociLayer, randomBytes(sizeBytes));
  const [medium, large] = [layer(bytes.medium), layer(bytes.large)];
  const image = imageOf(randomBytes(16).toString('hex'), [medium.descriptor, large.descriptor]);
  return { repository: 'bench/app', tag: '1.0.0', ...image, medium, large };
}

/** Pushes all of it and reads every blob back. */
export async function seedRegistry(server: Server, content: SeededContent): Promise<void> {
  const { repository, tag, manifest } = content;
  const blobs = [content.config, content.medium, content.large];
  for (const blob of blobs) await pushBlob(server, repository, blob);
  await request(server, 'PUT', `/v2/${repository}/manifests/${tag}`, 201, {
    headers: { 'content-type': manifest.descriptor.mediaType },
    body: manifest.bytes,
  });
  for (const { descriptor } of blobs) await assertBlob(server, repository, descriptor.digest);
}

/** Reads the blob and compares its bytes with its digest. */
export async function assertBlob(server: Server, repository: string, digest: string): Promise<void> {
  const response = await request(server, 'GET', `/v2/${repository}/blobs/${digest}`, 200);
  const hash = createHash('sha256');
  for await (const chunk of response.body ?? []) hash.update(chunk);
  const found = `sha256:${hash.digest('hex')}`;
  if (found !== digest) throw new Error(`a blob came as ${found}: ${digest}`);
}

async function pushBlob(server: Server, repository: string, { descriptor, bytes }: Content): Promise<void> {
  const begun = await request(server, 'POST', `/v2/${repository}/blobs/uploads/`, 202);
  await begun.body?.cancel();
  const location = new URL(begun.headers.get('location') ?? '', urlOf(server));
  location.searchParams.set('digest', descriptor.digest);
  const headers = { 'content-type': 'application/octet-stream' };
  const path = `${location.pathname}${location.search}`;
  await (await request(server, 'PUT', path, 201, { headers, body: bytes })).body?.cancel();
}

async function request(
  server: Server,
  method: string,
  path: string,
  status: number,
  init: { readonly headers?: Readonly<Record<string, string>>; readonly body?: Uint8Array } = {},
): Promise<Response> {
  const body = init.body === undefined ? {} : { body: new Uint8Array(init.body) };
  const headers = { ...server.headers, ...init.headers };
  const response = await fetch(`${urlOf(server)}${path}`, { method, headers, ...body });
  if (response.status === status) return response;
  throw new Error(`${method} ${path}: ${response.status}, not ${status}: ${await response.text()}`);
}

function urlOf({ host, port }: Server): string {
  return `http://${host}:${port}`;
}
