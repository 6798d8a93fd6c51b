/**
 * Writes the Action's bundle: dist/index.cjs, the two files it loads when a command needs them, and the licences of what
 * is in them. With --check it writes to a temporary directory, and says whether dist/ is the same to the byte.
 *
 * Run with `npm run bundle`. The same sources and lock-file give the same bytes.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { renderLicences } from './render-licences.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What the Action runs on, as action.yml says. */
const target = 'node24';

/** The files of a bundle by name, with their content. */
export type Bundle = ReadonlyMap<string, Uint8Array | string>;

/**
 * The bundle of the sources as they are. `index.cjs` has all code of ours. The libraries that few commands need are in
 * files of their own, so that a release neither reads nor compiles them: zod, which reads the answers of the promotion
 * service, and GitHub's client, which replies to comments.
 */
export async function bundleAction(): Promise<{ readonly files: Bundle; readonly metafile: Metafile }> {
  const parts = await Promise.all([
    buildFile('index', { entryPoints: [join(root, 'action', 'main.ts')], plugins: [lazyFiles, leanUndici] }),
    buildFile('github', { entryPoints: [join(root, 'action', 'github', 'octokit.ts')] }),
    buildFile('zod', { stdin: { contents: "export { z } from 'zod';", resolveDir: root, loader: 'ts' } }),
  ]);
  const metafile = parts.reduce<Metafile>(
    (all, part) => ({
      inputs: { ...all.inputs, ...part.metafile.inputs },
      outputs: { ...all.outputs, ...part.metafile.outputs },
    }),
    { inputs: {}, outputs: {} },
  );
  const files = new Map<string, Uint8Array | string>(parts.map(({ name, content }) => [name, content]));
  files.set('licenses.txt', renderLicences(root, Object.keys(metafile.inputs)));
  return { files, metafile };
}

async function buildFile(name: string, options: BuildOptions) {
  const result = await build({
    ...options,
    absWorkingDir: root,
    bundle: true,
    outfile: join(root, 'dist', `${name}.cjs`),
    platform: 'node',
    target,
    format: 'cjs',
    minify: true,
    // The names of our error classes are told to people.
    keepNames: true,
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const [warning] = result.warnings;
  if (warning !== undefined) throw new Error(`esbuild warns: ${warning.text} (${warning.location?.file})`);
  const content = result.outputFiles[0]?.contents ?? new Uint8Array();
  return { name: `${name}.cjs`, content, metafile: result.metafile };
}

/** Imports of the files that are loaded when they are needed, which stay imports. */
const lazyFiles: Plugin = {
  name: 'lazy-files',
  setup(builder) {
    builder.onResolve({ filter: /^zod$/ }, () => ({ path: './zod.cjs', external: true }));
    builder.onResolve({ filter: /\/octokit\.ts$/ }, () => ({ path: './github.cjs', external: true }));
  },
};

/**
 * Of undici what is imported: its own entry brings the fetch that Node has already, WebSocket, caches and tools for
 * tests. @actions/core, which has an older undici for its proxies, gets ours. A part that is imported and is not listed
 * here fails the build.
 */
const leanUndici: Plugin = {
  name: 'lean-undici',
  setup(builder) {
    builder.onResolve({ filter: /^undici$/ }, () => ({ path: 'undici', namespace: 'lean-undici' }));
    builder.onLoad({ filter: /.*/, namespace: 'lean-undici' }, () => ({
      resolveDir: root,
      loader: 'js',
      contents: `
        import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
        import api from 'undici/lib/api/index.js';
        Object.assign(Dispatcher.prototype, api);
        export { default as Agent } from 'undici/lib/dispatcher/agent.js';
        export { default as Pool } from 'undici/lib/dispatcher/pool.js';
        export { default as ProxyAgent } from 'undici/lib/dispatcher/proxy-agent.js';
        export { default as EnvHttpProxyAgent } from 'undici/lib/dispatcher/env-http-proxy-agent.js';
        export { default as buildConnector } from 'undici/lib/core/connect.js';
      `,
    }));
  },
};

/** Writes the files; what else is in the directory goes. */
export function writeBundle(directory: string, files: Bundle): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const [name, content] of files) writeFileSync(join(directory, name), content);
}

/** Names of the files in which the directories differ, or that one of them lacks. */
export function listDifferences(one: string, other: string): readonly string[] {
  const names = new Set([one, other].flatMap((directory) => (existsSync(directory) ? readdirSync(directory) : [])));
  return [...names].filter((name) => {
    const [a, b] = [one, other].map((directory) => join(directory, name)).map(readOptional);
    return a === undefined || b === undefined || !a.equals(b);
  });
}

function readOptional(path: string): Buffer | undefined {
  return existsSync(path) ? readFileSync(path) : undefined;
}

if (import.meta.main) {
  const dist = join(root, 'dist');
  const { files } = await bundleAction();
  if (!process.argv.includes('--check')) {
    writeBundle(dist, files);
    for (const [name, content] of files) console.log(`${name}: ${(content.length / 1000).toFixed(0)} kB`);
  } else {
    const fresh = mkdtempSync(join(tmpdir(), 'registry-action-bundle-'));
    writeBundle(fresh, files);
    const different = listDifferences(dist, fresh);
    rmSync(fresh, { recursive: true });
    for (const name of different) console.error(`dist/${name} is not what the sources give: run \`npm run bundle\``);
    if (different.length > 0) process.exitCode = 1;
  }
}
