/** Copies of a blob that come to nothing: who is blamed, and what the target is left with. */
import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Target } from '../../../oci/copy/target.ts';
import { app, blobOf, errorOf, openTestClient, testTiming } from './fixture.ts';
import { listen } from './transcript.ts';

/** Larger than what fits into the buffers between two processes. */
const { descriptor, bytes } = blobOf('x'.repeat(16 * 1024 * 1024));

/** Short, so that standing still is noticed soon; waiting between attempts takes no time. */
const stallMs = 200;

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
    await vi.waitFor(() => expect(target.sessions.size).toBe(1));
    stop.abort(new Error('enough'));
    expect((await pushed).message).toBe('enough');
    expect(target.begun).toHaveLength(1);
    expect(target.sessions.size).toBe(0);
  });
});
