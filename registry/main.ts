/** The registry as a process of its own, so that it outlives the service that started it. */
import { fstatSync } from 'node:fs';
import { join } from 'node:path';
import { readProxyEnvironment } from '../core/proxy-environment.ts';
import { CodedError, ConflictError, InputError } from '../errors/errors.ts';
import packageFile from '../package.json' with { type: 'json' };
import { openAccessDirectory } from './access/access-directory.ts';
import { stopAtStep } from './collect/stop-at-step.ts';
import { logLinesOf } from './log-line.ts';
import type { OnRegistryEvent } from './registry-event.ts';
import { readRegistrySettings } from './registry-settings.ts';
import { openRegistry } from './server.ts';

const defaultDataDirectory = '.registry-action';
const defaultHost = '127.0.0.1';
const defaultPort = '7421';

/**
 * Threads that wait for the disk, where Node has four: a push waits for it several times, and pushes that wait together are
 * served by one flush. It counts when it is set before the first of them is needed.
 */
const fileThreads = '16';

async function main(): Promise<void> {
  // Whoever read our output is gone: that is no reason to serve nobody any more.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  process.env['UV_THREADPOOL_SIZE'] ??= fileThreads;
  const onEvent = reporter(process.env['REGISTRY_ACTION_LOG_LEVEL']);
  const directory = process.env['REGISTRY_ACTION_DATA'] ?? defaultDataDirectory;
  const settingsFile = process.env['REGISTRY_ACTION_REGISTRY_SETTINGS'] || undefined;
  const settings = await readRegistrySettings(settingsFile);
  const access = await openAccessDirectory({
    file: join(directory, 'access.json'),
    htpasswd: settings.htpasswd,
    now: Date.now,
    onEvent,
  });
  const registry = await openRegistry({
    dataDirectory: join(directory, 'registry'),
    host: process.env['REGISTRY_ACTION_HOST'] ?? defaultHost,
    port: parsePort(process.env['REGISTRY_ACTION_REGISTRY_PORT'] ?? defaultPort),
    access,
    settings,
    settingsFile,
    version: packageFile.version,
    proxy: readProxyEnvironment(process.env),
    now: Date.now,
    uptime: () => performance.now(),
    coordination: { onCollectionStep: stopAtStep(process.env['REGISTRY_ACTION_STOP_AT']) },
    onEvent,
  });
  let isClosing = false;
  // Once, however often it is told: systemd tells every process of a service, and then the supervisor does.
  const close = () => {
    if (isClosing) return;
    isClosing = true;
    void registry.close().then(() => process.exit(0), fail);
  };
  process.on('SIGTERM', close);
  process.on('SIGINT', close);
  closeWithSupervisor(close);
  process.stdout.write(`${JSON.stringify({ listening: registry.url })}\n`);
}

/** A supervisor holds our standard input open while it lives; a terminal or /dev/null says nothing. */
function closeWithSupervisor(close: () => void): void {
  const input = fstatSync(0);
  if (!input.isFIFO() && !input.isSocket()) return;
  process.stdin.once('end', close).once('error', close).resume();
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new InputError({ code: 'REQUEST_INVALID', message: `not a port: REGISTRY_ACTION_REGISTRY_PORT=${text}` });
}

/** One line of JSON for each thing to be told. */
function reporter(level: string | undefined): OnRegistryEvent {
  const everything = level === 'info' || level === 'debug' || level === 'trace';
  return (event) => {
    for (const line of logLinesOf(event, everything)) report(line);
    // Whoever has it writes there, and we would serve what we remember: the next start is told who that is.
    if (event.kind === 'directory-refused') fail(event.error);
  };
}

function report(line: object): void {
  process.stderr.write(`${JSON.stringify({ time: new Date(), part: 'registry', ...line })}\n`);
}

/** Exit codes as everywhere: 2 the caller must act, 5 something is in the way, 70 a bug. */
function fail(error: unknown): void {
  if (error instanceof CodedError) tellSupervisor(error);
  // What a supervisor is told it tells itself, in its own words.
  if (!(error instanceof CodedError)) report({ error: 'INVARIANT_BROKEN', message: String(error) });
  else if (!isSupervised()) report({ error: error.code, message: error.message, wayOut: error.wayOut });
  process.exit(error instanceof InputError ? 2 : error instanceof ConflictError ? 5 : 70);
}

function isSupervised(): boolean {
  return process.env['REGISTRY_ACTION_SUPERVISED'] === '1';
}

/** In the place of the line that says where it listens: why it does not. */
function tellSupervisor({ code, message, wayOut }: CodedError): void {
  process.stdout.write(`${JSON.stringify({ failed: { code, message, wayOut } })}\n`);
}

main().catch(fail);
