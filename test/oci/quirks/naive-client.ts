/**
 * What a straightforward client does: all that the specification asks for, in the way that first comes to mind. It works
 * with a correct registry, and fails against each quirk of this folder.
 *
 * Spec: distribution-spec v1.1.1, "Endpoints".
 */
import { Agent, request as sendRequest } from 'node:http';
import { request as sendTlsRequest, Agent as TlsAgent } from 'node:https';
import { onTestFinished } from 'vitest';
import type { FetchedManifest } from '../../../oci/copy/target.ts';
import { digestOf } from '../../../oci/hash.ts';
import type { Descriptor } from '../../../oci/spec/descriptor.ts';

/** Where several ways are straightforward; the first of each is taken unless another is chosen. */
export interface NaiveChoices {
  readonly upload?: 'put' | 'put-of-unknown-length' | 'ranged-patch' | 'patch-of-unknown-length' | 'chunks';
  readonly contentRange?: 'bare' | 'with-unit';
  /** `source-alone`: an upload is begun with a hint at where the blob may be. */
  readonly mount?: 'from-source' | 'without-source' | 'source-alone';
  /** `nothing`: the password goes to the registry itself. */
  readonly tokenBy?: 'get' | 'password-grant' | 'nothing';
  /** What is done when a server fails. */
  readonly onFailure?: 'give-up' | 'send-again';
}

export interface NaiveInit {
  readonly url: string;
  readonly now: () => number;
  readonly credentials?: { readonly username: string; readonly password: string } | undefined;
  readonly choices?: NaiveChoices | undefined;
  /** PEM of the authority to trust. */
  readonly ca?: string | undefined;
}

interface Reply {
  readonly status: number;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

interface Sending {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly accepts: readonly number[];
}

type Send = (method: string, url: URL, sending: Sending) => Promise<Reply>;

/** Life of a token as most examples have it. */
const tokenLifeMs = 15 * 60_000;

const chunkSizeBytes = 1024 * 1024;

/** Whatever is asked for, it is as good as a manifest. */
const accept = 'application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.v2+json';

/** Enough for everything. */
const pageEntries = 10_000;

/** A client that has met nobody yet. */
export function openNaiveClient(init: NaiveInit) {
  const send = openSender(init);
  return {
    async ping() {
      await send('GET', new URL('/v2/', init.url), { accepts: [200] });
    },
    listRepositories: () => list(send, new URL(`/v2/_catalog?n=${pageEntries}`, init.url), 'repositories'),
    repository: (name: string) => openRepository(init, send, name),
  };
}

function openRepository({ url, choices = {} }: NaiveInit, send: Send, name: string) {
  const below = (path: string) => new URL(`/v2/${name}/${path}`, url);
  return {
    /** What a GET says; a digest comes with every manifest. */
    async resolve(tag: string) {
      const reply = await send('GET', below(`manifests/${tag}`), { accepts: [200, 404] });
      return reply.status === 404 ? undefined : { digest: String(reply.headers['docker-content-digest']) };
    },
    /** A HEAD tells the size, and as much is read. */
    async fetchManifest(tag: string): Promise<FetchedManifest> {
      const head = await send('HEAD', below(`manifests/${tag}`), { accepts: [200] });
      const reply = await send('GET', below(`manifests/${tag}`), { accepts: [200] });
      const size = Number(head.headers['content-length']);
      if (reply.body.length !== size) throw new Error(`manifest of ${reply.body.length} bytes, not ${size}`);
      const digest = digestOf(reply.body, 'sha256');
      return { bytes: reply.body, descriptor: { mediaType: String(reply.headers['content-type']), digest, size } };
    },
    async hasBlob({ digest }: Descriptor) {
      return (await send('HEAD', below(`blobs/${digest}`), { accepts: [200, 404] })).status === 200;
    },
    async fetchBlob({ digest }: Descriptor) {
      return streamOf((await send('GET', below(`blobs/${digest}`), { accepts: [200] })).body);
    },
    listTags: () => list(send, below(`tags/list?n=${pageEntries}`), 'tags'),
    async pushBlob(descriptor: Descriptor, open: () => Promise<AsyncIterable<Uint8Array>>) {
      const begun = await send('POST', below(`blobs/uploads/${queryOf(choices, descriptor)}`), { accepts: [201, 202] });
      if (begun.status === 201) return;
      const bytes = Buffer.concat(await Array.fromAsync(await open()));
      await upload(send, choices, locationOf(begun), descriptor, bytes);
    },
    /** Any success is one. */
    async mountBlob({ digest }: Descriptor, from: { readonly repository: string }) {
      const url = below(`blobs/uploads/?mount=${digest}&from=${from.repository}`);
      await send('POST', url, { accepts: [201, 202] });
      return true;
    },
    /** The list that the registry keeps. */
    async listReferrers(subject: string) {
      const reply = await send('GET', below(`referrers/${subject}`), { accepts: [200] });
      return { referrers: JSON.parse(reply.body.toString()).manifests };
    },
    /** Each has the size that its list tells. */
    async fetchReferrer({ digest, size }: Descriptor) {
      const reply = await send('GET', below(`manifests/${digest}`), { accepts: [200] });
      if (reply.body.length !== size) throw new Error(`referrer of ${reply.body.length} bytes, not ${size}`);
      return digestOf(reply.body, 'sha256');
    },
    async pushManifest({ descriptor, bytes }: FetchedManifest) {
      await putManifest(send, below(`manifests/${descriptor.digest}`), descriptor, bytes);
    },
    async pushTag(tag: string, { descriptor, bytes }: FetchedManifest) {
      await putManifest(send, below(`manifests/${tag}`), descriptor, bytes);
    },
  };
}

function queryOf({ mount }: NaiveChoices, { digest }: Descriptor): string {
  if (mount === 'without-source') return `?mount=${digest}`;
  return mount === 'source-alone' ? '?from=team/base' : '';
}

async function putManifest(send: Send, url: URL, { mediaType }: Descriptor, bytes: Uint8Array): Promise<void> {
  await send('PUT', url, { headers: { 'content-type': mediaType }, body: Buffer.from(bytes), accepts: [201] });
}

/** Pages until there is no link to another. */
async function* list(send: Send, first: URL, field: string): AsyncIterable<string> {
  for (let url: URL | undefined = first; url !== undefined; ) {
    const reply = await send('GET', url, { accepts: [200] });
    yield* JSON.parse(reply.body.toString())[field];
    const [, next] = /<([^>]*)>/.exec(String(reply.headers['link'] ?? '')) ?? [];
    url = next === undefined ? undefined : new URL(next, url);
  }
}

/** A location is an address, to which the digest is added as its query. */
function locationOf(reply: Reply): string {
  return new URL(String(reply.headers['location']), reply.url).href;
}

async function upload(
  send: Send,
  choices: NaiveChoices,
  location: string,
  { digest }: Descriptor,
  bytes: Buffer,
): Promise<void> {
  const commit = (sending: Omit<Sending, 'accepts'>) =>
    send('PUT', new URL(`${location}?digest=${digest}`), { ...sending, accepts: [201] });
  const patch = (sending: Omit<Sending, 'accepts'>) =>
    send('PATCH', new URL(location), { ...sending, accepts: choices.upload === 'chunks' ? [201, 202] : [202] });
  const range = (start: number, end: number) => ({
    'content-range': choices.contentRange === 'with-unit' ? `bytes ${start}-${end}/*` : `${start}-${end}`,
  });
  const unknownLength = { 'transfer-encoding': 'chunked' };
  switch (choices.upload ?? 'put') {
    case 'put':
      await commit({ body: bytes });
      return;
    case 'put-of-unknown-length':
      await commit({ body: bytes, headers: unknownLength });
      return;
    case 'ranged-patch':
      await patch({ body: bytes, headers: range(0, bytes.length - 1) });
      break;
    case 'patch-of-unknown-length':
      await patch({ body: bytes, headers: { ...unknownLength, ...range(0, bytes.length - 1) } });
      break;
    case 'chunks':
      for (let start = 0; start < bytes.length; ) {
        const body = bytes.subarray(start, start + chunkSizeBytes);
        const reply = await patch({ body, headers: range(start, start + body.length - 1) });
        start = Number(/-(\d+)$/.exec(String(reply.headers['range']))?.[1]) + 1;
      }
  }
  await commit({});
}

/** Requests with a token once one was asked for, redirects followed as they come, errors in the specified form. */
function openSender({ now, credentials, choices = {}, ca }: NaiveInit): Send {
  const plain = new Agent({ keepAlive: true });
  const secure = new TlsAgent({ keepAlive: true, ca });
  const agent = { 'http:': plain, 'https:': secure };
  onTestFinished(() => {
    plain.destroy();
    secure.destroy();
  });
  let token: { readonly authorization: string; readonly endsAt: number } | undefined;

  /** The challenge says where, and for what. */
  async function signIn(challenge: string): Promise<string> {
    const parameter = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? '';
    const query = `service=${parameter('service')}&scope=${parameter('scope')}`;
    const { username, password } = credentials ?? { username: '', password: '' };
    const reply =
      choices.tokenBy === 'password-grant'
        ? await call(agent, 'POST', new URL(parameter('realm')), {
            headers: { 'content-type': 'application/x-www-form-urlencoded' },
            body: Buffer.from(`grant_type=password&username=${username}&password=${password}&${query}`),
          })
        : await call(agent, 'GET', new URL(`${parameter('realm')}?${query}`), {
            headers: { authorization: basicOf(credentials) },
          });
    if (reply.status !== 200) throw new Error(`${reply.status} no token`);
    const granted = JSON.parse(reply.body.toString());
    const authorization = `Bearer ${granted.token ?? granted.access_token}`;
    token = { authorization, endsAt: now() + tokenLifeMs };
    return authorization;
  }

  return async (method, url, { headers = {}, body, accepts }) => {
    let authorization = token !== undefined && token.endsAt > now() ? token.authorization : undefined;
    if (choices.tokenBy === 'nothing') authorization = basicOf(credentials);
    const attempt = (target: URL) =>
      call(agent, method, target, { headers: { accept, ...headers, ...(authorization && { authorization }) }, body });
    let reply = await attempt(url);
    if (reply.status === 401 && authorization === undefined) {
      authorization = await signIn(String(reply.headers['www-authenticate']));
      reply = await attempt(url);
    }
    if (reply.status >= 500 && choices.onFailure === 'send-again') reply = await attempt(url);
    if (reply.status >= 300 && reply.status < 400) reply = await attempt(new URL(locationOf(reply)));
    if (accepts.includes(reply.status)) return reply;
    if (method === 'HEAD') throw new Error(`${reply.status}`);
    const [error] = JSON.parse(reply.body.toString()).errors;
    throw new Error(`${reply.status} ${error.code}`);
  };
}

function basicOf(credentials: NaiveInit['credentials']): string {
  const { username, password } = credentials ?? { username: '', password: '' };
  return `Basic ${btoa(`${username}:${password}`)}`;
}

function call(
  agents: Readonly<Record<string, Agent>>,
  method: string,
  url: URL,
  { headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body?: Buffer | undefined },
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const length = 'transfer-encoding' in headers ? {} : { 'content-length': String(body?.length ?? 0) };
    const send = url.protocol === 'https:' ? sendTlsRequest : sendRequest;
    const agent = agents[url.protocol];
    const options = { method, headers: { ...length, ...headers }, ...(agent === undefined ? {} : { agent }) };
    const sent = send(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, url, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function* streamOf(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
