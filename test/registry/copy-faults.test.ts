/** A copy while something goes wrong: it ends in a right copy, or in a clear error with nothing to be seen at the target. */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CodedError } from '../../errors/errors.ts';
import { openRegistryClient, type RegistryClient } from '../../oci/client/registry-client.ts';
import { systemTiming, type Timing } from '../../oci/client/wire/timing.ts';
import { copy } from '../../oci/copy/copy.ts';
import { proveGraph } from '../../oci/copy/prove-graph.ts';
import type { Target } from '../../oci/copy/target.ts';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { parseRepositoryName, type RepositoryName } from '../../oci/spec/repository-name.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { type Content, contentOf, imageOf, indexOf, pushAll, readAll } from '../oci/content.ts';
import { type Fault, type FaultProxy, openFaultProxy } from './fault-proxy.ts';
import { openRegistryUnderTest, type RegistryUnderTest, temporaryDirectory } from './registry-under-test.ts';

const tag = parseTag('1.0.0');

/** Most of a wait is skipped, on the clock as well; and a registry that says nothing for a second stands still. */
function impatience(): Timing {
  const waitMsMax = 20;
  let skippedMs = 0;
  return {
    ...systemTiming,
    now: () => systemTiming.now() + skippedMs,
    async sleep(delayMs, signal) {
      skippedMs += Math.max(0, delayMs - waitMsMax);
      await systemTiming.sleep(Math.min(delayMs, waitMsMax), signal);
    },
    answerMs: 1_000,
    commitMs: 1_000,
    stallMs: 1_000,
  };
}

/** Two platforms of two layers each: one below and one above what is read ahead. */
const images = ['amd64', 'arm64'].map((architecture) => {
  const layers = [10_000, 600_000].map((size) => contentOf(mediaTypes.ociLayerGzip, randomBytes(size)));
  const { manifest, config } = imageOf(
    JSON.stringify({ architecture, os: 'linux' }),
    layers.map(({ descriptor }) => descriptor),
  );
  return { layers, config, manifest };
});
const root = indexOf(images.map(({ manifest }) => manifest.descriptor));
const blobs: readonly Content[] = images.flatMap(({ layers, config }) => [...layers, config]);

interface Side {
  readonly registry: RegistryUnderTest;
  readonly proxy: FaultProxy;
  /** The registry past the proxy. */
  readonly direct: RegistryClient;
}

let source: Side;
let target: Side;
let clients: RegistryClient[];
let repositories = 0;

async function openSide(): Promise<Side> {
  const registry = await openRegistryUnderTest();
  return { registry, proxy: await openFaultProxy(registry.url), direct: clientOf(registry, registry.url) };
}

function clientOf(
  registry: RegistryUnderTest,
  url: string,
  timing: Timing = systemTiming,
  bulk: Bulk = {},
): RegistryClient {
  const credentials = async () => ({ username: 'test', password: registry.tokens.admin });
  return openRegistryClient({ url, credentials, ...bulk }, timing);
}

/** Which blobs are read in bulk: without a limit those of at least 1 MiB, which is none of these. */
interface Bulk {
  readonly bulkSizeBytesMin?: number;
}

const app = parseRepositoryName('dev/app');

beforeAll(async () => {
  source = await openSide();
  target = await openSide();
  const seeded = source.direct.repository(app);
  await pushAll(seeded, [...blobs, ...images.map(({ manifest }) => manifest)]);
  await seeded.pushTag(tag, root);
});

afterAll(async () => {
  for (const { registry, proxy, direct } of [source, target]) {
    await direct.close();
    await proxy.close();
    await registry.close();
  }
});

beforeEach(() => {
  clients = [];
});

afterEach(async () => {
  for (const { proxy } of [source, target]) proxy.plan(undefined);
  await Promise.all(clients.map((client) => client.close()));
});

/** What a copy into a fresh repository comes to, by clients that have met neither registry. */
async function copyAfresh(bulk?: Bulk): Promise<{ readonly error: unknown; readonly repository: RepositoryName }> {
  repositories += 1;
  const repository = parseRepositoryName(`production/app-${repositories}`);
  const [from, to] = [source, target].map(({ registry, proxy }) => {
    const client = clientOf(registry, proxy.url, impatience(), bulk);
    clients.push(client);
    return client;
  });
  const copying = copy(pick(from).repository(app), tag, pick(to).repository(repository), [tag]);
  const error = await copying.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  return { error, repository };
}

function pick<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('two were opened');
  return value;
}

/** Everything is there, byte for byte. */
async function expectWhole(repository: Target): Promise<void> {
  expect((await repository.resolve(tag))?.digest).toBe(root.descriptor.digest);
  expect(await proveGraph(repository, root.descriptor)).toMatchObject({ complete: true });
  for (const { descriptor, bytes } of blobs) {
    expect(Buffer.compare(await readAll(await repository.fetchBlob(descriptor)), bytes)).toBe(0);
  }
}

/** It was a right copy, or there is a clear error and no tag; and without the fault a repeat makes it right. */
async function expectRightOrNothing({ error, repository }: Awaited<ReturnType<typeof copyAfresh>>): Promise<void> {
  const there = target.direct.repository(repository);
  if (error === undefined) return await expectWhole(there);
  expect(error).toBeInstanceOf(CodedError);
  expect(await Array.fromAsync(there.listTags())).toEqual([]);
  await copy(source.direct.repository(app), tag, there, [tag]);
  await expectWhole(there);
}

const byteClasses = ['none', 'some', 'all but one'] as const;

const cuts: readonly Fault[] = byteClasses.flatMap((after): Fault[] => [
  { kind: 'cut request', after },
  { kind: 'cut answer', after, isOrderly: false },
  { kind: 'cut answer', after, isOrderly: true },
]);
const answers: readonly Fault[] = [
  { kind: 'answer', status: 500 },
  { kind: 'answer', status: 503, headers: { 'retry-after': '1' } },
  { kind: 'answer', status: 429, headers: { 'retry-after': '0' } },
  { kind: 'answer', status: 429, headers: { 'retry-after': new Date(Date.now() + 1_000).toUTCString() } },
  { kind: 'answer', status: 401, headers: { 'www-authenticate': 'Basic realm="again"' } },
  { kind: 'answer', status: 404, body: '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}' },
  { kind: 'answer', status: 403, body: '<html>not you</html>', headers: { 'content-type': 'text/html' } },
  { kind: 'answer', status: 200, body: 'hello', headers: { 'content-type': 'text/plain' } },
];
const bodies: readonly Fault[] = [
  { kind: 'corrupt answer' },
  { kind: 'resize answer', by: -1 },
  { kind: 'resize answer', by: 1 },
];

const sourceKinds = ['GET manifest', 'GET blob'];
const targetKinds = ['HEAD manifest', 'GET tags', 'POST blob', 'PUT blob', 'PUT manifest'];

/** What a fault is called in a title. */
function nameOf(fault: Fault): string {
  return Object.values(fault)
    .map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)))
    .join(' ');
}

const cases = [
  ...sourceKinds.flatMap((on) =>
    [...cuts, { kind: 'lose answer' } as const, ...answers, ...bodies].map((fault) => ({
      side: 'source' as const,
      on,
      fault,
    })),
  ),
  ...targetKinds.flatMap((on) =>
    [...cuts, { kind: 'lose answer' } as const, ...answers].map((fault) => ({ side: 'target' as const, on, fault })),
  ),
].flatMap(readEitherWay);

/** What becomes of the reading of a blob, by undici and in bulk. */
function readEitherWay<Case extends { readonly on: string; readonly fault: Fault }>(
  entry: Case,
): readonly (Case & { readonly name: string; readonly bulk?: Bulk })[] {
  const name = nameOf(entry.fault);
  const usual = { ...entry, name };
  return entry.on === 'GET blob'
    ? [usual, { ...entry, name: `${name}, in bulk`, bulk: { bulkSizeBytesMin: 0 } }]
    : [usual];
}

describe('a copy ends right, or in a clear error with no tag at the target, when', () => {
  it.each(cases)('the $side breaks one $on: $name', async ({ side, on, fault, bulk }) => {
    const { proxy } = side === 'source' ? source : target;
    proxy.plan({ on, nth: 2, times: 1, fault });
    const outcome = await copyAfresh(bulk);
    // The index is the second manifest that the source is asked for; tags are asked for once, and so is the tag.
    if (proxy.struck() === 0) {
      proxy.plan({ on, nth: 1, times: 1, fault });
      await expectRightOrNothing(await copyAfresh(bulk));
      expect(proxy.struck()).toBe(1);
      return;
    }
    proxy.plan(undefined);
    await expectRightOrNothing(outcome);
  });

  it.each(cases)('the $side breaks every $on: $name', async ({ side, on, fault, bulk }) => {
    const { proxy } = side === 'source' ? source : target;
    proxy.plan({ on, nth: 1, times: Number.POSITIVE_INFINITY, fault });
    const outcome = await copyAfresh(bulk);
    expect(proxy.struck()).toBeGreaterThan(0);
    await expectRightOrNothing(outcome);
  });
});

const stalls: readonly Fault[] = (['headers', 'none', 'some', 'all but one'] as const).map((after) => ({
  kind: 'stall',
  after,
}));

describe('a copy that waits for a registry that stands still ends right, or in a clear error with no tag, when', () => {
  it.each([
    ...stalls.map((fault) => ({ side: 'source' as const, on: 'GET blob', fault })).flatMap(readEitherWay),
    ...stalls
      .slice(0, 2)
      .map((fault) => ({ side: 'target' as const, on: 'PUT blob', fault }))
      .flatMap(readEitherWay),
    ...stalls
      .slice(0, 1)
      .map((fault) => ({ side: 'target' as const, on: 'PUT manifest', fault }))
      .flatMap(readEitherWay),
  ])('the $side does so at one $on: $name', async ({ side, on, fault, bulk }) => {
    const { proxy } = side === 'source' ? source : target;
    proxy.plan({ on, nth: 2, times: 1, fault });
    const outcome = await copyAfresh(bulk);
    expect(proxy.struck()).toBe(1);
    proxy.plan(undefined);
    await expectRightOrNothing(outcome);
  });
});

describe('a copy', () => {
  it.each([
    ['', {}],
    [', read in bulk,', { bulkSizeBytesMin: 0 }],
  ])('whose source breaks off in a blob%s goes on where it was, inside the same upload', async (_, bulk) => {
    source.proxy.plan({
      on: 'GET blob',
      nth: 1,
      times: 3,
      fault: { kind: 'cut answer', after: 'some', isOrderly: false },
    });
    const { error, repository } = await copyAfresh(bulk);
    expect(error).toBeUndefined();
    await expectWhole(target.direct.repository(repository));
  });

  it('fails with what was found when a blob at the source is another', async () => {
    source.proxy.plan({ on: 'GET blob', nth: 1, times: Number.POSITIVE_INFINITY, fault: { kind: 'corrupt answer' } });
    const { error } = await copyAfresh();
    expect(error).toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('that is cancelled leaves no tag, and a repeat completes it', async () => {
    const repository = parseRepositoryName('production/cancelled');
    const stop = new AbortController();
    const client = clientOf(target.registry, target.proxy.url);
    clients.push(client);
    const copying = copy(source.direct.repository(app), tag, client.repository(repository), [tag], {
      signal: stop.signal,
      onEvent: ({ kind }) => {
        if (kind === 'progressed') stop.abort(new Error('cancelled on purpose'));
      },
    });
    await expect(copying).rejects.toThrow('cancelled on purpose');
    const there = target.direct.repository(repository);
    expect(await Array.fromAsync(there.listTags())).toEqual([]);
    await copy(source.direct.repository(app), tag, there, [tag]);
    await expectWhole(there);
  });

  it.each(['source', 'target'] as const)('goes on when the %s is started anew in the midst of it', async (side) => {
    const directory = await temporaryDirectory();
    const first = await openRegistryUnderTest({ directory });
    const restart = async () => {
      await first.close();
      return await openRegistryUnderTest({ directory, port: first.port });
    };
    const client = clientOf(first, first.url, { ...systemTiming, answerMs: 1_000, commitMs: 1_000, stallMs: 1_000 });
    clients.push(client);
    const inside = client.repository(app);
    if (side === 'source') await copy(source.direct.repository(app), tag, inside, [tag]);
    const outside = (side === 'source' ? target : source).direct.repository(
      side === 'source' ? parseRepositoryName('production/restarted') : app,
    );
    const [from, to] = side === 'source' ? [inside, outside] : [outside, inside];

    let restarting: Promise<RegistryUnderTest> | undefined;
    await copy(from, tag, to, [tag], {
      onEvent: ({ kind }) => {
        if (kind === 'progressed') restarting ??= restart();
      },
    });
    const second = await restarting;
    await expectWhole(to);
    await second?.close();
    await rm(directory, { recursive: true });
  });
});
