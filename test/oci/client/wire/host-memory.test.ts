/** Pauses that a host asks for, kept by every request of the client. */
import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { abortable } from '../../../../oci/client/wire/abortable.ts';
import { openHostMemory } from '../../../../oci/client/wire/host-memory.ts';
import { parseRepositoryName } from '../../../../oci/spec/repository-name.ts';
import { app, blobOf, errorOf, openTestClient, type TestTiming, testTiming } from '../fixture.ts';
import { listen, openTranscript } from '../transcript.ts';

const otherApp = parseRepositoryName('team/other');
const host = 'registry.example';

/** An answer of the host's. */
function answer(status: number, retryAfter?: string, from = host) {
  const gone = () => Promise.reject(new Error('not read'));
  return {
    status,
    url: new URL(`https://${from}/v2/`),
    header: (name: string) => (name === 'retry-after' ? retryAfter : undefined),
    readBytes: gone,
    take: () => {
      throw new Error('not taken');
    },
    discard: gone,
    ended: Promise.resolve('whole' as const),
  };
}

/** How long a request to the host waits after the answers. */
async function waitAfter(answers: readonly ReturnType<typeof answer>[], timing: TestTiming = testTiming()) {
  const memory = openHostMemory(timing);
  for (const each of answers) memory.note(each);
  await memory.passed(host);
  return timing.delays;
}

describe('a host', () => {
  it.each([
    ['says nothing of the kind', [answer(200)], []],
    ['is asked to come back later with 429', [answer(429, '7')], [7_000]],
    ['is asked to come back later with 503', [answer(503, '7')], [7_000]],
    ['is out of order without naming a time', [answer(503)], []],
    ['is busy without naming a time', [answer(429)], [250]],
    ['is busy for several at once', [answer(429), answer(429), answer(429)], [250]],
    ['names several times', [answer(429, '7'), answer(429, '3')], [7_000]],
    ['names more than a minute', [answer(429, '3600')], [60_000]],
    ['answers what was on its way when the pause began', [answer(429, '7'), answer(200)], [7_000]],
    ['is another one', [answer(429, '7', 'storage.example')], []],
    ['names a time in an answer that is no refusal', [answer(201, '7')], []],
  ])('that %s is left alone for that long', async (_, answers, delays) => {
    expect(await waitAfter(answers)).toEqual(delays);
  });

  it('that stays busy is left alone longer each time, and no longer once it answers', async () => {
    const timing = testTiming();
    const memory = openHostMemory(timing);
    for (const status of [429, 429, 429, 200, 429]) {
      memory.note(answer(status));
      await memory.passed(host);
    }
    expect(timing.delays).toEqual([250, 500, 1_000, 250]);
  });

  it('that stays busy is left alone longer, although it answers what was sent before', async () => {
    const timing = testTiming();
    const memory = openHostMemory(timing);
    const before = timing.now();
    for (const status of [429, 429, 200, 429]) {
      memory.note(answer(status), status === 200 ? before : timing.now());
      await memory.passed(host);
    }
    expect(timing.delays).toEqual([250, 500, 1_000]);
  });

  it('that asks for one pause after the other does not hold a request for more than a minute', async () => {
    const timing = testTiming();
    const memory = openHostMemory(timing);
    memory.note(answer(429, '50'));
    const { sleep } = timing;
    const again: TestTiming = Object.assign(timing, {
      sleep: async (delayMs: number, signal?: AbortSignal) => {
        await sleep(delayMs, signal);
        memory.note(answer(429, '50'));
      },
    });
    await memory.passed(host);
    expect(again.delays).toEqual([50_000, 10_000]);
  });

  it('is forgotten when many others have answered since', () => {
    const memory = openHostMemory(testTiming());
    memory.note(answer(200));
    memory.note(answer(200, undefined, 'registry.other'));
    for (let at = 0; at < 255; at += 1) {
      memory.note(answer(200, undefined, `storage${at}.example`));
      memory.note(answer(200, undefined, 'registry.other'));
    }
    expect([memory.hasAnswered(host), memory.hasAnswered('registry.other')]).toEqual([false, true]);
  });

  it('has answered once it has, whatever it said', () => {
    const memory = openHostMemory(testTiming());
    expect(memory.hasAnswered(host)).toBe(false);
    memory.note(answer(500));
    expect(memory.hasAnswered(host)).toBe(true);
  });
});

describe('a pause that one request is asked for', () => {
  const { descriptor } = blobOf('a layer');
  const path = `/v2/team/app/blobs/${descriptor.digest}`;

  it('holds all others of the client, uploads included', async () => {
    const server = await openTranscript([
      { request: `HEAD ${path}`, status: 429, headers: { 'retry-after': '30' } },
      { request: `HEAD ${path}` },
      { request: 'POST /v2/team/other/blobs/uploads/', status: 403 },
    ]);
    const pause = Promise.withResolvers<void>();
    const { timing, someoneWaits } = pausedUntil(pause.promise);
    const client = openTestClient({ url: server.url }, timing);
    const found = client.repository(app).hasBlob(descriptor);
    await someoneWaits;
    const other = errorOf(client.repository(otherApp).pushBlob(descriptor, () => Promise.reject(new Error('unread'))));
    await client
      .repository(app)
      .hasBlob(descriptor, AbortSignal.abort())
      .catch(() => {});
    expect(server.seen).toHaveLength(1);
    pause.resolve();
    expect(await found).toBe(true);
    expect(await other).toMatchObject({ code: 'REGISTRY_DENIED' });
  });

  it('can be left by whoever has no time', async () => {
    let served = 0;
    const server = createServer((_, response) => {
      served += 1;
      response.writeHead(429, { 'retry-after': '30' }).end();
    });
    const { port } = await listen(server);
    onTestFinished(() => void server.close());
    const stop = new AbortController();
    const { timing, someoneWaits } = pausedUntil(new Promise(() => {}));
    const client = openTestClient({ url: `http://127.0.0.1:${port}` }, timing);
    const first = errorOf(client.repository(app).hasBlob(descriptor, stop.signal));
    await someoneWaits;
    const second = errorOf(client.repository(app).hasBlob(descriptor, stop.signal));
    stop.abort(new Error('enough'));
    expect([(await first).message, (await second).message, served]).toEqual(['enough', 'enough', 1]);
  });

  it('at storage does not hold the registry', async () => {
    const storage = await openTranscript([
      { request: 'GET /x', status: 503, headers: { 'retry-after': '9' } },
      { request: 'GET /x', answer: 'a layer' },
    ]);
    const server = await openTranscript([
      { request: `GET ${path}`, status: 307, headers: { location: `${storage.url}/x` } },
      { request: `GET ${path}`, status: 307, headers: { location: `${storage.url}/x` } },
      { request: `HEAD ${path}` },
    ]);
    const timing = testTiming();
    const repository = openTestClient({ url: server.url }, timing).repository(app);
    for await (const _ of await repository.fetchBlob(descriptor));
    expect(timing.delays).toEqual([9_000]);
    await repository.hasBlob(descriptor);
  });
});

/**
 * A clock on which whoever waits does so until the promise is kept, and then has waited as long as he wanted: one who
 * comes back to a clock that stood still would ask again at once, for ever. `someoneWaits` resolves when somebody does.
 */
function pausedUntil(end: Promise<void>) {
  const timing = testTiming();
  const { sleep } = timing;
  const begun = Promise.withResolvers<void>();
  timing.sleep = async (delayMs, signal) => {
    if (delayMs > 0) {
      begun.resolve();
      await abortable(end, signal);
    }
    await sleep(delayMs, signal);
  };
  return { timing, someoneWaits: begun.promise };
}
