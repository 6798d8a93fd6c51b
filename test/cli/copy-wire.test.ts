/** `copy` as a registry sees it: how often it is asked, and what is left when somebody stops it. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseTag } from '../../oci/spec/tag.ts';
import { openLayout } from '../../oci/store/layout.ts';
import { imageOf, indexOf, layerOf, pushAll } from '../oci/content.ts';
import { basic, openRegistryUnderTest, type RegistryUnderTest } from '../registry/registry-under-test.ts';
import { runWords } from './test-shell.ts';

interface WatchedRegistry {
  readonly host: string;
  readonly registry: RegistryUnderTest;
  /** Method and path of each request, in order. */
  readonly asked: string[];
  /** Called before a request is passed on. */
  before: (asked: string) => Promise<void>;
  /** Whether the answer to a request is lost on its way. */
  isLost: (asked: string) => boolean;
  close(): Promise<void>;
}

/** A registry behind a proxy that signs in for everybody, and keeps what was asked. */
async function openWatchedRegistry(): Promise<WatchedRegistry> {
  const registry = await openRegistryUnderTest();
  const asked: string[] = [];
  const server = createServer(async (incoming, answer) => {
    const { method = '', url = '' } = incoming;
    asked.push(`${method} ${url}`);
    await watched.before(`${method} ${url}`);
    const headers = { ...incoming.headers, ...basic('admin', registry.tokens.admin) };
    const outgoing = request({ host: '127.0.0.1', port: registry.port, method, path: url, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 500, answered.headers);
      if (watched.isLost(`${method} ${url}`)) answer.destroy();
      else answered.pipe(answer);
    });
    outgoing.on('error', () => answer.destroy());
    incoming.pipe(outgoing);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const watched: WatchedRegistry = {
    host: `127.0.0.1:${port}`,
    registry,
    asked,
    before: async () => undefined,
    isLost: () => false,
    async close() {
      server.closeAllConnections();
      server.close();
      await registry.close();
    },
  };
  return watched;
}

let directory = '';
let source: WatchedRegistry;
let target: WatchedRegistry;
const layer = layerOf('a layer');
const image = imageOf('{}', [layer.descriptor]);
const index = indexOf([image.manifest.descriptor]);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cli-copy-wire-'));
  [source, target] = [await openWatchedRegistry(), await openWatchedRegistry()];
  const layout = await openLayout(join(directory, 'layout'));
  await pushAll(layout, [layer, image.config, image.manifest, index]);
  await layout.pushTag(parseTag('1.0'), index);
  await run(['copy', 'oci:layout:1.0', `${source.host}/dev/web`]);
  source.asked.length = 0;
});

afterEach(async () => {
  await source.close();
  await target.close();
  await rm(directory, { recursive: true, force: true });
});

function run(words: readonly string[], signal?: AbortSignal) {
  return runWords(words, { cwd: directory, ...(signal === undefined ? {} : { signal }) });
}

describe('a copy that is repeated', () => {
  it.each([[[]], [['--yes']], [['--no-clobber']]])('asks each side one question, with %j', async (flags) => {
    const words = ['copy', `${source.host}/dev/web:1.0`, `${target.host}/production/web`];
    await run(words);
    source.asked.length = 0;
    target.asked.length = 0;
    const ran = await run([...words, ...flags]);
    expect(ran.stdout).toContain('already so');
    expect(source.asked).toEqual(['GET /v2/dev/web/manifests/1.0']);
    expect(target.asked).toEqual(['HEAD /v2/production/web/manifests/1.0']);
  });

  it.each([[[]], [['--yes']], [['--no-clobber']], [['--dry-run']]])(
    'of a digest asks the target one question and the source none, with %j',
    async (flags) => {
      const words = ['copy', `${source.host}/dev/web@${index.descriptor.digest}`, `${target.host}/production/web:2.0`];
      await run(words);
      source.asked.length = 0;
      target.asked.length = 0;
      const ran = await run([...words, ...flags]);
      expect(ran.exitCode).toBe(0);
      expect(source.asked).toEqual([]);
      // Whether the content is whole is what a dry run is asked besides.
      const about = flags.includes('--dry-run') ? /manifests\/2\.0$/ : /./;
      expect(target.asked.filter((asked) => about.test(asked))).toEqual(['HEAD /v2/production/web/manifests/2.0']);
    },
  );

  it('of a digest under no tag asks the target one question and the source none', async () => {
    const words = ['copy', `${source.host}/dev/web@${index.descriptor.digest}`, `${target.host}/production/web`];
    await run(words);
    source.asked.length = 0;
    target.asked.length = 0;
    expect((await run(words)).stdout).toContain('already so');
    expect(source.asked).toEqual([]);
    expect(target.asked).toEqual([`HEAD /v2/production/web/manifests/${index.descriptor.digest}`]);
  });
});

describe('a copy of a digest to two repositories', () => {
  it('of which one has it reads the source once, for the other', async () => {
    const wanted = `${source.host}/dev/web@${index.descriptor.digest}`;
    await run(['copy', wanted, `${target.host}/production/web:2.0`]);
    source.asked.length = 0;
    const ran = await run(['copy', wanted, `${target.host}/production/web:2.0`, `${target.host}/staging/web:2.0`]);
    expect(ran.exitCode).toBe(0);
    const manifest = `GET /v2/dev/web/manifests/${index.descriptor.digest}`;
    expect(source.asked.filter((asked) => asked === manifest)).toHaveLength(1);
  });
});

describe('a copy that reads what it has planned', () => {
  it.each(['a tag', 'a digest'])('asks no question twice about %s', async (wanted) => {
    const named = wanted === 'a tag' ? ':1.0' : `@${index.descriptor.digest}`;
    const ran = await run(['copy', `${source.host}/dev/web${named}`, `${target.host}/production/web`]);
    expect(ran.exitCode).toBe(0);
    for (const { asked } of [source, target]) {
      const questions = asked.filter((line) => /^(?:GET|HEAD) /.test(line));
      expect(questions).toEqual([...new Set(questions)]);
    }
  });
});

describe('a copy whose last answer is lost', () => {
  it('looks whether the tag was written, and is done', async () => {
    let losses = 1;
    target.isLost = (asked) => asked === 'PUT /v2/production/web/manifests/1.0' && losses-- > 0;
    const ran = await run(['copy', `${source.host}/dev/web:1.0`, `${target.host}/production/web`]);
    expect(ran).toMatchObject({ exitCode: 0 });
    const aboutTag = target.asked.filter((asked) => asked.endsWith('/manifests/1.0'));
    expect(aboutTag.map((asked) => asked.split(' ')[0])).toEqual(['HEAD', 'PUT', 'HEAD']);
  });
});

describe('a copy of a platform that is not there', () => {
  it('exits 4 and writes nothing', async () => {
    const words = ['copy', `${source.host}/dev/web:1.0`, `${target.host}/production/web`, '--platform', 'linux/amd64'];
    const ran = await run(words);
    expect(ran.exitCode).toBe(4);
    expect(target.asked).toEqual(['HEAD /v2/production/web/manifests/1.0']);
  });
});

describe('a copy that is stopped', () => {
  it('exits 130 with no tag written, and is brought to its end by the same command', async () => {
    const stop = new AbortController();
    target.before = async (asked) => {
      if (asked.startsWith('PUT ') && asked.includes('/blobs/')) stop.abort(new Error('interrupted by SIGINT'));
    };
    const words = ['copy', `${source.host}/dev/web:1.0`, `${target.host}/production/web`];
    const ran = await run(words, stop.signal);
    expect(ran).toMatchObject({ exitCode: 130, stdout: '' });
    expect(ran.stderr).toMatch(/\nstopped: .*\ninterrupted\n$/);
    expect(target.asked.filter((asked) => asked.startsWith('PUT ') && asked.includes('/manifests/'))).toEqual([]);

    target.before = async () => undefined;
    expect((await run(words)).exitCode).toBe(0);
    expect((await run(['tags', `${target.host}/production/web`])).stdout).toContain(`1.0  ${index.descriptor.digest}`);
  });
});
