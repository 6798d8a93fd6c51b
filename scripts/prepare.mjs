#!/usr/bin/env node
/**
 * Makes a fresh clone ready to run: packages, Node 24, Redis, and with --e2e the tools the end-to-end suite needs.
 *
 * Runs before `npm run demo`, `npm test` and their like, on any Node from 18 on and without any package, since there may
 * be none yet. Says what it installs before it does; says nothing where nothing is to be done.
 *
 * Options: --no-redis (leave Redis alone), --redis-server (a running one in REDIS_URL will not do), --e2e (the end-to-end suite's tools too),
 * --bench (what the copy benchmark compares with too).
 */
import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, isAbsolute, join, sep } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import {
  planBuiltBuilders,
  planBuiltTools,
  planClientTools,
  planConformanceTools,
  planPeers,
  planRedis,
  planWorkflowTools,
} from './tool-plan.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const binaries = join(root, 'node_modules', '.bin');
/** How long `npm ci` or apt-get may take before we give up: a cold cache behind a slow line needs minutes. */
const installTimeoutMs = 20 * 60 * 1000;

installPackages();
ensureNode();
linkOwnCommand();
const host = readHost();
if (!process.argv.includes('--no-redis')) {
  await bring(() => planRedis(host, { ownServer: process.argv.includes('--redis-server') }));
}
if (process.argv.includes('--e2e')) {
  await bring(() => planPeers(host));
  await bring(() => planBuiltBuilders(host, root));
  await bring(() => planClientTools(host, root));
  await bring(() => planConformanceTools(host, root));
  await bring(() => planWorkflowTools(host, root));
}
if (process.argv.includes('--bench')) await bring(() => planBuiltTools(host, root));

/** Runs `npm ci` unless node_modules already holds what package-lock.json asks for. */
function installPackages() {
  if (packagesMatchLockfile()) return;
  say('installing the packages of package-lock.json (npm ci)');
  if (!run(npm(['ci', '--loglevel=error']))) stop('npm ci failed; its own message is above');
}

/**
 * Whether every locked package is installed in the locked version.
 *
 * npm writes node_modules/.package-lock.json as the last step of an install: comparing the two needs no stamp of our own,
 * sees an install that broke off, and leaves alone what someone installed with `npm install`.
 */
function packagesMatchLockfile() {
  const installedPath = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedPath)) return false;
  const installed = readPackages(installedPath);
  return Object.entries(readPackages(join(root, 'package-lock.json'))).every(
    ([path, entry]) => path === '' || entry?.optional || installed[path]?.version === entry?.version,
  );
}

/**
 * @param {string} path
 * @returns {Record<string, { version?: string, optional?: boolean } | undefined>}
 */
function readPackages(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

/** Makes sure that node_modules/.bin/node is the Node this project is written for: npm may refuse its install script. */
function ensureNode() {
  const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies.node;
  if (installedNode() === wanted) return;
  say(
    `npm left out the install script of the package \`node\`, which brings Node ${wanted}; running it (npm rebuild node)`,
  );
  run(npm(['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error']));
  const found = installedNode();
  if (found === wanted) return;
  stop(
    `node_modules/.bin/node is ${found ?? 'missing'}, wanted ${wanted}. ` +
      'Run: npm install-scripts approve node && npm rebuild node --ignore-scripts=false',
  );
}

function installedNode() {
  const answer = spawnSync(join(binaries, 'node'), ['--version'], { encoding: 'utf8' });
  return answer.status === 0 ? answer.stdout.trim().replace(/^v/, '') : undefined;
}

/** Lets `npx registry-action` find this clone's own command at once. */
function linkOwnCommand() {
  const link = join(binaries, 'registry-action');
  if (process.platform === 'win32' || lstatSync(link, { throwIfNoEntry: false })) return;
  symlinkSync(join('..', '..', 'scripts', 'registry-action.mjs'), link);
  chmodSync(join(root, 'scripts', 'registry-action.mjs'), 0o755);
}

/** @returns {import('./tool-plan.mjs').Host} */
function readHost() {
  const osReleasePath = '/etc/os-release';
  return {
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    isTty: process.stdin.isTTY === true && process.stderr.isTTY === true,
    osRelease: existsSync(osReleasePath) ? readFileSync(osReleasePath, 'utf8') : '',
    redisUrl: process.env['REDIS_URL'],
    has: isOnPath,
  };
}

/**
 * Carries a plan out, and looks whether it brought what it was for: a suite must not be the first to miss a tool.
 *
 * @param {() => import('./tool-plan.mjs').ToolPlan} planAnew
 */
async function bring(planAnew) {
  await carryOut(planAnew());
  const left = planAnew();
  if (left.kind === 'ready') return;
  stop(left.kind === 'stop' ? left.say : `${left.reason}: the installation succeeded, but did not bring it`);
}

/** @param {import('./tool-plan.mjs').ToolPlan} plan */
async function carryOut(plan) {
  if (plan.say && plan.kind !== 'ask' && plan.kind !== 'stop') say(plan.say);
  if (plan.kind === 'stop') stop(plan.say);
  if (plan.kind === 'ask' && !(await agrees(plan.say))) stop(plan.otherwise);
  if (plan.kind === 'ready') return;
  for (const command of plan.commands) {
    if (!run(command, { DEBIAN_FRONTEND: 'noninteractive' })) stop(`failed: ${command.join(' ')}`);
  }
}

/** @param {string} question */
async function agrees(question) {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** @param {string} command */
function isOnPath(command) {
  if (isAbsolute(command)) return isProgram(command);
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => isProgram(join(directory, command)));
}

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The npm that started us on the Node it runs on, else the one on PATH.
 *
 * @param {string[]} words
 */
function npm(words) {
  const script = process.env['npm_execpath'];
  if (!script?.endsWith(`${sep}npm-cli.js`)) return ['npm', ...words];
  return [process.env['npm_node_execpath'] ?? process.execPath, script, ...words];
}

/**
 * Runs a command in the clone with its output on our stderr; true when it succeeded.
 *
 * @param {string[]} command
 * @param {Record<string, string>} [environment]
 */
function run([program = '', ...words], environment = {}) {
  const answer = spawnSync(program, words, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 2, 2],
    timeout: installTimeoutMs,
  });
  if (answer.error) say(`${program}: ${answer.error.message}`);
  return answer.status === 0;
}

/** @param {string} sentence */
function say(sentence) {
  process.stderr.write(`prepare: ${sentence}\n`);
}

/**
 * @param {string} sentence
 * @returns {never}
 */
function stop(sentence) {
  say(sentence);
  process.exit(1);
}
