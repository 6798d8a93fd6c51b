/** A listening registry on a directory of its own, and raw HTTP calls to it: what is sent is what the test says. */
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingHttpHeaders, request as sendRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Role, roles } from '../../core/access.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { isManifestType } from '../../oci/spec/media-type.ts';
import { openAccessDirectory } from '../../registry/access/access-directory.ts';
import type { AccessDirectory } from '../../registry/access/access-file.ts';
import type { RegistryEvent } from '../../registry/registry-event.ts';
import type { RegistryLimits } from '../../registry/registry-limits.ts';
import type { RegistrySettings } from '../../registry/registry-settings.ts';
import { type Coordination, openRegistry } from '../../registry/server.ts';
import { type Content, contentOf } from '../oci/content.ts';

/** Who sends a call: a token of the role, nobody, or an Authorization header. */
export type Caller = Role | 'nobody' | { readonly authorization: string };

export interface Call {
  readonly method?: string;
  /** As it goes over the wire. */
  readonly path: string;
  readonly as?: Caller;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The codes of an error answer, in order. */
  readonly codes: readonly string[];
}

export interface RegistryUnderTest {
  readonly url: string;
  readonly port: number;
  readonly directory: string;
  readonly access: AccessDirectory;
  readonly tokens: Readonly<Record<Role, string>>;
  readonly events: readonly RegistryEvent[];
  /** As an administrator unless the call says otherwise. */
  call(call: Call): Promise<Reply>;
  /** Pushes blobs and manifests, in order; manifests by digest. */
  push(repository: string, ...contents: readonly Content[]): Promise<void>;
  /** Points the tag at the manifest. */
  tag(repository: string, tag: string, manifest: Content): Promise<void>;
  close(): Promise<void>;
}

export interface RegistryUnderTestInit {
  readonly directory?: string;
  /** A free one when absent. */
  readonly port?: number;
  readonly limits?: Partial<RegistryLimits>;
  readonly settings?: Partial<RegistrySettings>;
  /** The file whose rules are followed. */
  readonly settingsFile?: string;
  /** The clock, in epoch milliseconds. */
  readonly now?: () => number;
  /** The clock of what is kept for a while, in milliseconds. */
  readonly uptime?: () => number;
  readonly coordination?: Partial<Coordination>;
}

/** A registry that listens on a free port; closing it removes its directory, unless one was given. */
export async function openRegistryUnderTest(init: RegistryUnderTestInit = {}): Promise<RegistryUnderTest> {
  const directory = init.directory ?? (await temporaryDirectory());
  const events: RegistryEvent[] = [];
  const access = await openAccessDirectory({
    file: join(directory, 'access.json'),
    htpasswd: init.settings?.htpasswd,
    now: init.now ?? Date.now,
    onEvent: (event) => events.push(event),
  });
  const tokens = await tokenPerRole(access);
  const registry = await openRegistry({
    dataDirectory: join(directory, 'registry'),
    host: '127.0.0.1',
    port: init.port ?? 0,
    access,
    onEvent: (event) => events.push(event),
    ...(init.limits === undefined ? {} : { limits: init.limits }),
    ...(init.settings === undefined ? {} : { settings: init.settings }),
    settingsFile: init.settingsFile,
    now: init.now ?? Date.now,
    uptime: init.uptime ?? (() => performance.now()),
    ...(init.coordination === undefined ? {} : { coordination: init.coordination }),
  });
  const call = (wanted: Call) => send(registry.port, tokens, wanted);

  async function pushOne(repository: string, { descriptor, bytes }: Content): Promise<void> {
    const { mediaType, digest } = descriptor;
    const reply = isManifestType(mediaType)
      ? await call({
          method: 'PUT',
          path: `/v2/${repository}/manifests/${digest}`,
          headers: { 'content-type': mediaType },
          body: bytes,
        })
      : await call({ method: 'POST', path: `/v2/${repository}/blobs/uploads/?digest=${digest}`, body: bytes });
    expect([reply.status, reply.text]).toEqual([201, '']);
  }

  return {
    url: registry.url,
    port: registry.port,
    directory,
    access,
    tokens,
    events,
    call,
    async push(repository, ...contents) {
      for (const content of contents) await pushOne(repository, content);
    },
    async tag(repository, tag, { descriptor, bytes }) {
      const headers = { 'content-type': descriptor.mediaType };
      const reply = await call({ method: 'PUT', path: `/v2/${repository}/manifests/${tag}`, headers, body: bytes });
      expect([reply.status, reply.text]).toEqual([201, '']);
    },
    async close() {
      await registry.close();
      await access.close();
      if (init.directory === undefined) await rm(directory, { recursive: true });
    },
  };
}

/** Settings by which every tag can be moved, exact versions as well. */
export const movableTags: Partial<RegistrySettings> = { tags: { writeOnce: 'off', exceptions: [] } };

/** A fresh directory, which the caller removes. */
export function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'registry-test-'));
}

/** Text as a blob without a type of its own. */
export function blobOf(text: string, algorithm: 'sha256' | 'sha512' = 'sha256'): Content {
  return contentOf('application/octet-stream', Buffer.from(text), algorithm);
}

/** The Basic header of a name and password. */
export function basic(username: string, password: string): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

/** A digest that nothing has. */
export const absentDigest = `sha256:${'0'.repeat(64)}` as Digest;

/** What the reply's body says, parsed. */
export function jsonOf(reply: Reply): unknown {
  return JSON.parse(reply.text);
}

/** Sends the call to the registry on the port. */
export function send(port: number, tokens: Readonly<Partial<Record<Role, string>>>, call: Call): Promise<Reply> {
  const { method = 'GET', path, as = 'admin', headers = {}, body } = call;
  const declared = body !== undefined && !('transfer-encoding' in headers);
  const length = declared ? { 'content-length': String(Buffer.byteLength(body)) } : {};
  return new Promise((resolve, reject) => {
    const request = sendRequest(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent: false,
        headers: { ...authorization(tokens, as), ...length, ...headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('latin1');
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, codes: codesIn(text) });
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

function authorization(tokens: Readonly<Partial<Record<Role, string>>>, as: Caller): Record<string, string> {
  if (as === 'nobody') return {};
  return typeof as === 'string' ? { ...basic('anyone', tokens[as] ?? '') } : { ...as };
}

function codesIn(text: string): readonly string[] {
  if (!text.startsWith('{"errors"')) return [];
  const { errors } = JSON.parse(text) as { errors: { code: string }[] };
  return errors.map(({ code }) => code);
}

async function tokenPerRole(access: AccessDirectory): Promise<Readonly<Record<Role, string>>> {
  const tokens: Record<Role, string> = { member: '', viewer: '', pusher: '', operator: '', service: '', admin: '' };
  for (const role of roles)
    tokens[role] = (await access.createToken({ name: `${role}-token`, role }, Date.now())).secret;
  return tokens;
}
