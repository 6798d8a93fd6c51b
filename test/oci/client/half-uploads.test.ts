/** Copies of a blob that come to nothing: who is blamed, and what the target is left with. */
import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Target } from '../../../oci/copy/target.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { app, blobOf, errorOf, openTestClient, streamOf, testTiming } from './fixture.ts';
import { type Line, listen, openTranscript } from './transcript.ts';

/** Larger than what fits into the buffers between two processes. */
const { descriptor, bytes } = blobOf('x'.repeat(16 * 1024 * 1024));

/** Half of it, for the source, lies between the two ends: longer than a busy machine stands still. No other wait takes time. */
const stallMs = 600;

interface Side {
  readonly host: string;
  readonly repository: Target;
}

/** A target that keeps its sessions until they are ended, and takes the bytes of none or of all. */
async function openTarget(takes: 'nothing' | 'everything') {
  const sessions = new Set<string>();
  const begun: string[] = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://localhost').pathname;
    switch (request.method) {
      case 'POST': {
        const session = `${path}${begun.length}`;
        begun.push(session);
        sessions.add(session);
        return void response.writeHead(202, { location: session }).end();
      }
      case 'DELETE':
        return void response.writeHead(sessions.delete(path) ? 204 : 404).end();
      case 'PUT':
        if (takes === 'everything') request.resume();
        request.once('end', () => {
          sessions.delete(path);
          response.writeHead(201).end();
        });
        return;
    }
    response.writeHead(404).end();
  });
  return { ...(await openSide(server)), sessions, begun };
}

/** A source that sends so many bytes of whatever it is asked for, and then nothing more. */
async function openSource(sizeBytes: number): Promise<Side> {
  const server = createServer((request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const end = bytes.length - 1;
    const range = { 'content-range': `bytes ${from}-${end}/${bytes.length}` };
    response.writeHead(from === 0 ? 200 : 206, {
      'content-length': bytes.length - from,
      ...(from === 0 ? {} : range),
    });
    if (from < sizeBytes) response.write(bytes.subarray(from, sizeBytes));
    else response.flushHeaders();
    if (sizeBytes === bytes.length) response.end();
  });
  return await openSide(server);
}

async function openSide(server: ReturnType<typeof createServer>): Promise<Side> {
  const { port } = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${port}`;
  const client = openTestClient({ url: `http://${host}` }, testTiming({ stallMs }));
  return { host, repository: client.repository(app) };
}

async function push(target: Side, source: Side, signal?: AbortSignal): Promise<Error> {
  const open = () => source.repository.fetchBlob(descriptor, signal);
  return await errorOf(target.repository.pushBlob(descriptor, open, signal));
}

describe('a blob that cannot be copied', () => {
  it('because its source stands still is the fault of the source, and leaves no upload behind', async () => {
    const [source, target] = [await openSource(70_000), await openTarget('everything')];
    const error = await push(target, source);
    expect(error).toMatchObject({ fields: { registry: source.host, networkCode: 'STALLED' } });
    expect(target.begun.length).toBeGreaterThan(1);
    expect(target.sessions.size).toBe(0);
  });

  it('because its target takes nothing is the fault of the target, and leaves no upload behind', async () => {
    const [source, target] = [await openSource(bytes.length), await openTarget('nothing')];
    const error = await push(target, source);
    expect(error).toMatchObject({ fields: { registry: target.host, networkCode: 'STALLED' } });
    expect(target.begun.length).toBeGreaterThan(1);
    expect(target.sessions.size).toBe(0);
  });

  it.each([
    ['the source stands still', 70_000, 'everything'],
    ['the source has sent nothing yet', 0, 'everything'],
    ['the target takes nothing', bytes.length, 'nothing'],
  ] as const)('because the caller gives up while %s leaves no upload behind', async (_, sizeBytes, takes) => {
    const [source, target] = [await openSource(sizeBytes), await openTarget(takes)];
    const stop = new AbortController();
    const pushed = push(target, source, stop.signal);
    await expect.poll(() => target.sessions.size).toBe(1);
    stop.abort(new Error('enough'));
    expect((await pushed).message).toBe('enough');
    expect(target.begun).toHaveLength(1);
    expect(target.sessions.size).toBe(0);
  });
});

describe('an upload that the registry is just beginning when the caller gives up', () => {
  const small = blobOf('a layer');
  const base = parseRepositoryName('team/base');
  const begin = 'POST /v2/team/app/blobs/uploads/';
  const mount = (digest: string, from = '') => `${begin}?mount=${encodeURIComponent(digest)}${from}`;
  const session: Line = { request: '', status: 202, headers: { location: '/up/1' } };
  const cancelled: Line = { request: 'DELETE /up/1', status: 204 };
  const reason = new Error('enough');

  /** The registry holds back the answer to its request until the caller has given up. */
  async function openHolding(request: string) {
    const [asked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const server = await openTranscript([
      { ...session, request, onAsked: asked.resolve, after: held.promise },
      cancelled,
    ]);
    const stop = new AbortController();
    void asked.promise.then(() => {
      stop.abort(reason);
      held.resolve();
    });
    const repository = openTestClient({ url: server.url }).repository(app);
    const place = { registry: server.url, repository: base };
    return { repository, place, signal: stop.signal };
  }

  it('is ended', async () => {
    const { repository, signal } = await openHolding(begin);
    const pushing = repository.pushBlob(small.descriptor, async () => streamOf(small.bytes), signal);
    expect(await errorOf(pushing)).toBe(reason);
  });

  it('is ended where the blob was asked for by its digest on the way', async () => {
    const { repository, signal } = await openHolding(mount(descriptor.digest));
    const pushing = repository.pushBlob(descriptor, async () => streamOf(bytes), signal);
    expect(await errorOf(pushing)).toBe(reason);
  });

  it('is ended where it is in the place of a mount', async () => {
    const { repository, place, signal } = await openHolding(mount(small.descriptor.digest, '&from=team%2Fbase'));
    expect(await repository.mountBlob?.(small.descriptor, place, signal)).toBe(false);
  });

  it.each(['before the push', 'while the blob is asked for'])('is ended when that is %s', async (when) => {
    const head = `HEAD /v2/team/app/blobs/${small.descriptor.digest}`;
    const stop = new AbortController();
    const server = await openTranscript([
      { ...session, request: mount(small.descriptor.digest, '&from=team%2Fbase') },
      ...(when === 'before the push' ? [] : [{ request: head, onAsked: () => stop.abort(reason), status: 404 }]),
      cancelled,
    ]);
    const client = openTestClient({ url: server.url });
    const repository = client.repository(app);
    const place = { registry: server.url, repository: base };
    expect(await repository.mountBlob?.(small.descriptor, place, stop.signal)).toBe(false);
    if (when === 'before the push') stop.abort(reason);
    else expect(await errorOf(repository.hasBlob(small.descriptor, stop.signal))).toBe(reason);
    await expect.poll(() => server.seen.at(-1)?.request).toBe(cancelled.request);
  });

  it('is ended when the blob that was to be mounted is there', async () => {
    const server = await openTranscript([
      { ...session, request: mount(small.descriptor.digest, '&from=team%2Fbase') },
      { request: `HEAD /v2/team/app/blobs/${small.descriptor.digest}`, status: 200 },
      cancelled,
    ]);
    const repository = openTestClient({ url: server.url }).repository(app);
    const place = { registry: server.url, repository: base };
    expect(await repository.mountBlob?.(small.descriptor, place)).toBe(false);
    expect(await repository.hasBlob(small.descriptor)).toBe(true);
    expect(server.seen.at(-1)?.request).toBe(cancelled.request);
  });

  it('is ended when it is not known whether all was taken', async () => {
    const stop = new AbortController();
    const server = await openTranscript([
      { ...session, request: begin },
      { request: `PUT /up/1?digest=${encodeURIComponent(small.descriptor.digest)}`, breaks: 'before' },
      {
        request: `HEAD /v2/team/app/blobs/${small.descriptor.digest}`,
        onAsked: () => stop.abort(reason),
        stalls: 'before',
      },
      cancelled,
    ]);
    const repository = openTestClient({ url: server.url }).repository(app);
    const pushing = repository.pushBlob(small.descriptor, async () => streamOf(small.bytes), stop.signal);
    expect(await errorOf(pushing)).toBe(reason);
  });
});
