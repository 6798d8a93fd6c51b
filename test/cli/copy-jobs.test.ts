/** `copy --jobs`: how many requests are under way at once at either registry. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { openLayout } from '../../oci/store/layout.ts';
import { contentOf, imageOf, indexOf, layerOf, manifestOf, pushAll } from '../oci/content.ts';
import { basic, openRegistryUnderTest, type RegistryUnderTest } from '../registry/registry-under-test.ts';
import { runWords } from './test-shell.ts';

interface MeasuredRegistry {
  readonly host: string;
  readonly registry: RegistryUnderTest;
  /** Whether a mount is one, or just the beginning of an upload. */
  mounts: boolean;
  /** Most requests at once, since the last time. */
  takeMost(): number;
  close(): Promise<void>;
}

/** A registry behind a proxy that answers in the next round of the loop: whatever may come at once has come then. */
async function openMeasuredRegistry(): Promise<MeasuredRegistry> {
  const registry = await openRegistryUnderTest();
  let current = 0;
  let most = 0;
  const server = createServer((incoming, answer) => {
    current += 1;
    most = Math.max(most, current);
    answer.once('close', () => {
      current -= 1;
    });
    const { method = '' } = incoming;
    const url = measured.mounts ? incoming.url : incoming.url?.replace(/\?mount=.*/, '');
    const headers = { ...incoming.headers, ...basic('admin', registry.tokens.admin) };
    const outgoing = request(
      { host: '127.0.0.1', port: registry.port, method, path: url ?? '/', headers },
      (answered) => {
        answer.writeHead(answered.statusCode ?? 500, answered.headers);
        setImmediate(() => answered.pipe(answer));
      },
    );
    outgoing.on('error', () => answer.destroy());
    incoming.pipe(outgoing);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const measured: MeasuredRegistry = {
    host: `127.0.0.1:${port}`,
    registry,
    mounts: true,
    takeMost() {
      const taken = most;
      most = 0;
      return taken;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await registry.close();
    },
  };
  return measured;
}

let directory = '';
let source: MeasuredRegistry;
let target: MeasuredRegistry;

/** Two platforms with small layers and one that is sent as a stream, and a signature with a referrer of its own. */
const large = contentOf(mediaTypes.ociLayer, new Uint8Array(700_000).fill(7));
const images = ['amd64', 'arm64'].map((name) => {
  const layers = [layerOf(`${name} one`), layerOf(`${name} two`), large];
  const descriptors = layers.map(({ descriptor }) => descriptor);
  return { layers, ...imageOf(`{"architecture":"${name}"}`, descriptors) };
});
const index = indexOf(images.map(({ manifest }) => manifest.descriptor));
const report = layerOf('a report');
const referrers = [index, ...images.map(({ manifest }) => manifest)].map((subject) =>
  manifestOf(mediaTypes.ociManifest, {
    artifactType: 'application/vnd.example.report',
    config: report.descriptor,
    layers: [report.descriptor],
    subject: subject.descriptor,
  }),
);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cli-copy-jobs-'));
  [source, target] = [await openMeasuredRegistry(), await openMeasuredRegistry()];
  const layout = await openLayout(join(directory, 'layout'));
  await pushAll(
    layout,
    images.flatMap(({ layers, config, manifest }) => [...layers, config, manifest]),
  );
  await layout.pushTag(parseTag('1.0'), index);
  await pushAll(layout, [report, ...referrers]);
  await run(['copy', 'oci:layout:1.0', `${source.host}/dev/web`]);
  source.takeMost();
});

afterEach(async () => {
  await source.close();
  await target.close();
  await rm(directory, { recursive: true, force: true });
});

function run(words: readonly string[]) {
  return runWords(words, { cwd: directory });
}

it('is one at either registry with --jobs 1, several tags and referrers included', async () => {
  const tags = ['--tag', 'a', '--tag', 'b', '--tag', 'c'];
  const words = ['copy', `${source.host}/dev/web:1.0`, `${target.host}/production/web`, ...tags];
  const ran = await run([...words, '--jobs', '1']);
  expect(ran).toMatchObject({ exitCode: 0 });
  expect(ran.stdout).toContain('3 referrers with it');
  expect({ source: source.takeMost(), target: target.takeMost() }).toEqual({ source: 1, target: 1 });
});

it('is one for many tags with --jobs 1', async () => {
  for (const tag of ['1.1', '1.2']) await run(['copy', `${source.host}/dev/web:1.0`, `${source.host}/dev/web:${tag}`]);
  source.takeMost();
  const ran = await run(['copy', `${source.host}/dev/web`, `${target.host}/production/web`, '--all-tags', '-j', '1']);
  expect(ran).toMatchObject({ exitCode: 0 });
  expect({ source: source.takeMost(), target: target.takeMost() }).toEqual({ source: 1, target: 1 });
});

it('is no more than two with --jobs 2, and more without', async () => {
  const words = ['copy', `${source.host}/dev/web:1.0`];
  expect(await run([...words, `${target.host}/production/web`, '--jobs', '2'])).toMatchObject({ exitCode: 0 });
  const [read, written] = [source.takeMost(), target.takeMost()];
  expect({ isReadWithin: read <= 2, isWrittenWithin: written <= 2 }).toEqual({
    isReadWithin: true,
    isWrittenWithin: true,
  });
  expect(await run([...words, `${target.host}/staging/other`])).toMatchObject({ exitCode: 0 });
  expect(source.takeMost()).toBeGreaterThan(2);
  expect(target.takeMost()).toBeGreaterThan(2);
});

it('is one to read and one to write for a copy within a registry that mounts nothing', async () => {
  source.mounts = false;
  const words = ['copy', `${source.host}/dev/web:1.0`, `${source.host}/staging/web`, '--jobs', '1'];
  const ran = await run(words);
  expect(ran.stdout).toContain('7 blobs copied');
  expect(source.takeMost()).toBe(2);
});
