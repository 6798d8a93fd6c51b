/** A directory of plain files that the command line releases to an embedded registry. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RegistryUnderTest } from '../registry/registry-under-test.ts';
import { type Ran, type RunOptions, runWords } from './test-shell.ts';

/** The commit that releases are from unless they say otherwise. */
export const siteCommit = '0123456789abcdef0123456789abcdef01234567';

export interface ReleaseSite {
  readonly directory: string;
  /** Where temporary files of the releases go; empty when none runs. */
  readonly temporary: string;
  /** `host:port/repository`, of this site alone. */
  readonly image: string;
  readonly env: Readonly<Record<string, string>>;
  /** Any command line, in the directory. */
  run(words: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Releases the files under the version, with the words besides. */
  release(version: string, words?: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Gives the one file of the site another content. */
  write(content: string): Promise<void>;
  /** What the tag names in the repository. */
  digestOf(tag: string): Promise<string | undefined>;
  close(): Promise<void>;
}

let sites = 0;

/** A site with one file; closing it leaves the registry running. */
export async function openReleaseSite(registry: RegistryUnderTest): Promise<ReleaseSite> {
  sites += 1;
  const directory = await mkdtemp(join(tmpdir(), 'cli-release-'));
  const temporary = join(directory, 'temporary');
  for (const name of ['temporary', 'site', 'docker']) await mkdir(join(directory, name));
  const host = `127.0.0.1:${registry.port}`;
  const repository = `team/site-${sites}`;
  const image = `${host}/${repository}`;
  const auth = Buffer.from(`ci:${registry.tokens.pusher}`).toString('base64');
  await writeFile(join(directory, 'docker', 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
  const env = { DOCKER_CONFIG: join(directory, 'docker'), TMPDIR: temporary, PATH: process.env['PATH'] ?? '' };
  const write = (content: string) => writeFile(join(directory, 'site', 'index.html'), content);
  await write('<h1>first</h1>');
  const run: ReleaseSite['run'] = (words, options = {}) =>
    runWords(words, { cwd: directory, ...options, env: { ...env, ...options.env } });
  return {
    directory,
    temporary,
    image,
    env,
    run,
    write,
    release: (version, words = [], options = {}) =>
      run(
        [
          ...['release', '--version', version, '--images', image, '--source', 'dir:site', '--entrypoint', '/server'],
          ...['--revision', siteCommit, ...words],
        ],
        options,
      ),
    async digestOf(tag) {
      const reply = await registry.call({ path: `/v2/${repository}/manifests/${tag}`, headers: { accept: '*/*' } });
      const digest = reply.headers['docker-content-digest'];
      return typeof digest === 'string' ? digest : undefined;
    },
    close: () => rm(directory, { recursive: true }),
  };
}
