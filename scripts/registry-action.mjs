#!/usr/bin/env node
/**
 * The `registry-action` command: starts cli/main.ts on Node 24, whatever Node runs this file (18 or newer).
 *
 * On Node 24 the command line runs in this very process. On an older one it runs in a child on the Node 24 of
 * node_modules, and this process only passes the arguments, the terminal, the signals and the exit code through.
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The oldest Node that runs the product's TypeScript as it is. */
const nodeMajorMin = 24;

const root = fileURLToPath(new URL('..', import.meta.url));
const program = join(root, 'cli', 'main.ts');
const packages = join(root, 'node_modules');
const sources = pathToFileURL(root).href;
const foreign = pathToFileURL(packages).href;
const newerNode = join(packages, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
const isNewEnough = Number.parseInt(process.versions.node, 10) >= nodeMajorMin;

/** Where Node keeps what it made of our TypeScript: reading that back takes half the time of making it anew. */
const compileCache = join(packages, '.cache', 'registry-action', 'compile');

/** How often we look whether npx is still there. */
const parentPollMs = 500;

if (process.env['npm_command'] === 'exec') endWithParent();
if (!existsSync(join(packages, 'commander')) || !(isNewEnough || existsSync(newerNode))) {
  process.stderr.write(`registry-action: its packages are not installed; run: npm --prefix '${root}' run setup\n`);
  process.exitCode = 1;
} else if (isNewEnough) {
  process.argv[1] = program;
  module.enableCompileCache?.(compileCache);
  module.registerHooks?.({ resolve: resolveAsWritten });
  await import(pathToFileURL(program).href);
} else {
  await startChild();
}

/**
 * Our sources name the file they mean, so where it is need not be looked up: asking the disk about each of two hundred takes
 * a tenth of the time until the first request. Whatever else is imported is found as usual.
 *
 * @param {string} specifier
 * @param {import('node:module').ResolveHookContext} context
 * @param {(specifier: string, context: import('node:module').ResolveHookContext) => import('node:module').ResolveFnOutput} next
 * @returns {import('node:module').ResolveFnOutput}
 */
function resolveAsWritten(specifier, context, next) {
  const { parentURL } = context;
  const isOurs = /^\.\.?\/.*\.ts$/.test(specifier) && parentURL?.startsWith(sources) && !parentURL.startsWith(foreign);
  if (!isOurs || parentURL === undefined) return next(specifier, context);
  return { url: new URL(specifier, parentURL).href, format: 'module-typescript', shortCircuit: true };
}

async function startChild() {
  const { spawn } = await import('node:child_process');
  const child = spawn(newerNode, [program, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { NODE_COMPILE_CACHE: compileCache, ...process.env },
  });
  /** @type {Set<string>} */
  const forwarded = new Set();
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) {
    process.on(signal, () => {
      if (forwarded.has(signal) || reachesChildByItself(signal)) return;
      forwarded.add(signal);
      child.kill(signal);
    });
  }
  child.on('error', (error) => {
    process.stderr.write(`registry-action: cannot start ${newerNode}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
  });
}

/**
 * Whether the terminal sends the signal to the child as well: Ctrl-C and hanging up go to every process in front of it.
 *
 * @param {NodeJS.Signals} signal
 */
function reachesChildByItself(signal) {
  if (signal === 'SIGTERM') return false;
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}

/** Ends this process when npx is killed: it tells only the shell between us, which dies of the signal and passes nothing on. */
function endWithParent() {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, parentPollMs);
  watch.unref();
}
