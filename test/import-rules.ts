/** Who may import whom, and what each folder may touch. The table in ARCHITECTURE.md is this one. */

export interface FolderRule {
  readonly folder: string;
  /** Folders or files of ours; everyone may import errors/ and its own folder. */
  readonly mayImport: readonly string[];
  /** npm packages and node: modules, each with its submodules; plainModules besides, unless `pure`. */
  readonly mayTouch: readonly string[];
  /** Runs in any JavaScript host: not even plainModules. */
  readonly pure?: true;
  /** Not there yet: the rule fails when the folder appears, so that this word is removed and the rule holds. */
  readonly later?: true;
}

/** Modules without effects on the outside, which every folder that is not pure may touch. */
export const plainModules = ['node:buffer', 'node:events', 'node:path', 'node:timers', 'node:url', 'node:util'];

export const folderRules: readonly FolderRule[] = [
  { folder: 'errors', mayImport: [], mayTouch: [], pure: true },
  { folder: 'oci/spec', mayImport: [], mayTouch: [], pure: true },
  { folder: 'core', mayImport: ['oci/spec'], mayTouch: ['semver'], pure: true },
  {
    folder: 'oci',
    mayImport: ['oci/spec'],
    mayTouch: ['undici', 'node:crypto', 'node:fs', 'node:net', 'node:stream', 'node:tls'],
  },
  {
    folder: 'release',
    mayImport: ['core', 'oci'],
    mayTouch: ['tar-stream', 'yaml', 'node:crypto', 'node:fs', 'node:os', 'node:stream', 'node:zlib'],
  },
  { folder: 'promotion', mayImport: ['core', 'oci'], mayTouch: ['node:crypto'] },
  { folder: 'identity', mayImport: ['core', 'oci'], mayTouch: ['jose', 'node:fs'] },
  {
    folder: 'registry',
    mayImport: ['core', 'identity', 'oci/spec', 'oci/store', 'oci/hash.ts'],
    mayTouch: [
      ...['bcryptjs', 'fastify', 'jose', 'tar-stream', 'node:crypto', 'node:fs', 'node:http', 'node:https'],
      ...['node:net', 'node:os', 'node:stream', 'node:tls', 'node:worker_threads'],
    ],
  },
  { folder: 'api', mayImport: ['core', 'oci/spec'], mayTouch: ['yaml', 'zod'], pure: true },
  { folder: 'api/client', mayImport: ['api', 'core'], mayTouch: ['undici', 'zod'] },
  {
    folder: 'action',
    mayImport: ['release', 'promotion', 'core', 'oci', 'api'],
    mayTouch: ['@actions/core', '@actions/exec', 'node:crypto', 'node:fs', 'node:os', 'node:tls'],
  },
  {
    folder: 'cli',
    mayImport: ['release', 'promotion', 'core', 'oci', 'api'],
    mayTouch: [
      ...['commander', 'tar-stream', 'undici', 'node:child_process', 'node:crypto', 'node:fs', 'node:net'],
      ...['node:os', 'node:readline', 'node:stream', 'node:tls', 'node:zlib'],
    ],
  },
  {
    folder: 'service',
    mayImport: ['promotion', 'core', 'identity', 'oci', 'registry', 'api', 'web'],
    mayTouch: [
      ...['bullmq', 'fastify', 'ioredis', 'pino', 'prom-client', 'node:child_process', 'node:crypto'],
      ...['node:fs', 'node:http', 'node:net', 'node:os', 'node:readline', 'node:stream'],
    ],
  },
  { folder: 'web', mayImport: ['api'], mayTouch: ['preact'], later: true },
  {
    folder: 'scripts',
    mayImport: [],
    mayTouch: ['node:child_process', 'node:fs', 'node:module', 'node:os', 'node:process', 'node:readline'],
  },
];

/** Files that may do more than their folder, and why. */
export interface Exception {
  readonly files: readonly string[];
  readonly mayImport?: string;
  readonly mayTouch?: string;
  readonly because: string;
}

/** One that a file has no use for any more fails the test. */
export const exceptions: readonly Exception[] = [
  {
    files: ['oci/client/sign-in/credential-helper.ts'],
    mayTouch: 'node:child_process',
    because: 'credential helpers are programs',
  },
  {
    files: ['release/builders/program/run-program.ts'],
    mayTouch: 'node:child_process',
    because: 'builders are programs, which @actions/exec can neither end nor find on the PATH of their environment',
  },
  {
    files: ['action/github/octokit.ts'],
    mayTouch: '@actions/github',
    because: 'it is bundled on its own and loaded when a comment is replied to; a release does without',
  },
  {
    files: ['cli/serve.ts', 'cli/serve-event.ts', 'cli/demo/stage.ts'],
    mayImport: 'service',
    because: 'serve and demo start the service; all else speaks to it over HTTP',
  },
  {
    files: ['cli/main.ts', 'registry/main.ts', 'service/main.ts'],
    mayImport: 'package.json',
    because: 'it has the version that is told',
  },
  {
    files: ['cli/registry/backup.ts', 'cli/registry/import.ts', 'cli/registry/restore.ts'],
    mayImport: 'registry/archive',
    because:
      'they read and write the data directory itself, with the rights of who runs them, also when nothing serves',
  },
  {
    files: ['service/http/read-request.ts'],
    mayTouch: 'zod',
    because: 'it parses what comes over the wire with the schemas of api/, and names their type',
  },
  {
    files: ['scripts/write-errors-page.ts'],
    mayImport: 'cli/exit-code.ts',
    because: 'docs/errors.md names the exit codes; it runs under Node 24, unlike the scripts that prepare a clone',
  },
  {
    files: ['scripts/write-errors-page.ts'],
    mayImport: 'service/http/problem.ts',
    because: 'docs/errors.md names the HTTP status codes',
  },
  {
    files: ['scripts/write-action-page.ts'],
    mayImport: 'release',
    because: 'action.yml and the tables of the README are made from the tables of settings and outputs',
  },
  {
    files: ['scripts/move-release-tags.ts'],
    mayImport: 'core',
    because: 'the tags of our own releases follow the ladder that images have',
  },
  {
    files: ['scripts/bundle.ts'],
    mayTouch: 'esbuild',
    because: 'it makes the bundle',
  },
];

/** Folders of the repository without rules: the tests, which may do as they like, and what is no code of ours. */
export const foldersWithoutRules = ['test', 'docs', 'dist', '.ci', '.github', 'workflows'];
