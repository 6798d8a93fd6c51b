/** A small registry in memory, of one repository, which counts what it is asked; with a referrers API or without. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { digestOf } from '../../oci/hash.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import { type Digest, digestAlgorithm, isDigest } from '../../oci/spec/digest.ts';
import { manifestSuccessors, parseManifest } from '../../oci/spec/manifest.ts';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { referrerDescriptor } from '../../oci/spec/referrer.ts';
import { listen } from './client/transcript.ts';

interface Stored {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** A request to answer, and what it brings. */
export interface Asking {
  readonly method: string;
  /** Below the repository: `manifests/v1`. */
  readonly path: string;
  readonly body: Buffer;
}

export interface PlainRegistryOptions {
  readonly referrersApi: boolean;
  /** Answers in the registry's stead when it returns an answer; called once the body is there. */
  readonly instead?: (asking: Asking) => PlainAnswer | undefined;
}

export interface PlainAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface PlainRegistry {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  readonly manifests: Map<Digest, Stored>;
  readonly blobs: Map<Digest, Buffer>;
  readonly tags: Map<string, Digest>;
  /** `GET manifests/v1` and the like, in the order they came; those of uploads without their session. */
  readonly requests: string[];
  readonly close: () => Promise<void>;
}

/** A running registry; whoever opens it closes it. */
export async function openPlainRegistry(options: PlainRegistryOptions): Promise<PlainRegistry> {
  const stores = {
    manifests: new Map(),
    blobs: new Map(),
    tags: new Map(),
    requests: [],
  } satisfies Partial<PlainRegistry>;
  const registry: Omit<PlainRegistry, 'url' | 'close'> = stores;
  const server = createServer((request, response) => {
    readBody(request)
      .then((body) => send(response, request, answer(registry, options, request, body)))
      .catch(() => response.destroy());
  });
  const { port } = await listen(server);
  return {
    ...registry,
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Stores = Omit<PlainRegistry, 'url' | 'close'>;

function answer(stores: Stores, options: PlainRegistryOptions, request: IncomingMessage, body: Buffer): PlainAnswer {
  const url = new URL(request.url ?? '/', 'http://registry');
  const path = url.pathname.replace('/v2/team/app/', '');
  const method = request.method ?? 'GET';
  stores.requests.push(`${method} ${path.replace(/^blobs\/uploads\/.*/, 'blobs/uploads/')}`);
  const instead = options.instead?.({ method, path, body });
  if (instead !== undefined) return instead;
  const [room = '', name = ''] = path.split('/', 2);
  if (room === 'tags') return json(200, { name: 'team/app', tags: [...stores.tags.keys()].sort() });
  if (room === 'referrers' && options.referrersApi && isDigest(name)) return referrersOf(stores, name);
  if (room === 'manifests' && method === 'PUT') {
    return pushManifest(stores, options, name, { mediaType: request.headers['content-type'] ?? '', bytes: body });
  }
  if (room === 'manifests' && method === 'DELETE') return removeManifest(stores, name);
  if (room === 'manifests') return manifestAnswer(stores, name);
  if (room === 'blobs' && name === 'uploads') return upload(stores, method, url, body);
  if (room === 'blobs' && isDigest(name)) return blobAnswer(stores, name);
  return { status: 404, body: '404 page not found' };
}

function referrersOf(stores: Stores, subject: Digest): PlainAnswer {
  const manifests: Descriptor[] = [];
  for (const [digest, { mediaType, bytes }] of stores.manifests) {
    const manifest = parseManifest(bytes, mediaType);
    if (manifest.subject?.digest !== subject) continue;
    manifests.push(referrerDescriptor(manifest, { mediaType, digest, size: bytes.length }));
  }
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  return { status: 200, headers: { 'content-type': mediaTypes.ociIndex }, body: JSON.stringify(index) };
}

/** Like distribution, it refuses an index of manifests that are not there. */
function pushManifest(stores: Stores, options: PlainRegistryOptions, name: string, stored: Stored): PlainAnswer {
  const manifest = parseManifest(stored.bytes, stored.mediaType);
  const missing = manifestSuccessors(manifest).filter(({ digest }) => !stores.manifests.has(digest));
  if (missing.length > 0) return refusal(404, 'MANIFEST_BLOB_UNKNOWN');
  const digest = digestOf(stored.bytes, isDigest(name) ? digestAlgorithm(name) : 'sha256');
  if (isDigest(name) && name !== digest) return refusal(400, 'DIGEST_INVALID');
  stores.manifests.set(digest, stored);
  if (!isDigest(name)) stores.tags.set(name, digest);
  const subject = options.referrersApi ? manifest.subject?.digest : undefined;
  return {
    status: 201,
    headers: { 'docker-content-digest': digest, ...(subject === undefined ? {} : { 'oci-subject': subject }) },
  };
}

function manifestAnswer(stores: Stores, name: string): PlainAnswer {
  const digest = isDigest(name) ? name : stores.tags.get(name);
  const stored = digest && stores.manifests.get(digest);
  if (!stored) return refusal(404, 'MANIFEST_UNKNOWN');
  return {
    status: 200,
    headers: { 'content-type': stored.mediaType, 'docker-content-digest': digest },
    body: stored.bytes,
  };
}

function removeManifest(stores: Stores, name: string): PlainAnswer {
  for (const [tag, digest] of stores.tags) if (tag === name || digest === name) stores.tags.delete(tag);
  if (isDigest(name)) stores.manifests.delete(name);
  return { status: 202 };
}

function upload(stores: Stores, method: string, url: URL, body: Buffer): PlainAnswer {
  if (method === 'POST') return { status: 202, headers: { location: `${url.pathname}session` } };
  const digest = url.searchParams.get('digest') ?? '';
  if (!isDigest(digest)) return refusal(400, 'DIGEST_INVALID');
  if (digest !== digestOf(body, digestAlgorithm(digest))) return refusal(400, 'DIGEST_INVALID');
  stores.blobs.set(digest, body);
  return { status: 201 };
}

function blobAnswer(stores: Stores, digest: Digest): PlainAnswer {
  const bytes = stores.blobs.get(digest);
  return bytes === undefined ? refusal(404, 'BLOB_UNKNOWN') : { status: 200, body: bytes };
}

function refusal(status: number, code: string): PlainAnswer {
  return json(status, { errors: [{ code, message: code.toLowerCase() }] });
}

function json(status: number, value: unknown): PlainAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

function send(response: ServerResponse, request: IncomingMessage, { status, headers, body = '' }: PlainAnswer): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { 'content-length': String(bytes.length), ...headers });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
