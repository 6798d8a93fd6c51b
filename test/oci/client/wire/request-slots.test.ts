/** How many requests of a client are under way at once, seen by the registry. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RegistryClientInit } from '../../../../oci/client/registry-client.ts';
import { requestClassOf } from '../../../../oci/client/wire/request-class.ts';
import { digestOf } from '../../../../oci/hash.ts';
import type { Descriptor } from '../../../../oci/spec/descriptor.ts';
import { parseRepositoryName } from '../../../../oci/spec/repository-name.ts';
import { parseTag } from '../../../../oci/spec/tag.ts';
import { app, openTestClient, testTiming, textOf } from '../fixture.ts';
import { listen } from '../transcript.ts';

const other = parseRepositoryName('team/other');

/** Blobs of a size that does not fit into the buffers between two processes. */
const blobs = Array.from({ length: 6 }, (_, at) => {
  const bytes = Buffer.alloc(2 * 1024 * 1024, String(at));
  return { bytes, descriptor: { mediaType: 'a/b', digest: digestOf(bytes), size: bytes.length } satisfies Descriptor };
});

interface Counting {
  readonly url: string;
  /** `GET read`: how many at once at most. */
  readonly most: ReadonlyMap<string, number>;
  readonly served: readonly string[];
}

/** A registry that has the blobs, takes any other, and counts what is under way. */
async function openCounting(answer: typeof serve = serve): Promise<Counting> {
  const most = new Map<string, number>();
  const current = new Map<string, number>();
  const served: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost');
    const key = `${request.method} ${requestClassOf(request.method ?? '', pathname)}`;
    served.push(`${request.method} ${pathname}`);
    const now = (current.get(key) ?? 0) + 1;
    current.set(key, now);
    most.set(key, Math.max(most.get(key) ?? 0, now));
    response.once('close', () => current.set(key, (current.get(key) ?? 0) - 1));
    answer(request, response, pathname);
  });
  const { port } = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${port}`, most, served };
}

function serve(request: IncomingMessage, response: ServerResponse, path: string): void {
  request.resume();
  request.once('end', () => {
    if (request.method === 'POST') return void response.writeHead(202, { location: `${path}${Math.random()}` }).end();
    if (request.method === 'PUT') return void response.writeHead(201).end();
    const blob = blobs.find(({ descriptor }) => path.endsWith(descriptor.digest));
    if (blob === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-length': blob.bytes.length });
    response.end(request.method === 'HEAD' ? undefined : blob.bytes);
  });
}

/** Copies every blob at once from one repository of the registry to another. */
async function copyAll(url: string, init: Partial<RegistryClientInit>): Promise<void> {
  const client = openTestClient({ url, ...init });
  const [source, target] = [client.repository(app), client.repository(other)];
  await Promise.all(blobs.map(({ descriptor }) => target.pushBlob(descriptor, () => source.fetchBlob(descriptor))));
}

describe('requests under way', () => {
  it('are one to read and one to write when a registry bears no more, and a copy within it ends all the same', async () => {
    const registry = await openCounting();
    await copyAll(registry.url, { concurrency: { read: 1, write: 1 } });
    expect(Object.fromEntries(registry.most)).toMatchObject({ 'GET read': 1, 'PUT write': 1 });
    expect(registry.served).toHaveLength(3 * blobs.length);
  });

  it('are not held back where nothing says so', async () => {
    const waiting: (() => void)[] = [];
    const registry = await openCounting((request, response, path) => {
      if (request.method !== 'GET') return serve(request, response, path);
      // Nobody is answered before all are there.
      waiting.push(() => serve(request, response, path));
      if (waiting.length === blobs.length) for (const answer of waiting) answer();
    });
    await copyAll(registry.url, {});
    expect(registry.most.get('GET read')).toBe(blobs.length);
  });

  it('are half as many after a 429', async () => {
    let asked = 0;
    let current = 0;
    const most = [0, 0];
    const registry = await openCounting((request, response, path) => {
      asked += 1;
      current += 1;
      const round = asked <= 12 ? 0 : 1;
      most[round] = Math.max(most[round] ?? 0, current);
      response.once('close', () => {
        current -= 1;
      });
      // Answered in the next round of the loop, so that whatever may come at once has come.
      if (round === 1) setImmediate(() => serve(request, response, path));
      else if (asked === 12) response.writeHead(429).end();
      else waiting.push(() => response.writeHead(429).end());
      if (asked === 12) for (const answer of waiting) answer();
    });
    const waiting: (() => void)[] = [];
    const repository = openTestClient({ url: registry.url, concurrency: { read: 12 } }).repository(app);
    const [blob] = blobs;
    if (blob === undefined) throw new Error('no blob');
    await Promise.all(Array.from({ length: 12 }, () => repository.hasBlob(blob.descriptor)));
    expect(most[0]).toBe(12);
    expect(most[1]).toBeLessThanOrEqual(8);
    expect(asked).toBe(24);
  });

  it('hold their slot until the body is at its end, and no longer', async () => {
    const registry = await openCounting();
    const client = openTestClient({ url: registry.url, concurrency: { read: 1 } });
    const repository = client.repository(app);
    const [first, second] = blobs;
    if (first === undefined || second === undefined) throw new Error('no blobs');
    const reading = await repository.fetchBlob(first.descriptor);
    const next = repository.fetchBlob(second.descriptor);
    // Documents and short questions pass.
    await repository.hasBlob(second.descriptor);
    await repository.resolve(parseTag('1.0'));
    expect(registry.most.get('GET read')).toBe(1);
    expect((await textOf(reading)).length).toBe(first.descriptor.size);
    for await (const _ of await next) break;
    // Ending the reading early gives the slot back as well.
    await textOf(await repository.fetchBlob(first.descriptor));
    expect(registry.served.filter((line) => line.startsWith('GET'))).toHaveLength(3);
  });

  it('are let go with the signal, though nobody began to read', async () => {
    const registry = await openCounting();
    const repository = openTestClient({ url: registry.url, concurrency: { read: 1 } }).repository(app);
    const [first, second] = blobs;
    if (first === undefined || second === undefined) throw new Error('no blobs');
    const stop = new AbortController();
    await repository.fetchBlob(first.descriptor, stop.signal);
    stop.abort();
    expect((await textOf(await repository.fetchBlob(second.descriptor))).length).toBe(second.descriptor.size);
  });

  it('of a rollback do not wait for those of anybody else', async () => {
    const hold = Promise.withResolvers<void>();
    const registry = await openCounting((request, response, path) => {
      const before = registry.served.length <= 2 ? hold.promise : Promise.resolve();
      void before.then(() => serve(request, response, path));
    });
    const client = openTestClient({ url: registry.url, concurrency: { read: 2 } }, testTiming());
    const [blob] = blobs;
    if (blob === undefined) throw new Error('no blob');
    const ordinary = Array.from({ length: 4 }, () => client.repository(app).hasBlob(blob.descriptor));
    await expect.poll(() => registry.served).toHaveLength(2);
    expect(await client.repository(other, { priority: 'rollback' }).hasBlob(blob.descriptor)).toBe(true);
    expect(registry.served).toHaveLength(3);
    hold.resolve();
    await Promise.all(ordinary);
  });
});

describe('requests that a registry sends to its storage', () => {
  const [first, second] = blobs as [(typeof blobs)[0], (typeof blobs)[0]];

  /** A registry that has no blob itself, and says where each lies. */
  async function openRedirecting(storage: Counting): Promise<Counting> {
    return await openCounting((request, response, path) => {
      if (request.method !== 'GET') return serve(request, response, path);
      request.resume();
      response.writeHead(307, { location: `${storage.url}/bucket/${path.split('/').at(-1)}?signed=yes` }).end();
    });
  }

  it('hold a slot there, and none of the registry', async () => {
    const storage = await openCounting();
    const registry = await openRedirecting(storage);
    const client = openTestClient({ url: registry.url, concurrency: { read: 1 } });
    const repository = client.repository(app);
    const reading = await repository.fetchBlob(first.descriptor);
    const next = repository.fetchBlob(second.descriptor);
    await expect.poll(() => registry.served).toHaveLength(2);
    expect(storage.served).toHaveLength(1);
    await textOf(reading);
    expect((await textOf(await next)).length).toBe(second.descriptor.size);
    expect(storage.most.get('GET manifest-read')).toBe(1);
  });

  it('are fewer when the storage is overloaded, and those of the registry as many as before', async () => {
    let refusals = 0;
    const storage = await openCounting((request, response, path) => {
      if (refusals++ < 12) response.writeHead(503).end();
      else setImmediate(() => serve(request, response, path));
    });
    const asked = { questions: 0, most: 0 };
    const registry = await openCounting((request, response, path) => {
      if (request.method === 'GET') {
        response.writeHead(307, { location: `${storage.url}/bucket/${path.split('/').at(-1)}` }).end();
        return;
      }
      asked.questions += 1;
      asked.most = Math.max(asked.most, asked.questions);
      response.once('close', () => {
        asked.questions -= 1;
      });
      // Answered when as many have come as the registry bears.
      waiting.push(() => serve(request, response, path));
      if (waiting.length === 12) for (const answer of waiting) answer();
    });
    const waiting: (() => void)[] = [];
    const repository = openTestClient({ url: registry.url, concurrency: { read: 12 } }).repository(app);
    await Promise.all(Array.from({ length: 12 }, async () => textOf(await repository.fetchBlob(first.descriptor))));
    expect(refusals).toBe(24);
    await Promise.all(Array.from({ length: 12 }, () => repository.hasBlob(first.descriptor)));
    expect(asked.most).toBe(12);
  });
});
