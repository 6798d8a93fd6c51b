/**
 * A correct registry in memory, over HTTP on loopback: what quirks are laid over.
 *
 * Spec: distribution-spec v1.1.1, "Endpoints".
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { onTestFinished } from 'vitest';
import { digestOf } from '../../../oci/hash.ts';
import type { KeyPair } from '../client/certificates.ts';
import { listen } from '../client/transcript.ts';

/** One request, read to its end. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One answer; `breaks` closes the connection in its place. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly breaks?: true;
}

/** How a registry differs: answers by itself, or changes what the registry is asked, or what it answers. */
export type Behaviour = (
  asked: Asked,
  serve: (asked: Asked) => Promise<Reply>,
  registry: Contents,
) => Reply | Promise<Reply>;

/** What was asked and answered. */
export interface Seen extends Asked {
  readonly status: number;
}

interface Stored {
  readonly type: string;
  readonly bytes: Buffer;
}

/** What the registry holds. Keys are `repository@digest`, `repository:tag` and session ids. */
export interface Contents {
  /** `http://127.0.0.1:port`, or the same with https. */
  readonly url: string;
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, Stored>;
  readonly tags: Map<string, string>;
  readonly uploads: Map<string, Buffer>;
  readonly seen: Seen[];
}

/** A registry that listens until the test ends, over TLS with a key; the first behaviour is the outermost. */
export async function openPlainRegistry(behaviours: readonly Behaviour[] = [], tls?: KeyPair): Promise<Contents> {
  const seen: Seen[] = [];
  const state = { blobs: new Map(), manifests: new Map(), tags: new Map(), uploads: new Map(), seen };
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response).catch(() => response.destroy());
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  const { port } = await listen(server);
  const registry: Contents = { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, ...state };
  const serve = behaviours.reduceRight<(asked: Asked) => Promise<Reply>>(
    (inner, behaviour) => async (asked) => await behaviour(asked, inner, registry),
    async (asked) => serveCorrectly(registry, asked),
  );

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await readRequest(request);
    const reply = await serve(asked);
    seen.push({ ...asked, status: reply.status });
    if (reply.breaks) return void response.destroy();
    const body = Buffer.from(reply.body ?? '');
    // Answers to HEAD tell the length of what they leave out, unless they say otherwise.
    response.writeHead(reply.status, { 'content-length': String(body.length), ...reply.headers });
    response.end(asked.method === 'HEAD' ? undefined : body);
  }

  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return registry;
}

/** An error as the specification wants it. Spec: distribution-spec v1.1.1, "Error Codes". */
export function refusal(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Reply {
  const body = JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] });
  return { status, headers: { 'content-type': 'application/json', ...headers }, body };
}

async function readRequest(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const url = new URL(request.url ?? '/', 'http://registry');
  const { method = 'GET', headers } = request;
  return { method, path: url.pathname, query: url.searchParams, headers, body: Buffer.concat(chunks) };
}

function serveCorrectly(registry: Contents, asked: Asked): Reply {
  const { path } = asked;
  if (path === '/v2/') return { status: 200, body: '{}' };
  if (path === '/v2/_catalog') return catalog(registry, asked);
  const [, target, id = ''] = /^\/v2\/(.+)\/blobs\/uploads\/(\d*)$/.exec(path) ?? [];
  if (target !== undefined) return id === '' ? begin(registry, asked, target) : upload(registry, asked, target, id);
  const [, name = '', kind = '', rest = ''] =
    /^\/v2\/(.+)\/(blobs|manifests|tags|referrers)\/([^/]+)$/.exec(path) ?? [];
  if (kind === 'tags') return tags(registry, asked, name);
  if (kind === 'referrers') return referrers(registry, name, rest);
  if (kind === 'manifests') return manifest(registry, asked, name, rest);
  return kind === 'blobs' ? blob(registry, asked, name, rest) : { status: 404, body: '404 page not found\n' };
}

/** A mount needs a source, and is a session without one. */
function begin(registry: Contents, { method, query }: Asked, name: string): Reply {
  if (method !== 'POST') return refusal(405, 'UNSUPPORTED');
  const [digest, from] = [query.get('mount') ?? '', query.get('from') ?? ''];
  const mounted = registry.blobs.get(`${from}@${digest}`);
  if (mounted !== undefined) return stored(registry, name, digest, mounted);
  const id = String(registry.seen.length + 1);
  registry.uploads.set(id, Buffer.alloc(0));
  return { status: 202, headers: progress(name, id, 0) };
}

function upload(registry: Contents, { method, query, headers, body }: Asked, name: string, id: string): Reply {
  const had = registry.uploads.get(id);
  if (had === undefined) return refusal(404, 'BLOB_UPLOAD_UNKNOWN');
  if (method === 'DELETE') return registry.uploads.delete(id) ? { status: 204 } : refusal(404, 'BLOB_UPLOAD_UNKNOWN');
  if (method === 'GET') return { status: 204, headers: progress(name, id, had.length) };
  const range = headers['content-range'];
  const wanted = `${had.length}-${had.length + body.length - 1}`;
  if (range !== undefined && range !== wanted) return { status: 416, headers: progress(name, id, had.length) };
  const bytes = Buffer.concat([had, body]);
  registry.uploads.set(id, bytes);
  if (method === 'PATCH') return { status: 202, headers: progress(name, id, bytes.length) };
  registry.uploads.delete(id);
  const digest = query.get('digest') ?? '';
  return digest === digestOf(bytes, 'sha256') ? stored(registry, name, digest, bytes) : refusal(400, 'DIGEST_INVALID');
}

function progress(name: string, id: string, sizeBytes: number): Record<string, string> {
  return { location: `/v2/${name}/blobs/uploads/${id}`, range: `0-${Math.max(0, sizeBytes - 1)}` };
}

function stored(registry: Contents, name: string, digest: string, bytes: Buffer): Reply {
  registry.blobs.set(`${name}@${digest}`, bytes);
  return { status: 201, headers: { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest } };
}

function blob(registry: Contents, { method }: Asked, name: string, digest: string): Reply {
  const bytes = registry.blobs.get(`${name}@${digest}`);
  if (bytes === undefined) return refusal(404, 'BLOB_UNKNOWN');
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(bytes.length) };
  return { status: 200, headers, body: method === 'HEAD' ? '' : bytes };
}

function manifest(registry: Contents, asked: Asked, name: string, tagOrDigest: string): Reply {
  const { method, headers, body } = asked;
  if (method === 'PUT') {
    const digest = digestOf(body, 'sha256');
    if (tagOrDigest.includes(':') && tagOrDigest !== digest) return refusal(400, 'DIGEST_INVALID');
    const lacks = blobsOf(body).some((named) => !registry.blobs.has(`${name}@${named}`));
    if (lacks) return refusal(400, 'MANIFEST_BLOB_UNKNOWN');
    registry.manifests.set(`${name}@${digest}`, { type: headers['content-type'] ?? '', bytes: body });
    if (!tagOrDigest.includes(':')) registry.tags.set(`${name}:${tagOrDigest}`, digest);
    const location = `/v2/${name}/manifests/${digest}`;
    return { status: 201, headers: { location, 'docker-content-digest': digest } };
  }
  const digest = tagOrDigest.includes(':') ? tagOrDigest : (registry.tags.get(`${name}:${tagOrDigest}`) ?? '');
  const found = registry.manifests.get(`${name}@${digest}`);
  if (found === undefined) return refusal(404, 'MANIFEST_UNKNOWN');
  const length = String(found.bytes.length);
  const told = { 'content-type': found.type, 'docker-content-digest': digest, 'content-length': length };
  return { status: 200, headers: told, body: method === 'HEAD' ? '' : found.bytes };
}

function referrers(registry: Contents, name: string, subject: string): Reply {
  const manifests = [...registry.manifests].flatMap(([key, { type, bytes }]) => {
    const document = JSON.parse(bytes.toString()) as { subject?: { digest: string }; artifactType?: string };
    if (!key.startsWith(`${name}@`) || document.subject?.digest !== subject) return [];
    const { artifactType } = document;
    return [{ mediaType: type, digest: key.slice(name.length + 1), size: bytes.length, artifactType }];
  });
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  return {
    status: 200,
    headers: { 'content-type': mediaType },
    body: JSON.stringify({ schemaVersion: 2, mediaType, manifests }),
  };
}

function blobsOf(body: Buffer): readonly string[] {
  const document = JSON.parse(body.toString()) as { config?: { digest: string }; layers?: { digest: string }[] };
  return [document.config, ...(document.layers ?? [])].flatMap((descriptor) => descriptor?.digest ?? []);
}

function tags(registry: Contents, asked: Asked, name: string): Reply {
  const own = [...registry.tags.keys()].filter((key) => key.startsWith(`${name}:`));
  return page(
    own.map((key) => key.slice(name.length + 1)),
    asked,
    (entries) => ({ name, tags: entries }),
  );
}

function catalog(registry: Contents, asked: Asked): Reply {
  const names = new Set([...registry.manifests.keys()].map((key) => key.split('@', 1)[0] ?? ''));
  return page([...names], asked, (repositories) => ({ repositories }));
}

function page(entries: readonly string[], asked: Asked, document: (entries: readonly string[]) => unknown): Reply {
  const count = Number(asked.query.get('n') ?? 100);
  const last = asked.query.get('last') ?? '';
  const left = entries.toSorted().filter((entry) => entry > last);
  const shown = left.slice(0, count);
  const next = `<${asked.path}?n=${count}&last=${shown.at(-1)}>; rel="next"`;
  const headers = { 'content-type': 'application/json', ...(left.length > shown.length ? { link: next } : {}) };
  return { status: 200, headers, body: JSON.stringify(document(shown)) };
}
