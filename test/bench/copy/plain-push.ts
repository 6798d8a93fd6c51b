/** Pushing with nothing of the product in between: what fills the registries must not depend on what is measured. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { request } from 'undici';
import { type Digest, parseDigest } from '../../../oci/spec/digest.ts';
import type { Content } from '../../oci/content.ts';

/** A repository by the address of its registry. */
export interface PushPlace {
  readonly url: string;
  readonly repository: string;
}

/** Pushes a stream whose digest is known only at its end. Spec: distribution-spec v1.1.1, "Pushing a blob in chunks". */
export async function pushStream(place: PushPlace, stream: Readable): Promise<{ digest: Digest; size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  async function* hashed() {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  }
  const headers = { 'content-type': 'application/octet-stream' };
  const opened = await send('POST', `${place.url}/v2/${place.repository}/blobs/uploads/`);
  const sent = await send('PATCH', opened, { headers, body: Readable.from(hashed()) });
  const digest = parseDigest(`sha256:${hash.digest('hex')}`);
  await send('PUT', withDigest(sent, digest));
  return { digest, size };
}

/** Pushes a blob that is in memory. Spec: distribution-spec v1.1.1, "Pushing a blob monolithically". */
export async function pushBytes(place: PushPlace, { descriptor, bytes }: Content): Promise<void> {
  const opened = await send('POST', `${place.url}/v2/${place.repository}/blobs/uploads/`);
  await send('PUT', withDigest(opened, descriptor.digest), {
    headers: { 'content-type': 'application/octet-stream' },
    body: bytes,
  });
}

/** Pushes a manifest by a tag or by its digest. Spec: distribution-spec v1.1.1, "Pushing Manifests". */
export async function pushManifest(place: PushPlace, manifest: Content, tagOrDigest: string): Promise<void> {
  const headers = { 'content-type': manifest.descriptor.mediaType };
  await send('PUT', `${place.url}/v2/${place.repository}/manifests/${tagOrDigest}`, { headers, body: manifest.bytes });
}

/** The digest that a tag names; undefined when it names none. Spec: distribution-spec v1.1.1, "Pulling manifests". */
export async function resolveDigest(place: PushPlace, tag: string): Promise<string | undefined> {
  const headers = { accept: 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json' };
  const url = `${place.url}/v2/${place.repository}/manifests/${tag}`;
  const answer = await request(url, { method: 'HEAD', headers });
  await answer.body.dump();
  const digest = answer.headers['docker-content-digest'];
  return answer.statusCode === 200 && typeof digest === 'string' ? digest : undefined;
}

interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Readable;
}

/** Sends a write that must succeed; answers the Location it gave, else the URL it went to. */
async function send(method: 'POST' | 'PATCH' | 'PUT', url: string, sent: Sent = {}): Promise<string> {
  const { headers = {}, body } = sent;
  const answer = await request(url, { method, headers, ...(body === undefined ? {} : { body }) });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`${method} ${url}: ${answer.statusCode} ${text}`);
  const { location } = answer.headers;
  return typeof location === 'string' ? new URL(location, url).href : url;
}

function withDigest(location: string, digest: Digest): string {
  const url = new URL(location);
  url.searchParams.set('digest', digest);
  return url.href;
}
