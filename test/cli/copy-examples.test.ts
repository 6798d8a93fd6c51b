/** Every example of `copy --help` and of its page, run as it stands, with registries that exist. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Content, imageOf, indexOf, layerOf } from '../oci/content.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from '../registry/registry-under-test.ts';
import { commandLinesIn } from './command-lines-in.ts';
import { runWords } from './test-shell.ts';

let directory = '';
let registry: RegistryUnderTest;
let host = '';

const images = ['amd64', 'arm64'].map((architecture) => {
  const layer = layerOf(`for ${architecture}`);
  const { manifest, config } = imageOf(JSON.stringify({ os: 'linux', architecture }), [layer.descriptor]);
  return {
    contents: [layer, config, manifest],
    listed: { ...manifest.descriptor, platform: { os: 'linux', architecture } },
  };
});
const index: Content = indexOf(images.map(({ listed }) => listed));

/** What the examples expect to be there. */
const sources: Readonly<Record<string, readonly string[]>> = {
  'docker.io/library/alpine': ['3.20'],
  'docker.io/library/redis': ['7'],
  'ghcr.io/acme/web': ['1.4.2', '1.5.0', '1.5.1-rc1', '2.0.0'],
  'registry.example.com/web': ['1.4.2'],
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'copy-examples-'));
  registry = await openRegistryUnderTest();
  host = `127.0.0.1:${registry.port}`;
  const auth = Buffer.from(`pusher:${registry.tokens.admin}`).toString('base64');
  await writeFile(join(directory, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
  for (const [name, tags] of Object.entries(sources)) {
    await registry.push(name, ...images.flatMap(({ contents }) => contents), index);
    for (const tag of tags) await registry.tag(name, tag, index);
  }
});

afterAll(async () => {
  await registry?.close();
  await rm(directory, { recursive: true, force: true });
});

/** The word with every registry it names in one registry, below the name it has. */
function atHome(word: string): string {
  return word
    .replace(/^(docker\.io|ghcr\.io|(?:registry|eu|us)\.example\.com|registry\.intern)\//, `${host}/$1/`)
    .replace('sha256:…', index.descriptor.digest);
}

async function examplesInHelp(): Promise<string> {
  const { stdout } = await runWords(['copy', '--help']);
  return stdout.slice(stdout.indexOf('\nExamples:'));
}

async function examplesInPage(): Promise<string> {
  return await readFile(join(import.meta.dirname, '../../docs/copy.md'), 'utf8');
}

function run(words: readonly string[]) {
  return runWords(words.map(atHome), { cwd: directory, env: { DOCKER_CONFIG: directory } });
}

it('each example of the help is understood, and does what it says', async () => {
  const examples = commandLinesIn(await examplesInHelp());
  expect(examples.length).toBe(7);
  for (const words of examples) {
    expect({ words, ...(await run(words)) }).toMatchObject({ words, exitCode: 0, stdout: expect.stringMatching(/\S/) });
  }
  expect((await run(['tags', 'registry.example.com/web'])).stdout).toContain('stable');
  for (const place of ['eu.example.com/web:1.4', 'us.example.com/web:1.4.2', 'registry.intern/redis:7']) {
    const [name, tag] = place.split(':');
    expect((await registry.call({ path: `/v2/${name}/manifests/${tag}` })).status).toBe(200);
  }
});

it('each example of the page is understood', async () => {
  const examples = commandLinesIn(await examplesInPage());
  expect(examples.length).toBe(5);
  for (const words of examples) expect({ words, ...(await run(words)) }).toMatchObject({ words, exitCode: 0 });
});
