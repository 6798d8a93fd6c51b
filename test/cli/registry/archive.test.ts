/** registry backup, restore, import, scrub and retention, as they are typed, beside a registry that serves. */
import { readdir, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openRegistryAdmin } from '../../../api/client/registry-admin.ts';
import { whileCollectionHeld } from '../../../cli/registry/while-collection-held.ts';
import { parseRepositoryPattern } from '../../../core/repository-pattern.ts';
import { digestHex } from '../../../oci/spec/digest.ts';
import { type Content, imageOf, layerOf } from '../../oci/content.ts';
import { distributionFiles } from '../../registry/archive/distribution-files.ts';
import { everythingIn } from '../../registry/archive/everything-in.ts';
import {
  openRegistryUnderTest,
  type RegistryUnderTest,
  temporaryDirectory,
} from '../../registry/registry-under-test.ts';
import { runWords } from '../test-shell.ts';

let scratch: string;
let registry: RegistryUnderTest;
const below = (name: string) => join(scratch, name);

beforeEach(async () => {
  scratch = await temporaryDirectory();
  registry = await openRegistryUnderTest({
    directory: below('data'),
    settings: {
      retention: {
        rules: [
          {
            ...{ repositories: [parseRepositoryPattern('**')], tags: ['pr-*'], writtenOnce: false },
            keep: { newest: { count: 1, by: 'push' } },
          },
        ],
      },
    },
  });
});

afterEach(async () => {
  await registry.close();
  await rm(scratch, { recursive: true });
});

function image(name: string): readonly [Content, Content, Content] {
  const layer = layerOf(`layer of ${name}`);
  const { manifest, config } = imageOf(`config of ${name}`, [layer.descriptor]);
  return [layer, config, manifest];
}

async function push(repository: string, tag: string): Promise<readonly [Content, Content, Content]> {
  const contents = image(`${repository}:${tag}`);
  await registry.push(repository, ...contents);
  await registry.tag(repository, tag, contents[2]);
  return contents;
}

/** The command beside the registry that serves from the directory, as an administrator. */
function run(...words: readonly string[]) {
  const env = { REGISTRY_ACTION_TOKEN: registry.tokens.admin };
  const beside = ['backup', 'scrub', 'retention'].includes(words[0] ?? '') ? ['--registry', registry.url] : [];
  return runWords(['registry', ...words, ...beside], { cwd: scratch, env });
}

function contentFile({ descriptor }: Content): string {
  const hex = digestHex(descriptor.digest);
  return join(registry.directory, 'registry', 'content', 'sha256', hex.slice(0, 2), hex);
}

describe('backup and restore', () => {
  test('go from a registry that serves to one that serves the same', async () => {
    await push('team/web', '1.0.0');
    const backup = await run('backup', 'backup', '--data', 'data', '--json');
    expect([backup.exitCode, backup.stderr]).toEqual([0, '']);
    expect(JSON.parse(backup.stdout)).toMatchObject({ repositories: 1, tags: 1, contents: 3, newFiles: 3, gaps: [] });
    const restored = await run('restore', 'backup', '--data', 'new');
    expect(restored.exitCode).toBe(0);
    expect(restored.stdout).toContain('1 tag,');
    const everything = await everythingIn(registry);
    const other = await openRegistryUnderTest({ directory: below('new') });
    expect(await everythingIn(other)).toEqual(everything);
    await other.close();
    expect((await run('restore', 'backup', '--data', 'new')).exitCode).toBe(5);
  });

  test('say that users and tokens are left out, unless they are asked for', async () => {
    expect((await run('backup', 'one', '--data', 'data')).stderr).toContain('--with-access');
    expect((await run('backup', 'two', '--data', 'data', '--with-access')).stderr).not.toContain('--with-access');
    const restored = await run('restore', 'two', '--data', 'new');
    expect(restored.stdout).toContain('access.json');
    expect(await readdir(below('new'))).toEqual(expect.arrayContaining(['access.json', 'registry']));
  });

  test('end as partial when the registry lacks something, and name the tags', async () => {
    const [layer] = await push('team/web', '1.0.0');
    await rm(contentFile(layer));
    const { exitCode, stderr } = await run('backup', 'backup', '--data', 'data');
    expect(exitCode).toBe(11);
    expect(stderr).toContain(`missing: ${layer.descriptor.digest}, needed by team/web:1.0.0`);
    expect((await run('restore', 'backup', '--data', 'new')).exitCode).toBe(11);
  });

  test('end as partial when an earlier snapshot is lost, and name it', async () => {
    const [layer, , manifest] = await push('team/web', 'latest');
    await run('backup', 'backup', '--data', 'data');
    await registry.call({ method: 'DELETE', path: `/v2/team/web/manifests/${manifest.descriptor.digest}` });
    await rm(contentFile(layer));
    const [file = ''] = await readdir(below('backup/snapshots'));
    const hex = digestHex(layer.descriptor.digest);
    await rm(below(`backup/content/sha256/${hex.slice(0, 2)}/${hex}`));
    const { exitCode, stderr } = await run('backup', 'backup', '--data', 'data', '--verify');
    const told = `snapshot ${file.slice(0, -'.jsonl'.length)} can be restored no more\nmissing: ${layer.descriptor.digest}, needed by team/web:latest\n`;
    expect([exitCode, stderr]).toEqual([11, expect.stringContaining(told)]);
  });

  test('end as an integrity failure when the backup is damaged', async () => {
    const [layer] = await push('team/web', '1.0.0');
    await run('backup', 'backup', '--data', 'data', '--copy');
    const hex = digestHex(layer.descriptor.digest);
    await writeFile(below(join('backup', 'content', 'sha256', hex.slice(0, 2), hex)), 'x'.repeat(layer.bytes.length));
    const { exitCode, stderr } = await run('restore', 'backup', '--data', 'new');
    expect([exitCode, stderr.includes(hex)]).toEqual([8, true]);
  });

  test('need a registry, and the right to administer it', async () => {
    const none = await run('backup', 'backup', '--data', 'none', '--registry', 'https://registry.example.com');
    expect([none.exitCode, none.stderr.includes('run it on the machine of the registry')]).toEqual([2, true]);
    const words = ['registry', 'backup', 'backup', '--data', 'data', '--registry', registry.url];
    const asOperator = await runWords(words, {
      cwd: scratch,
      env: { REGISTRY_ACTION_TOKEN: registry.tokens.operator },
    });
    expect(asOperator.exitCode).toBe(3);
    expect(await readdir(scratch)).not.toContain('backup');
  });
});

describe('a hold', () => {
  const held = { id: 'one', why: 'a backup', signal: new AbortController().signal };
  const server = { host: 'elsewhere', pid: 1 };

  async function codeOf(failing: Promise<unknown>): Promise<unknown> {
    return failing.then(
      () => undefined,
      (error: { code?: unknown }) => error.code,
    );
  }

  test('is not begun when another registry answers than the one of the data directory', async () => {
    const admin = openRegistryAdmin({ url: registry.url, token: registry.tokens.admin, env: {} });
    const work = async () => 'done';
    expect(await codeOf(whileCollectionHeld({ ...held, admin, server, work }))).toBe('COLLECTION_HOLD_LOST');
    await admin.close();
  });

  test('that did not last to the end is told of', async () => {
    const admin = openRegistryAdmin({ url: registry.url, token: registry.tokens.admin, env: {} });
    const own = { host: hostname(), pid: process.pid };
    const work = () => registry.call({ method: 'DELETE', path: '/admin/v1/collection-holds/one' });
    expect(await codeOf(whileCollectionHeld({ ...held, admin, server: own, work }))).toBe('COLLECTION_HOLD_LOST');
    expect(await whileCollectionHeld({ ...held, admin, server: own, work: async () => 'done' })).toBe('done');
    const left = await registry.call({ path: '/admin/v1/collection-holds' });
    expect(left.text).toBe('{"holds":[]}');
    await admin.close();
  });
});

describe('import', () => {
  test('brings what is sound, names what is not, and brings nothing twice', async () => {
    const files = distributionFiles(below('distribution'));
    await files.add('team/web', image('one'), ['1.0.0']);
    const words = ['import', 'distribution', '--data', 'imported'];
    expect((await run(...words, '--dry-run')).exitCode).toBe(0);
    expect((await run(...words, '--json')).exitCode).toBe(0);
    const broken = image('broken');
    await files.add('team/web', broken, ['broken']);
    await rm(files.contentOf(broken[0]));
    const { exitCode, stdout, stderr } = await run(...words);
    expect(exitCode).toBe(11);
    expect(stdout).toContain('new: 0 tags');
    expect(stderr).toContain('tag-dangling team/web:broken');
    expect((await run('import', 'imported', '--data', 'other')).exitCode).toBe(2);
    expect((await run('import', 'distribution', '--data', 'data')).exitCode).toBe(5);
  });
});

describe('scrub', () => {
  test('ends well when all is sound, and as an integrity failure when not', async () => {
    const [layer] = await push('team/web', '1.0.0');
    expect((await run('scrub', '--last')).exitCode).toBe(4);
    const sound = await run('scrub', '--rate', '100');
    expect([sound.exitCode, sound.stderr]).toEqual([0, '']);
    await writeFile(contentFile(layer), 'x'.repeat(layer.bytes.length));
    const { exitCode, stderr } = await run('scrub');
    expect(exitCode).toBe(8);
    expect(stderr).toContain(`damaged: blob ${layer.descriptor.digest}`);
    expect(stderr).toContain('needed by team/web:1.0.0');
    const last = await run('scrub', '--last', '--json');
    expect([last.exitCode, JSON.parse(last.stdout).damaged.length]).toEqual([8, 1]);
    expect((await run('scrub', '--rate', 'fast')).exitCode).toBe(2);
  });
});

describe('damage under no tag', () => {
  test('is told with the manifest that needs it, wakes nobody, and ends with that manifest', async () => {
    const [layer, , manifest] = await push('team/web', 'latest');
    await registry.call({ method: 'DELETE', path: '/v2/team/web/manifests/latest' });
    await writeFile(contentFile(layer), 'x'.repeat(layer.bytes.length));
    const place = `team/web@${manifest.descriptor.digest}`;
    expect(await run('scrub')).toMatchObject({
      exitCode: 8,
      stderr: expect.stringContaining(`${place}, under no tag`),
    });
    const again = await run('scrub');
    expect([again.exitCode, again.stderr]).toEqual([11, expect.stringContaining(`needed by ${place}, under no tag`)]);
    const backup = await run('backup', 'backup', '--data', 'data');
    expect([backup.exitCode, backup.stderr]).toEqual([11, expect.stringContaining(`${place}, under no tag`)]);
    await registry.call({ method: 'DELETE', path: `/v2/team/web/manifests/${manifest.descriptor.digest}` });
    expect((await run('scrub')).exitCode).toBe(0);
  });
});

describe('retention', () => {
  test('shows which tags would go and why the others stay', async () => {
    await push('team/web', 'pr-1');
    await push('team/web', 'pr-2');
    await push('team/web', '1.0.0');
    const { exitCode, stdout } = await run('retention', 'team/web', '--json');
    expect(exitCode).toBe(0);
    const { verdicts } = JSON.parse(stdout) as { verdicts: { tag: string; stays: boolean; because?: string[] }[] };
    expect(verdicts.map(({ tag, stays, because = [] }) => [tag, stays, ...because])).toEqual([
      ['1.0.0', true, 'no-rule'],
      ['pr-1', false],
      ['pr-2', true, 'newest'],
    ]);
    expect((await run('retention', 'team/web')).stdout).toContain('it is among the newest');
    expect((await run('retention', 'none')).exitCode).toBe(4);
    expect((await run('retention', '../users')).exitCode).toBe(2);
  });
});
