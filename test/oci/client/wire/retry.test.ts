/** What is repeated, how often, and after how long. */
import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RegistryError, TransportError } from '../../../../errors/errors.ts';
import { app, blobOf, errorOf, openTestClient, testTiming } from '../fixture.ts';
import { type Line, listen, openTranscript } from '../transcript.ts';

const { descriptor } = blobOf('a layer');
const request = `HEAD /v2/team/app/blobs/${descriptor.digest}`;

/** Asks for a blob through the lines; tells the delays before each further attempt. */
async function ask(lines: readonly Omit<Line, 'request'>[]): Promise<{ delays: readonly number[]; found: boolean }> {
  const server = await openTranscript(lines.map((line) => ({ request, ...line })));
  const timing = testTiming();
  const found = await openTestClient({ url: server.url }, timing).repository(app).hasBlob(descriptor);
  return { delays: timing.delays, found };
}

describe('a request that may be repeated', () => {
  it.each([408, 425, 429, 500, 502, 503, 504])('is, after %i', async (status) => {
    expect(await ask([{ status }, { status: 200 }])).toEqual({ found: true, delays: [250] });
  });

  it('waits longer each time', async () => {
    const { delays } = await ask([{ status: 503 }, { status: 503 }, { status: 503 }, { status: 503 }, {}]);
    expect(delays).toEqual([250, 500, 1000, 2000]);
  });

  it('is sent five times at most, and then fails with the last answer', async () => {
    const error = await errorOf(ask(Array.from({ length: 5 }, () => ({ status: 503 }))));
    expect(error).toBeInstanceOf(RegistryError);
    expect(error).toMatchObject({ status: 503, retryable: true });
  });

  it.each([400, 403, 405, 409, 412, 416, 451])('is not, after %i', async (status) => {
    const error = await errorOf(ask([{ status }]));
    expect(error).not.toBeInstanceOf(TransportError);
  });

  it('is at once when the registry hung up', async () => {
    expect(await ask([{ breaks: 'before' }, {}])).toEqual({ found: true, delays: [] });
  });

  it('waits when the registry hangs up again', async () => {
    const { delays } = await ask([{ breaks: 'before' }, { breaks: 'before' }, {}]);
    expect(delays).toEqual([500]);
  });

  it('waits as many seconds as the registry asks', async () => {
    expect((await ask([{ status: 429, headers: { 'retry-after': '17' } }, {}])).delays).toEqual([17_000]);
  });

  it('waits until the date the registry names, by its own clock', async () => {
    const headers = { date: 'Sun, 22 Nov 2026 10:00:00 GMT', 'retry-after': 'Sun, 22 Nov 2026 10:00:30 GMT' };
    expect((await ask([{ status: 503, headers }, {}])).delays).toEqual([30_000]);
  });

  it('does not wait longer than a minute: the caller is told instead', async () => {
    const error = await errorOf(ask([{ status: 429, headers: { 'retry-after': '61' } }]));
    expect(error).toMatchObject({ status: 429, retryable: true });
  });

  it('takes no notice of a delay that cannot be read', async () => {
    expect((await ask([{ status: 429, headers: { 'retry-after': 'soon' } }, {}])).delays).toEqual([250]);
  });

  it('ends when the caller gives up between two attempts', async () => {
    const server = await openTranscript([{ request, status: 503 }]);
    const stop = new AbortController();
    const timing = { ...testTiming(), sleep: async () => stop.abort(new Error('enough')) };
    const asked = openTestClient({ url: server.url }, timing).repository(app).hasBlob(descriptor, stop.signal);
    expect((await errorOf(asked)).message).toBe('enough');
  });
});

describe('a connection kept alive', () => {
  it('that the registry closes while the next request is on its way costs nothing but that', async () => {
    let served = 0;
    const server = createServer((_, response) => {
      served += 1;
      // Answers on a connection once, and resets it when it is used again.
      if (served === 2) response.socket?.resetAndDestroy();
      else response.end();
    });
    const { port } = await listen(server);
    onTestFinished(() => void server.close());
    const timing = testTiming();
    const repository = openTestClient({ url: `http://127.0.0.1:${port}` }, timing).repository(app);
    expect(await repository.hasBlob(descriptor)).toBe(true);
    expect(await repository.hasBlob(descriptor)).toBe(true);
    expect({ served, delays: timing.delays }).toEqual({ served: 3, delays: [] });
  });
});

describe('what another attempt cannot change', () => {
  it('is not attempted: a name that does not exist', async () => {
    const timing = testTiming();
    const client = openTestClient({ url: 'http://registry.invalid' }, timing);
    const error = await errorOf(client.repository(app).hasBlob(descriptor));
    expect(error).toMatchObject({ code: 'REGISTRY_UNREACHABLE', fields: { reached: false } });
    expect(error.message).toContain('registry.invalid');
  });

  it('is attempted three times where nothing listens and nothing ever answered', async () => {
    const timing = testTiming();
    const client = openTestClient({ url: 'http://127.0.0.1:1' }, timing);
    expect(await errorOf(client.repository(app).hasBlob(descriptor))).toMatchObject({ fields: { reached: false } });
    expect(timing.delays).toEqual([250, 500]);
  });

  it('is attempted five times where a registry has answered before', async () => {
    const server = createServer((_, response) => void response.end());
    const { port } = await listen(server);
    const timing = testTiming();
    const repository = openTestClient({ url: `http://127.0.0.1:${port}` }, timing).repository(app);
    await repository.hasBlob(descriptor);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await errorOf(repository.hasBlob(descriptor))).toBeInstanceOf(TransportError);
    // The first attempt may find the connection closed under it, which is tried again at once.
    expect(timing.delays.slice(-3)).toEqual([500, 1000, 2000]);
  });
});
